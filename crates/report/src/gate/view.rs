//! What a gate says, as programs read it.

use std::borrow::Cow;

use leastwise_governance::excuses::{Alteration, Excuse};
use leastwise_governance::gate::{Item, Standing, Unknown, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Told, assuming, title};
use crate::compare::{WitnessView, witness};
use crate::path::{self, PathStep};

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
    /// Whether the change that is checked itself adds, lengthens or alters what accepts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub excused_by_change: bool,
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

/// An exception that the change adds, lengthens or alters.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExcuseRow<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// The team that answers for it.
    pub owner: Cow<'a, str>,
    /// Its last day.
    pub expires: Cow<'a, str>,
    /// `added`, `lengthened`, or `altered`: it accepted something else, or for somebody else.
    pub alteration: Cow<'a, str>,
    /// What its last day was, where it is lengthened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<Cow<'a, str>>,
    /// The file in which it stands.
    pub file: Cow<'a, str>,
    /// The line, from 1.
    pub line: usize,
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
    /// Exceptions that the change itself adds, lengthens or alters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excuses: Vec<ExcuseRow<'a>>,
    /// How many items the change adds to the baseline.
    #[serde(skip_serializing_if = "is_zero")]
    pub baseline_added: usize,
    /// Files of exceptions or of a baseline of which it cannot be told what the change does to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excuses_untold: Vec<Cow<'a, str>>,
    /// How many items of the baseline are not there any more.
    pub baseline_gone: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
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
        excuses: told
            .excuses
            .exceptions
            .iter()
            .map(|one| excuse_row(told, one))
            .collect(),
        baseline_added: told.excuses.known.len(),
        excuses_untold: told
            .excuses
            .untold
            .iter()
            .map(|file| Cow::Borrowed(&**file))
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
        excused_by_change: told.excuses.speak_of(item),
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

fn excuse_row<'a>(told: &Told<'a>, one: &'a Excuse) -> ExcuseRow<'a> {
    ExcuseRow {
        id: Cow::Borrowed(&one.id),
        owner: Cow::Borrowed(&one.owner),
        expires: Cow::Borrowed(&one.expires),
        alteration: Cow::Borrowed(one.alteration.as_str()),
        expired: match &one.alteration {
            Alteration::Lengthened(day) => Some(Cow::Borrowed(&**day)),
            Alteration::Added | Alteration::Altered => None,
        },
        file: Cow::Borrowed(&told.excuses.file),
        line: one.line,
    }
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
