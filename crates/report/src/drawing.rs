//! Drawings of ways: who comes to something, or what falls with somebody, as a tree of boxes.
//!
//! Each identity has one box and one step toward the root, that of its surest and then shortest way; so no lines cross, and
//! a drawing needs no layout by trial. Identities whose steps are alike share a box. What exceeds [`BOXES_MAX`] is
//! folded into boxes that say how much they stand for. [`svg`] and [`mermaid`] print the same picture; the same ways give
//! the same bytes. Growth of cost: linear in identities, times a logarithm; naming a box is linear in the estate.

pub(crate) mod boxes;
mod collapse;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;

use leastwise_effective::Steps;
use leastwise_model::IdentityIndex;

use crate::text::{cut, shortened, width};

pub use collapse::{BOXES_MAX, Group, collapse};
pub use mermaid::mermaid;
pub use svg::svg;

/// One identity, and its step to the node that is nearer to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Who; `None` for the root where that is no identity.
    pub identity: Option<IdentityIndex>,
    /// The place of the node nearer to the root; `None` for the root.
    pub next: Option<usize>,
    /// What sort of identity: those of one sort may share a box.
    pub kind: Kind,
    /// How it comes to the next, or the next to it.
    pub how: String,
    /// How sure that step is.
    pub sure: Steps,
    /// The numbers of the cuts that end this step.
    pub cuts: Vec<usize>,
    /// What is alarming about the identity itself; empty where nothing is.
    pub alarm: String,
}

/// What sort of identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// What people call its platform.
    pub platform: &'static str,
    /// The word for such identities, such as `service-account`.
    pub word: &'static str,
}

/// On which side the root stands; steps always lead to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Everything falls with the root.
    Left,
    /// Everything comes to the root.
    Right,
}

/// A picture, ready to be laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it shows.
    pub title: String,
    /// How much of what, a line each.
    pub counts: Vec<String>,
    /// Where the root stands.
    pub side: Side,
    /// The root first, each box after the one nearer to the root.
    pub boxes: Vec<Drawn>,
    /// What people call the platforms, by color.
    pub platforms: Vec<String>,
    /// Where to cut: what each number of a step means.
    pub cuts: Vec<CutLine>,
    /// What else is to be said, a line each.
    pub notes: Vec<String>,
}

/// A box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// What stands first, in bold.
    pub head: String,
    /// What stands below.
    pub lines: Vec<String>,
    /// What is alarming about it; empty where nothing is.
    pub alarm: String,
    /// Whom it stands for, in full.
    pub said: String,
    /// The place of its platform among the picture's.
    pub color: Option<usize>,
    /// Whether it stands for what did not fit.
    pub folded: bool,
    /// Its step; `None` for the root.
    pub step: Option<DrawnStep>,
}

/// The step between a box and the one nearer to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnStep {
    /// The place of the box nearer to the root.
    pub next: usize,
    /// How, a line each.
    pub how: Vec<String>,
    /// Where the statement stands that makes it possible, shortened; empty where none does.
    pub place: String,
    /// The statement in full.
    pub said: String,
    /// How sure it is.
    pub sure: Steps,
    /// The numbers of the cuts that end it.
    pub cuts: Vec<usize>,
}

/// A place to cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutLine {
    /// The number by which steps refer to it.
    pub number: usize,
    /// What it cuts off.
    pub said: String,
    /// The statement, and where it stands.
    pub statement: String,
}

/// So many columns has what stands in a box.
const COLUMNS: usize = 28;
/// So many columns has what stands at a step.
const COLUMNS_OF_STEP: usize = 22;
/// So many lines at most says how a step is taken.
const LINES_OF_STEP: usize = 3;

/// `path/of/file.json:12` within the columns of a label: the end of the file's name, and the line.
fn short_place(file: &str, line: Option<u32>) -> String {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let name = file.rsplit('/').next().unwrap_or(file);
    let room = COLUMNS_OF_STEP.saturating_sub(line.len());
    format!("{}{line}", shortened(name, room))
}

/// `assume-role-with-web-identity` in lines within the columns of a label, broken behind hyphens and spaces.
fn lines_of(how: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in how.split_inclusive(['-', ' ']) {
        let fits = |line: &String| line.is_empty() || width(line) + width(part) <= COLUMNS_OF_STEP;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => line.push_str(part),
            None => lines.push(part.to_owned()),
        }
    }
    let mut out: Vec<String> = lines
        .iter()
        .map(|line| cut(line.trim_end(), COLUMNS_OF_STEP).into_owned())
        .collect();
    if out.len() > LINES_OF_STEP {
        out.truncate(LINES_OF_STEP);
        if let Some(last) = out.last_mut() {
            last.push('…');
        }
    }
    out
}
