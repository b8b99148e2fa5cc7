//! Paths: the native statements that make an answer so, each with its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Leg, Path, World};
use leastwise_model::{IdentityIndex, Snapshot, Step, TechniqueIndex};
use leastwise_permset::{Atom, Guard, Label};
use schemars::JsonSchema;
use serde::Serialize;

use crate::guard;
use crate::style::{COMMAND, QUIET, STRONG, paint};
use crate::text::{clean, width, wrapped};

/// One step of a path: a native statement, or an identity becoming another.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct PathStep<'a> {
    /// What kind of statement, in the platform's own words; `technique` where an identity becomes or grants
    /// without a statement on the other side.
    pub kind: Cow<'a, str>,
    /// What it is called, such as the policy's or the binding's name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Cow<'a, str>,
    /// The native text, compact; for a technique what it does.
    pub statement: Cow<'a, str>,
    /// The file, as it was given; missing for what a platform decides by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'a, str>>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// JSON pointer within the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Cow<'a, str>>,
    /// Whether the platform's owner put it there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub provided: bool,
    /// Who acts at this step.
    pub identity: Cow<'a, str>,
    /// The action that this step lets it perform, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Cow<'a, str>>,
    /// The resource on which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Cow<'a, str>>,
    /// Whom it becomes by this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Cow<'a, str>>,
    /// To whom it grants by this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Cow<'a, str>>,
    /// By which technique it becomes or grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technique: Option<Cow<'a, str>>,
    /// Conditions on becoming: any one of them suffices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// Gaps on which becoming depends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unless_known: Vec<String>,
}

/// The name of the identity at `index`.
#[must_use]
pub fn id(snapshot: &Snapshot, index: IdentityIndex) -> &str {
    snapshot.identity(index).map_or("?", |identity| &identity.id)
}

/// The shortest end of an identity's id by which it can be asked for on a terminal. Linear in identities.
#[must_use]
pub fn shortest(world: &World, identity: IdentityIndex) -> &str {
    let id = id(world.snapshot(), identity);
    let starts = id
        .rmatch_indices([':', '/'])
        .map(|(at, _)| id.get(at + 1..).unwrap_or_default());
    // Less than its own name is no name.
    let own = world.snapshot().identity(identity).map_or("", |it| &*it.name);
    let least = if id.ends_with(own) { own.len() } else { 0 };
    let found = starts
        .filter(|end| !end.is_empty() && end.len() >= least)
        .find(|end| world.find_suffix(end) == Ok(identity));
    found.unwrap_or(id)
}

/// One statement, said for nobody in particular.
#[must_use]
pub fn statement(snapshot: &Snapshot, label: Label) -> PathStep<'_> {
    snapshot
        .step(label)
        .map(|step| stated(snapshot, step))
        .unwrap_or_default()
}

fn stated<'a>(snapshot: &'a Snapshot, step: &'a Step) -> PathStep<'a> {
    let known = |number: u32| (number > 0).then_some(number);
    let location = step.location.as_ref();
    PathStep {
        kind: Cow::Borrowed(&step.kind),
        name: Cow::Borrowed(&step.name),
        statement: Cow::Borrowed(&step.statement),
        file: location
            .and_then(|at| snapshot.file(at.file))
            .map(|file| Cow::Borrowed(&*file.path)),
        line: location.and_then(|at| known(at.line)),
        column: location.and_then(|at| known(at.column)),
        pointer: location.map(|at| Cow::Borrowed(&*at.pointer)),
        provided: step.provided,
        ..PathStep::default()
    }
}

/// The steps of a path, in order.
#[must_use]
pub fn steps<'a>(snapshot: &'a Snapshot, path: &'a Path) -> Vec<PathStep<'a>> {
    let mut out = Vec::new();
    for leg in path {
        match leg {
            Leg::Holds {
                identity,
                action,
                resource,
                steps,
            } => {
                out.extend(steps.iter().map(|label| PathStep {
                    identity: Cow::Borrowed(id(snapshot, *identity)),
                    action: Some(Cow::Borrowed(action)),
                    resource: Some(Cow::Borrowed(resource)),
                    ..statement(snapshot, *label)
                }));
            }
            Leg::Becomes {
                from,
                to,
                technique,
                step,
                when,
                gaps,
            } => out.push(PathStep {
                becomes: Some(Cow::Borrowed(id(snapshot, *to))),
                when: guards(snapshot, when),
                unless_known: gap_words(snapshot, gaps),
                ..moved(snapshot, *from, *technique, *step)
            }),
            Leg::Grants {
                from,
                to,
                technique,
                step,
            } => out.push(PathStep {
                grants: Some(Cow::Borrowed(id(snapshot, *to))),
                ..moved(snapshot, *from, *technique, *step)
            }),
        }
    }
    out
}

/// The labels of a leg's statements.
pub(crate) fn labels(leg: &Leg) -> Vec<Label> {
    leg.statements().to_vec()
}

/// Guards in words, in order.
#[must_use]
pub fn guards(snapshot: &Snapshot, guards: &[Guard]) -> Vec<String> {
    guards.iter().map(|one| guard::guard(snapshot, one)).collect()
}

fn gap_words(snapshot: &Snapshot, gaps: &[Atom]) -> Vec<String> {
    gaps.iter().map(|atom| guard::gap(snapshot, atom)).collect()
}

fn moved(
    snapshot: &Snapshot,
    from: IdentityIndex,
    technique: TechniqueIndex,
    step: Option<Label>,
) -> PathStep<'_> {
    let technique = snapshot.techniques.get(technique.0 as usize);
    let said = step
        .map(|label| statement(snapshot, label))
        .unwrap_or_else(|| PathStep {
            kind: Cow::Borrowed("technique"),
            statement: Cow::Borrowed(technique.map_or("", |technique| &*technique.title)),
            ..PathStep::default()
        });
    PathStep {
        identity: Cow::Borrowed(id(snapshot, from)),
        technique: technique.map(|technique| Cow::Borrowed(&*technique.id)),
        ..said
    }
}

/// The identities that a path passes, from the first to the last, without repeats next to each other.
#[must_use]
pub fn stations(path: &Path) -> Vec<IdentityIndex> {
    let mut out: Vec<IdentityIndex> = Vec::new();
    let mut visit = |index: IdentityIndex| {
        if out.last() != Some(&index) {
            out.push(index);
        }
    };
    for leg in path {
        match leg {
            Leg::Holds { identity, .. } => visit(*identity),
            Leg::Becomes { from, to, .. } => {
                visit(*from);
                visit(*to);
            }
            Leg::Grants { from, .. } => visit(*from),
        }
    }
    out
}

/// How many lines of a statement are shown.
const STATEMENT_LINES: usize = 4;

/// A path for reading: numbered legs, under each the statements with their places. Whoever was named in full
/// before is called by the short name, and statements that were shown before are not shown again.
#[must_use]
pub fn text(snapshot: &Snapshot, path: &Path, width: usize) -> String {
    let mut text = Telling {
        snapshot,
        width,
        named: BTreeSet::new(),
        shown: BTreeMap::new(),
        out: String::new(),
    };
    for (number, leg) in (1..).zip(path) {
        text.leg(number, leg);
    }
    text.out
}

struct Telling<'a> {
    snapshot: &'a Snapshot,
    width: usize,
    named: BTreeSet<IdentityIndex>,
    /// Statements by the leg under which they were shown.
    shown: BTreeMap<&'a Step, usize>,
    out: String,
}

impl Telling<'_> {
    fn leg(&mut self, number: usize, leg: &Leg) {
        let lead = format!("  {number}  ");
        match leg {
            Leg::Holds {
                identity,
                action,
                resource,
                steps,
            } => {
                let on = if resource.is_empty() {
                    String::new()
                } else {
                    format!(" on {}", clean(resource))
                };
                let (name, who) = self.name(*identity);
                let deed = format!("may {}{on}", clean(action));
                let gap = self.gap(name + width(&deed));
                self.out.push_str(&format!(
                    "{lead}{who}{gap}may {}{on}\n",
                    paint(STRONG, clean(action))
                ));
                self.statements(number, steps);
            }
            Leg::Becomes {
                from,
                to,
                technique,
                step,
                when,
                gaps,
            } => {
                let (from, to) = (self.name(*from), self.name(*to));
                let gap = self.gap(from.0 + to.0 + 8);
                let by = self.by(*technique);
                self.out
                    .push_str(&format!("{lead}{}{gap}becomes {}\n{by}", from.1, to.1));
                self.out.push_str(&demands(self.snapshot, when, gaps));
                self.statements(number, step.as_slice());
            }
            Leg::Grants {
                from,
                to,
                technique,
                step,
            } => {
                let to_name = if from == to {
                    (6, "itself".to_owned())
                } else {
                    self.name(*to)
                };
                let from = self.name(*from);
                let gap = self.gap(from.0 + to_name.0 + 15);
                let by = self.by(*technique);
                self.out.push_str(&format!(
                    "{lead}{}{gap}grants more to {}\n{by}",
                    from.1, to_name.1
                ));
                self.statements(number, step.as_slice());
            }
        }
    }

    /// A space between two parts of a sentence, or a new line where both are too wide for one.
    fn gap(&self, columns: usize) -> &'static str {
        if columns + 6 > self.width { "\n     " } else { " " }
    }

    /// What to call an identity, and how wide that is.
    fn name(&mut self, index: IdentityIndex) -> (usize, String) {
        let identity = self.snapshot.identity(index);
        let text = if self.named.insert(index) {
            identity.map_or("?", |identity| &identity.id)
        } else {
            identity.map_or("?", |identity| &identity.name)
        };
        (text.chars().count(), paint(STRONG, clean(text)).to_string())
    }

    fn by(&self, technique: TechniqueIndex) -> String {
        self.snapshot
            .techniques
            .get(technique.0 as usize)
            .map_or_else(String::new, |technique| {
                format!(
                    "     {}\n",
                    paint(
                        QUIET,
                        format!("{} ({})", clean(&technique.title), clean(&technique.id))
                    )
                )
            })
    }

    /// Each statement once: what was shown under an earlier leg is only referred to.
    fn statements(&mut self, number: usize, labels: &[Label]) {
        let mut before: Option<usize> = None;
        let mut fresh = false;
        for step in labels.iter().filter_map(|label| self.snapshot.step(*label)) {
            match self.shown.get(step) {
                Some(at) if *at < number => before = before.max(Some(*at)),
                Some(_) => {}
                None => {
                    fresh = true;
                    self.shown.insert(step, number);
                    self.out.push_str(&excerpt(self.snapshot, step, self.width));
                }
            }
        }
        if let Some(at) = before {
            let with = if fresh { "with" } else { "by" };
            self.out.push_str(&format!(
                "     {}\n",
                paint(QUIET, format!("{with} what stands under {at}"))
            ));
        }
    }
}

fn demands(snapshot: &Snapshot, when: &[Guard], gaps: &[Atom]) -> String {
    let mut out = String::new();
    for (at, said) in guards(snapshot, when).iter().enumerate() {
        let word = if at == 0 { "when" } else { "or when" };
        out.push_str(&format!("     {word} {}\n", clean(said)));
    }
    for said in gap_words(snapshot, gaps) {
        out.push_str(&format!("     not known: {}\n", clean(&said)));
    }
    out
}

/// What a statement is called.
fn called(step: &Step) -> String {
    match step.name.is_empty() {
        true => clean(&step.kind).into_owned(),
        false => format!("{} {}", clean(&step.kind), clean(&step.name)),
    }
}

/// One statement without its text: what it is called, and below where it stands.
#[must_use]
pub fn heading(snapshot: &Snapshot, step: &Step) -> String {
    let provided = if step.provided {
        " (made by the platform)"
    } else {
        ""
    };
    let mut out = format!("     {}{}", called(step), paint(QUIET, provided));
    if let Some(place) = place(snapshot, step) {
        out.push_str(&format!("\n     {}", paint(COMMAND, clean(&place.0))));
        if !place.1.is_empty() {
            out.push_str(&format!("  {}", paint(QUIET, clean(&place.1))));
        }
    }
    out.push('\n');
    out
}

/// One statement: what and where on a line, the native text below.
#[must_use]
pub fn excerpt(snapshot: &Snapshot, step: &Step, width: usize) -> String {
    let mut out = heading(snapshot, step);
    let said = clean(&step.statement);
    // Some statements have no text of their own beside what they are called.
    if !said.is_empty() && said != called(step) {
        for line in wrapped(&said, width.saturating_sub(8), STATEMENT_LINES) {
            out.push_str(&format!("     {} {line}\n", paint(QUIET, "│")));
        }
    }
    out
}

/// `file:line:column`, and the pointer.
fn place(snapshot: &Snapshot, step: &Step) -> Option<(String, String)> {
    let location = step.location.as_ref()?;
    let file = &snapshot.file(location.file)?.path;
    let at = match (location.line, location.column) {
        (0, _) => file.to_string(),
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    };
    Some((at, location.pointer.to_string()))
}
