//! What a gate says about a change: for people on a terminal, for programs, for annotations, for one comment, as SARIF.

mod annotations;
mod comment;
mod sarif;
mod text;

use std::borrow::Cow;
use std::collections::BTreeSet;

use leastwise_effective::{Leg, World};
use leastwise_findings::Severity;
use leastwise_governance::exceptions::Lapsed;
use leastwise_governance::gate::{Gate, Item, Kind, Standing, Unknown, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{WitnessView, witness};
use crate::path::{self, PathStep};
use crate::text::listed;

pub use annotations::annotations;
pub use comment::comment;
pub use sarif::sarif;
pub use text::text;

/// What is told of a gate.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The new estate, to which the paths lead.
    pub world: &'a World,
    /// What is new.
    pub gate: &'a Gate,
    /// From where on an item fails the gate.
    pub threshold: Severity,
    /// Exceptions that have ended, or soon will.
    pub lapsed: &'a [Lapsed],
    /// How many items of the baseline are not there any more.
    pub gone: usize,
    /// What the change is compared with, as it was named.
    pub base: Option<&'a str>,
}

impl Told<'_> {
    fn verdict(&self) -> Verdict {
        self.gate.verdict(self.threshold)
    }

    fn fails(&self, item: &Item) -> bool {
        Gate::fails(item, self.threshold)
    }

    /// Items that nobody has accepted.
    fn open(&self) -> impl Iterator<Item = &Item> {
        self.gate.items.iter().filter(|item| !item.standing.is_accepted())
    }

    /// Items that people have accepted.
    fn accepted(&self) -> impl Iterator<Item = &Item> {
        self.gate.items.iter().filter(|item| item.standing.is_accepted())
    }
}

/// One item as programs read it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ItemRow<'a> {
    /// `access`, `becoming`, `finding` or `granted`.
    pub kind: Cow<'a, str>,
    /// How bad it is: `low`, `medium`, `high` or `critical`.
    pub severity: Cow<'a, str>,
    /// What is so, in one line.
    pub title: String,
    /// `open`, `known` (in the baseline), `excepted`, `lapsed` (only an exception accepts it whose last day is over) or
    /// `undated` (an exception may accept it: it is not known what day it is).
    pub standing: Cow<'a, str>,
    /// The exceptions that accept it, or would.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Cow<'a, str>>,
    /// Whether it fails the gate.
    pub fails: bool,
    /// About whom; the request and the path are of the first.
    pub identities: Vec<Cow<'a, str>>,
    /// The bundle of permissions that gives it, or whose holders are meant, where it is not an identity's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<Cow<'a, str>>,
    /// Whom they can become.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub becomes: Vec<Cow<'a, str>>,
    /// Who else comes to it, by becoming one of the identities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Cow<'a, str>>,
    /// The classes of what is gained.
    pub classes: Vec<String>,
    /// A request that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<WitnessView>,
    /// The file of the line that makes it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'a, str>>,
    /// That line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in it in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The statement that makes it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<PathStep<'a>>,
    /// Whether that statement, or one on the way to it, was not there before as it is.
    pub fresh: bool,
    /// What refused the request before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Cow<'a, str>>,
    /// The layers of which nothing is known and on which that way rests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assuming: Vec<Cow<'a, str>>,
    /// The way of the first of the identities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep<'a>>,
    /// The rule that finds it, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What would put it right, where that is known.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub fix: Cow<'a, str>,
    /// Its stable name.
    pub fingerprint: String,
}

/// Something that cannot be told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UnknownRow<'a> {
    /// What, in a phrase.
    pub what: Cow<'a, str>,
    /// Why.
    pub because: Vec<BecauseRow<'a>>,
    /// The file in which it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'a, str>>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// Why something cannot be told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BecauseRow<'a> {
    /// What is not known.
    pub gap: Cow<'a, str>,
    /// What would settle it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub settle: Cow<'a, str>,
}

/// An exception that has ended, or soon will.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LapsedRow<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// The team that answers for it.
    pub owner: Cow<'a, str>,
    /// Its last day.
    pub expires: Cow<'a, str>,
    /// Whether that day is over.
    pub over: bool,
}

/// What a gate says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckView<'a> {
    /// `passes`, `fails` or `unknown`.
    pub verdict: Cow<'a, str>,
    /// From where on an item fails the gate.
    pub fail_on: Cow<'a, str>,
    /// What the change is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Cow<'a, str>>,
    /// What is new, or not as it was asserted, the worst first; what people have accepted with it.
    pub items: Vec<ItemRow<'a>>,
    /// What cannot be told.
    pub unknown: Vec<UnknownRow<'a>>,
    /// How many identities, roles and policies give less than before, or are gone.
    pub less: usize,
    /// Exceptions that have ended, or soon will.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<LapsedRow<'a>>,
    /// How many items of the baseline are not there any more.
    pub baseline_gone: usize,
}

/// What a gate says, as programs read it: the body of `leastwise/check/v1`.
#[must_use]
pub fn view<'a>(told: &Told<'a>) -> CheckView<'a> {
    let gate = told.gate;
    CheckView {
        verdict: Cow::Borrowed(match told.verdict() {
            Verdict::Passes => "passes",
            Verdict::Fails(_) => "fails",
            Verdict::Unknown => "unknown",
        }),
        fail_on: Cow::Borrowed(told.threshold.as_str()),
        base: told.base.map(Cow::Borrowed),
        items: gate.items.iter().map(|item| row(told, item)).collect(),
        unknown: gate.unknown.iter().map(unknown_row).collect(),
        less: gate.less,
        exceptions: told
            .lapsed
            .iter()
            .map(|lapsed| LapsedRow {
                id: Cow::Borrowed(&lapsed.id),
                owner: Cow::Borrowed(&lapsed.owner),
                expires: Cow::Borrowed(&lapsed.expires),
                over: lapsed.over,
            })
            .collect(),
        baseline_gone: told.gone,
    }
}

fn row<'a>(told: &Told<'a>, item: &'a Item) -> ItemRow<'a> {
    let snapshot = told.world.snapshot();
    let (word, exceptions) = standing(&item.standing);
    let place = item.place.as_ref();
    let known = |number: u32| (number > 0).then_some(number);
    ItemRow {
        kind: Cow::Borrowed(item.kind.as_str()),
        severity: Cow::Borrowed(item.severity.as_str()),
        title: title(item),
        standing: Cow::Borrowed(word),
        exceptions: exceptions.iter().map(|id| Cow::Borrowed(&**id)).collect(),
        fails: told.fails(item),
        identities: item.who.iter().map(|who| Cow::Borrowed(&*who.id)).collect(),
        holder: item.holder.as_deref().map(Cow::Borrowed),
        becomes: item.whom.iter().map(|id| Cow::Borrowed(&**id)).collect(),
        through: item.through.iter().map(|id| Cow::Borrowed(&**id)).collect(),
        classes: item.classes.iter().map(|class| class.to_string()).collect(),
        witness: item.witness.as_ref().map(witness),
        file: place.map(|place| Cow::Borrowed(&*place.file)),
        line: place.and_then(|place| known(place.line)),
        column: place.and_then(|place| known(place.column)),
        statement: item.step.map(|label| path::statement(snapshot, label)),
        fresh: item.fresh,
        before: item.before.iter().map(|said| Cow::Borrowed(&**said)).collect(),
        assuming: assuming(told, item).into_iter().map(Cow::Borrowed).collect(),
        path: path::steps(snapshot, &item.path),
        rule: item.rule.map(|rule| rule.id),
        fix: Cow::Borrowed(&item.fix),
        fingerprint: item.fingerprint.to_string(),
    }
}

/// The layers that are named by statements on the way of an item which nobody gave.
fn assuming<'a>(told: &Told<'a>, item: &Item) -> BTreeSet<&'a str> {
    let snapshot = told.world.snapshot();
    let labels = item.path.iter().flat_map(Leg::statements);
    let named = labels.filter_map(|label| snapshot.assumption_of(*label));
    named.map(|assumption| &*assumption.layer).collect()
}

fn unknown_row(unknown: &Unknown) -> UnknownRow<'_> {
    let because = unknown.because.iter().map(|because| BecauseRow {
        gap: Cow::Borrowed(&*because.gap),
        settle: Cow::Borrowed(&*because.settle),
    });
    let place = unknown.place.as_ref();
    UnknownRow {
        what: Cow::Borrowed(&unknown.what),
        because: because.collect(),
        file: place.map(|place| Cow::Borrowed(&*place.file)),
        line: place.map(|place| place.line).filter(|line| *line > 0),
    }
}

fn standing(standing: &Standing) -> (&'static str, &[leastwise_model::Text]) {
    match standing {
        Standing::Open => ("open", &[]),
        Standing::Known => ("known", &[]),
        Standing::Excepted(ids) => ("excepted", ids),
        Standing::Lapsed(ids) => ("lapsed", ids),
        Standing::Undated(ids) => ("undated", ids),
    }
}

/// Of so many the names are told in a title.
const NAMED: usize = 2;

fn few(names: &[&str]) -> String {
    match names {
        few if few.len() <= NAMED => listed(few),
        [first, rest @ ..] => format!("{first} and {} others", rest.len()),
        [] => String::new(),
    }
}

/// An item in one line.
#[must_use]
pub fn title(item: &Item) -> String {
    let ids: Vec<&str> = item.who.iter().map(|who| &*who.id).collect();
    let who = few(&ids);
    let one = ids.len() <= 1;
    let request = item.witness.as_ref().map(|found| witness(found).request());
    let request = request.unwrap_or_default();
    match item.kind {
        Kind::Finding => item.title.clone(),
        Kind::Access => {
            let classes: Vec<String> = item.classes.iter().map(|class| class.to_string()).collect();
            let gains = if one { "gains" } else { "gain" };
            let by = match &item.holder {
                Some(holder) if *holder != who && !holder.ends_with(&who) => format!(" by {holder}"),
                _ => String::new(),
            };
            let who = match &item.holder {
                Some(holder) if holder.ends_with(&who) => holder,
                _ => &who,
            };
            format!("{who} {gains} {}{by}: {request}", listed(&classes))
        }
        Kind::Becoming => {
            let whom: Vec<&str> = item.whom.iter().map(|id| &**id).collect();
            format!("{who} can become {}", few(&whom))
        }
        Kind::Granted => {
            let who = item.holder.as_ref().unwrap_or(&who);
            format!("{who} may {request}")
        }
    }
}

/// What became of an item that people have accepted, or would have.
fn accepted_words(item: &Item) -> String {
    match &item.standing {
        Standing::Open => String::new(),
        Standing::Known => "in the baseline".to_owned(),
        Standing::Excepted(ids) => format!("accepted by {}", listed(ids)),
        Standing::Lapsed(ids) => format!("the last day of {} is over", listed(ids)),
        Standing::Undated(ids) => {
            format!("{} may accept it: say what day it is with --now", listed(ids))
        }
    }
}

/// The verdict in a sentence.
fn verdict_words(told: &Told<'_>) -> String {
    let failing = told.gate.items.iter().filter(|item| told.fails(item)).count();
    let unknown = told.gate.unknown.len();
    let things = |count: usize| crate::text::counted(count, "thing", "things");
    match told.verdict() {
        Verdict::Fails(worst) => {
            let also = if unknown > 0 {
                format!("; {} cannot be told", things(unknown))
            } else {
                String::new()
            };
            format!("fails: {} to decide on, {worst} at worst{also}", things(failing))
        }
        Verdict::Unknown => format!("unknown: {} cannot be told", things(unknown)),
        Verdict::Passes => {
            let open = told.open().count();
            match open {
                0 if told.base.is_some() => "passes: nothing new".to_owned(),
                0 => "passes: nothing to decide on".to_owned(),
                open => format!("passes: {} below {}", things(open), told.threshold),
            }
        }
    }
}
