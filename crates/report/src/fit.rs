//! The role that fits an identity, what is proved of it, and what to take away then.

use std::borrow::Cow;

use leastwise_effective::World;
use leastwise_model::{IdentityIndex, Snapshot};
use leastwise_roles::fit::{Fit, Handle, Replayed};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{self, WitnessView};
use crate::path::{self, PathStep};
use crate::style::{ALARM, QUIET, STRONG, YES, paint};
use crate::text::{clean, counted, wrapped};

/// A permission that gives more than is needed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BeyondRow {
    /// Its actions and resources.
    pub permission: String,
    /// A request of it that is not needed.
    pub witness: WitnessView,
}

/// Observed uses that were replayed with one end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplayRow<'a> {
    /// `allowed`; `in-part`, where the log does not tell the resource, or names many; `refused`; `not-held`.
    pub became: Cow<'a, str>,
    /// How many events.
    pub events: u64,
    /// The first of them: action, and resource where it is known.
    pub examples: Vec<String>,
}

/// What somebody else loses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LossRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// A request that is lost.
    pub witness: WitnessView,
    /// Whether it is more than excess: declared, used, or not to be seen.
    pub missed: bool,
}

/// Something to take away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HandleRow<'a> {
    /// `before`: it gives nothing but excess, and can go before the role is in place; `after`: the role must be in place.
    pub when: Cow<'a, str>,
    /// What to take away; putting it back as it stands here undoes that.
    pub detach: PathStep<'a>,
    /// The statements that go with it.
    pub statements: Vec<PathStep<'a>>,
    /// Who else loses something by that.
    pub losses: Vec<LossRow<'a>>,
    /// Who else holds the statements another way: to change these in place would take from them too.
    pub shared_with: Vec<Cow<'a, str>>,
}

/// A role that fits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FitView<'a> {
    /// Whose.
    pub identity: Cow<'a, str>,
    /// The file of the role.
    pub role: Cow<'a, str>,
    /// The same in the platform's own language, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native: Option<Cow<'a, str>>,
    /// Proved: all that is needed and held is in the role, and all that the role gives is granted today.
    pub proved: Vec<Cow<'a, str>>,
    /// What the role gives beyond the need.
    pub beyond: Vec<BeyondRow>,
    /// Declared, and not held: action and resource.
    pub declared_not_held: Vec<String>,
    /// The observed uses against the role.
    pub replay: Vec<ReplayRow<'a>>,
    /// How many actions of the excess the role leaves behind.
    pub excess_gone: usize,
    /// How many actions it leaves behind whose use no log could have shown: what of them is needed must be declared.
    pub unobservable_gone: usize,
    /// What to take away, in order.
    pub removal: Vec<HandleRow<'a>>,
}

const PROVED: [&str; 2] = [
    "every request that is needed and held is in the role",
    "every request of the role is granted today; denials and bounds stay where they are",
];

/// As programs read it.
#[must_use]
pub fn view<'a>(world: &'a World, fit: &'a Fit, removal: &'a [Handle]) -> FitView<'a> {
    let snapshot = world.snapshot();
    FitView {
        identity: Cow::Borrowed(path::id(snapshot, fit.identity)),
        role: Cow::Borrowed(&fit.file),
        native: fit.native.as_deref().map(Cow::Borrowed),
        proved: PROVED.iter().map(|text| Cow::Borrowed(*text)).collect(),
        beyond: fit
            .proof
            .beyond
            .iter()
            .map(|beyond| BeyondRow {
                permission: beyond.permission.clone(),
                witness: compare::witness(&beyond.witness),
            })
            .collect(),
        declared_not_held: fit
            .unheld
            .iter()
            .map(|(action, resource)| format!("{action} on {resource}"))
            .collect(),
        replay: fit
            .proof
            .replay
            .iter()
            .map(|replay| ReplayRow {
                became: Cow::Borrowed(replay.became.as_str()),
                events: replay.events,
                examples: replay.examples.iter().map(example).collect(),
            })
            .collect(),
        excess_gone: fit.proof.excess_gone,
        unobservable_gone: fit.proof.unobservable_gone,
        removal: removal
            .iter()
            .map(|handle| row(snapshot, fit.identity, handle))
            .collect(),
    }
}

fn example((action, resource): &(String, Option<String>)) -> String {
    match resource {
        Some(resource) => format!("{action} on {resource}"),
        None => format!("{action}, on what is not known"),
    }
}

fn row<'a>(snapshot: &'a Snapshot, own: IdentityIndex, handle: &'a Handle) -> HandleRow<'a> {
    let step = |label| PathStep {
        identity: Cow::Borrowed(path::id(snapshot, own)),
        ..path::statement(snapshot, label)
    };
    let below = handle.statements.iter().filter(|steps| steps.len() > 1);
    HandleRow {
        when: Cow::Borrowed(if handle.all_excess { "before" } else { "after" }),
        detach: step(handle.label),
        statements: below
            .filter_map(|steps| steps.last().copied())
            .map(step)
            .collect(),
        losses: handle
            .losses
            .iter()
            .map(|loss| LossRow {
                identity: Cow::Borrowed(path::id(snapshot, loss.identity)),
                witness: compare::witness(&loss.witness),
                missed: loss.missed,
            })
            .collect(),
        shared_with: handle
            .shared
            .iter()
            .map(|index| Cow::Borrowed(path::id(snapshot, *index)))
            .collect(),
    }
}

/// The role and what is proved of it, for people.
#[must_use]
pub fn text(view: &FitView<'_>, width: usize) -> String {
    let mut out = match &view.native {
        Some(native) => format!("{native}\n"),
        None => format!("{}\n", view.role),
    };
    let mut line = |text: String| {
        for part in wrapped(&text, width.saturating_sub(4), 8) {
            out.push_str(&format!("  {part}\n"));
        }
    };
    for proved in &view.proved {
        line(format!("proved: {proved}"));
    }
    if view.beyond.is_empty() {
        line("beyond the need: nothing".into());
    }
    for beyond in &view.beyond {
        line(format!(
            "beyond the need: {}, for example {}",
            clean(&beyond.permission),
            clean(&beyond.witness.request())
        ));
    }
    for unheld in &view.declared_not_held {
        line(format!(
            "declared and not held, so not in the role: {}",
            clean(unheld)
        ));
    }
    for replay in &view.replay {
        let events = counted(
            usize::try_from(replay.events).unwrap_or(usize::MAX),
            "event",
            "events",
        );
        let examples = clean(&replay.examples.join("; ")).into_owned();
        line(match &*replay.became {
            became if became == Replayed::Allowed.as_str() => format!("replayed and allowed: {events}"),
            became if became == Replayed::Refused.as_str() => {
                format!("replayed and refused: {events}: {examples}")
            }
            became if became == Replayed::InPart.as_str() => {
                format!("replayed, and the log does not tell on what: {events}: {examples}")
            }
            _ => format!("logged, and not held today: {events}: {examples}"),
        });
    }
    line(format!(
        "left behind: {} of excess; {} that no log could have shown: declare what of them is needed",
        counted(view.excess_gone, "action", "actions"),
        counted(view.unobservable_gone, "action", "actions"),
    ));
    steps(view, width, &mut out);
    out
}

/// The way there: what goes before, the role, what goes after.
fn steps(view: &FitView<'_>, width: usize, out: &mut String) {
    out.push_str(&format!("\n{}\n", paint(STRONG, "The way there")));
    let mut number = 0;
    let mut tell = |what: String, rest: &[String]| {
        number += 1;
        out.push_str(&format!("  {number} {what}\n"));
        for text in rest {
            for part in wrapped(text, width.saturating_sub(6), 4) {
                out.push_str(&format!("    {part}\n"));
            }
        }
    };
    let (before, after): (Vec<_>, Vec<_>) = view.removal.iter().partition(|row| row.when == "before");
    for row in before {
        tell(format!("detach {}", called(row)), &about(row));
    }
    tell(
        format!("{} the role, beside what is held", paint(YES, "attach")),
        &[
            "canary: detach what follows from one workload or for one day first, and look for refusals"
                .to_owned(),
        ],
    );
    for row in after {
        tell(format!("detach {}", called(row)), &about(row));
    }
    out.push_str(&format!(
        "\n{}\n",
        paint(
            QUIET,
            "To undo a step, put back what was detached: --format json has each as it is written now."
        )
    ));
}

fn called(row: &HandleRow<'_>) -> String {
    let step = &row.detach;
    let place = match (&step.file, step.line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        _ => String::new(),
    };
    format!("{} {}{place}", step.kind, clean(&step.name))
}

fn about(row: &HandleRow<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for loss in &row.losses {
        let (identity, request) = (clean(&loss.identity), loss.witness.request());
        all.push(match loss.missed {
            true => format!(
                "{}: {identity} loses what it may need, for example {request}: give it a role of its own first",
                paint(ALARM, "stop")
            ),
            false => format!("{identity} loses excess with it, for example {request}"),
        });
    }
    if row.losses.is_empty() {
        all.push("nobody else loses anything".to_owned());
    }
    if !row.shared_with.is_empty() {
        let shown: Vec<&str> = row.shared_with.iter().take(3).map(|id| &**id).collect();
        let more = match row.shared_with.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        all.push(format!(
            "do not change its statements in place: they are also held by {}{more}",
            clean(&shown.join(", "))
        ));
    }
    all
}
