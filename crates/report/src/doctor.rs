//! What stays unknown of an estate, and the command that would settle each.
//!
//! Four sorts: layers of which nothing was exported, assumed to be absent; gaps, which the estate mentions and does not
//! hold; input that could not be read; what was asked for when the estate was collected, and not got. Each says for whom it can decide an answer. **Growth of cost.** Linear in identities
//! and in the sets that they do not share, and in ways of becoming others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use leastwise_model::{Identity, InstanceIndex, Remark, Snapshot, Text};
use leastwise_permset::{Atom, Node, PermissionSet};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{COMMAND, QUIET, STRONG, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted, grouped, wrapped};

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnknownRow<'a> {
    /// `layer`, `gap`, `input` or `asked`.
    pub sort: Cow<'a, str>,
    /// What.
    pub what: Cow<'a, str>,
    /// The command or export that would settle it.
    pub settle: Cow<'a, str>,
    /// The accounts, clusters and servers of whom it can decide, as people call them, in order.
    pub instances: Vec<Cow<'a, str>>,
    /// Of how many identities an answer can depend on it, as themselves.
    pub identities: usize,
    /// How many ways of becoming others, or of widening grants, depend on it.
    pub ways: usize,
}

/// What stays unknown, in the order of how many it can decide for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DoctorView<'a> {
    /// How many identities the estate has.
    pub identities: usize,
    /// Every unknown.
    pub unknown: Vec<UnknownRow<'a>>,
}

/// What is found out of one unknown.
#[derive(Clone, Debug, Default)]
struct Concerned {
    instances: BTreeSet<InstanceIndex>,
    identities: usize,
    ways: usize,
}

impl Concerned {
    fn add(&mut self, identity: &Identity) {
        self.instances.insert(identity.instance);
        self.identities += 1;
    }

    fn row<'a>(
        self,
        snapshot: &'a Snapshot,
        sort: &'static str,
        what: &'a str,
        settle: &'a str,
    ) -> UnknownRow<'a> {
        let instances = self.instances.into_iter();
        let mut instances: Vec<Cow<'a, str>> = instances
            .filter_map(|index| Some(Cow::Borrowed(&*snapshot.instance(index)?.title)))
            .collect();
        instances.sort();
        instances.dedup();
        UnknownRow {
            sort: sort.into(),
            what: what.into(),
            settle: settle.into(),
            instances,
            identities: self.identities,
            ways: self.ways,
        }
    }
}

/// The atoms of sets that many share, found once.
#[derive(Default)]
struct Atoms {
    known: BTreeMap<usize, BTreeSet<Atom>>,
}

impl Atoms {
    fn of(&mut self, set: &PermissionSet) -> BTreeSet<Atom> {
        match set.node() {
            Node::Union(parts) => parts.iter().flat_map(|part| self.part(part).clone()).collect(),
            _ => self.part(set).clone(),
        }
    }

    fn part(&mut self, set: &PermissionSet) -> &BTreeSet<Atom> {
        self.known.entry(set.address()).or_insert_with(|| set.atoms())
    }
}

/// What stays unknown of a snapshot; `place` tells where a remark stands, as `file:line:column: `, and `asked` whether it
/// tells what was asked for and not got.
#[must_use]
pub fn view(
    snapshot: &Snapshot,
    place: impl Fn(&Remark) -> String,
    asked: impl Fn(&Remark) -> bool,
) -> DoctorView<'_> {
    let mut layers: BTreeMap<(&Text, &Text), Concerned> = BTreeMap::new();
    let mut gaps: BTreeMap<Atom, Concerned> = BTreeMap::new();
    let mut atoms = Atoms::default();
    for identity in &snapshot.identities {
        for assumption in &identity.assumptions {
            let key = (&assumption.layer, &assumption.settle);
            layers.entry(key).or_default().add(identity);
        }
        let each = identity.holding.layers.iter();
        let found: BTreeSet<Atom> = each.flat_map(|layer| atoms.of(&layer.set)).collect();
        for atom in found {
            gaps.entry(atom).or_default().add(identity);
        }
    }
    for opportunity in &snapshot.opportunities {
        let each = opportunity.needs.iter();
        let found: BTreeSet<Atom> = each.flat_map(|need| atoms.of(&need.set)).collect();
        for atom in found {
            gaps.entry(atom).or_default().ways += 1;
        }
    }
    let mut unknown: Vec<UnknownRow<'_>> = Vec::new();
    for ((layer, settle), concerned) in layers {
        unknown.push(concerned.row(snapshot, "layer", layer, settle));
    }
    for (atom, gap) in &snapshot.gaps {
        let concerned = gaps.remove(atom).unwrap_or_default();
        unknown.push(concerned.row(snapshot, "gap", &gap.what, &gap.settle));
    }
    let remarks = || snapshot.remarks.iter();
    unknown.extend(
        remarks()
            .filter(|remark| remark.loses)
            .map(|remark| told("input", place(remark), remark)),
    );
    unknown.extend(
        remarks()
            .filter(|remark| asked(remark))
            .map(|remark| told("asked", String::new(), remark)),
    );
    let rank = |row: &UnknownRow<'_>| std::cmp::Reverse((row.identities, row.ways));
    let sort = |row: &UnknownRow<'_>| match &*row.sort {
        "input" => 0,
        "asked" => 1,
        "layer" => 2,
        _ => 3,
    };
    unknown.sort_by(|a, b| (sort(a), rank(a), &a.what).cmp(&(sort(b), rank(b), &b.what)));
    DoctorView {
        identities: snapshot.identities.len(),
        unknown,
    }
}

/// What was not read, or not got: it can say anything of anybody, so the estate as a whole is concerned.
fn told<'a>(sort: &'static str, place: String, remark: &'a Remark) -> UnknownRow<'a> {
    UnknownRow {
        sort: sort.into(),
        what: format!("{place}{}", remark.what).into(),
        settle: Cow::Borrowed(&remark.hint),
        instances: Vec::new(),
        identities: 0,
        ways: 0,
    }
}

/// The rows as a table, for pipes and spreadsheets.
#[must_use]
pub fn table(view: &DoctorView<'_>) -> Table {
    let mut table = Table::new(&[
        Column::text("sort"),
        Column::number("identities"),
        Column::number("ways"),
        Column::long("what"),
        Column::long("settle"),
        Column::long("of"),
    ]);
    for row in &view.unknown {
        table.push([
            row.sort.clone().into_owned().into(),
            row.identities.to_string().into(),
            row.ways.to_string().into(),
            row.what.clone().into_owned().into(),
            row.settle.clone().into_owned().into(),
            row.instances.join(" ").into(),
        ]);
    }
    table
}

/// How many names of instances one line tells.
const NAMES: usize = 3;

/// The page that people read: commands in the order of what they settle, what each settles below.
#[must_use]
pub fn text(view: &DoctorView<'_>, terminal: usize) -> String {
    let limit = terminal.clamp(60, 120);
    let mut out = String::new();
    if view.unknown.is_empty() {
        return "nothing stays unknown\n".to_owned();
    }
    let heads = [
        ("input", "Not read"),
        (
            "asked",
            "Asked for and not got, so taken not to be there unless something mentions it",
        ),
        ("layer", "Nothing exported of, so taken not to be there"),
        ("gap", "Mentioned and not exported, so unknown where it decides"),
    ];
    for (sort, head) in heads {
        // What one command settles is one line to the reader.
        let mut groups: Vec<(&UnknownRow<'_>, usize)> = Vec::new();
        for row in view.unknown.iter().filter(|row| row.sort == sort) {
            match groups
                .iter_mut()
                .find(|(first, _)| first.settle == row.settle && sort == "gap")
            {
                Some((_, alike)) => *alike += 1,
                None => groups.push((row, 0)),
            }
        }
        if groups.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", paint(STRONG, head));
        for (row, alike) in groups {
            let more = match alike {
                0 => String::new(),
                _ => format!(" (and {} alike)", grouped(alike)),
            };
            for (at, line) in wrapped(&format!("{}{more}", clean(&row.what)), limit - 4, 6)
                .iter()
                .enumerate()
            {
                let _ = writeln!(out, "{}{line}", if at == 0 { "  " } else { "    " });
            }
            let concerned = concerned(row, view.identities);
            if !concerned.is_empty() {
                for line in wrapped(&concerned, limit - 6, 3) {
                    let _ = writeln!(out, "      {}", paint(QUIET, line));
                }
            }
            if !row.settle.is_empty() {
                for (at, line) in wrapped(&clean(&row.settle), limit - 8, 4).iter().enumerate() {
                    let mark = if at == 0 { "→ " } else { "  " };
                    let _ = writeln!(out, "      {mark}{}", paint(COMMAND, line));
                }
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// For whom it can decide.
fn concerned(row: &UnknownRow<'_>, all: usize) -> String {
    let mut parts = Vec::new();
    match row.identities {
        0 => {}
        many if many == all => parts.push("every identity".to_owned()),
        many => parts.push(format!(
            "{} of {}",
            counted(many, "identity", "identities"),
            grouped(all)
        )),
    }
    if row.ways > 0 {
        parts.push(counted(
            row.ways,
            "way of becoming others",
            "ways of becoming others",
        ));
    }
    if !row.instances.is_empty() && row.identities < all {
        let few: Vec<&str> = row.instances.iter().take(NAMES).map(|name| &**name).collect();
        let more = row.instances.len().saturating_sub(NAMES);
        let more = if more > 0 {
            format!(" and {} more", grouped(more))
        } else {
            String::new()
        };
        parts.push(format!("{}{more}", clean(&few.join(", "))));
    }
    parts.join(" · ")
}
