//! Observed use asked of the estate: how far the two agree, and who may be wrong where they do not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use leastwise_effective::World;
use leastwise_usage::reconcile::{Count, Disagreement, Reconciled};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Word, because_gap};
use crate::path;
use crate::style::{ALARM, QUIET, STRONG, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted, grouped, wrapped};

/// How many requests, and how many events told of them.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct CountRow {
    /// Different requests: an identity, an action, a resource as far as it is told, an operation, an end.
    pub requests: u64,
    /// Events.
    pub events: u64,
}

/// How far the estate and the logs of a platform agree.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AgreementRow<'a> {
    /// The platform.
    pub platform: Cow<'a, str>,
    /// The estate says what the log says.
    pub agrees: CountRow,
    /// Nothing contradicts: the answer has a condition, the log does not tell on what, or another action of the same operation
    /// explains a refusal.
    pub fits: CountRow,
    /// The answer depends on what the estate does not hold.
    pub undecided: CountRow,
    /// The estate says the opposite.
    pub disagrees: CountRow,
    /// Of the requests that agree or disagree, how many of a hundred agree; missing where there are none.
    pub agreement: Option<f64>,
}

/// Who may be wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReasonRow<'a> {
    /// `stale-snapshot`, `missing-layer`, `mapping` or `engine`.
    pub cause: Cow<'a, str>,
    /// What speaks for it.
    pub why: Cow<'a, str>,
    /// What would settle it; may be empty.
    pub settle: Cow<'a, str>,
}

/// An observed end of a request that the estate contradicts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DisagreementRow<'a> {
    /// Whose.
    pub identity: Cow<'a, str>,
    /// What was called, in the log's words.
    pub operation: Cow<'a, str>,
    /// The action.
    pub action: Cow<'a, str>,
    /// The resource, or a pattern for a group of them; missing where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Cow<'a, str>>,
    /// How the action is known: `exact` or `mapped`.
    pub basis: Cow<'a, str>,
    /// What the log says: `allowed`, `allowed-in-error` or `denied`.
    pub outcome: Cow<'a, str>,
    /// What the estate says.
    pub answer: Word,
    /// Who may be wrong, the likeliest first.
    pub reasons: Vec<ReasonRow<'a>>,
    /// How many events.
    pub count: u64,
    /// The first instant.
    pub first: String,
    /// The last instant.
    pub last: String,
}

/// A gap of the estate of which the logs know more.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GapRow<'a> {
    /// What is missing.
    pub gap: Cow<'a, str>,
    /// What would settle it; may be empty.
    pub settle: Cow<'a, str>,
    /// What depends on it.
    pub observed: CountRow,
}

/// What was not asked of the estate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LeftOutRow<'a> {
    /// Why, or who.
    pub why: Cow<'a, str>,
    /// How much.
    pub observed: CountRow,
}

/// All of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReconcileView<'a> {
    /// Of the requests that agree or disagree, how many of a hundred agree; missing where there are none.
    pub agreement: Option<f64>,
    /// Each platform.
    pub platforms: Vec<AgreementRow<'a>>,
    /// What the estate contradicts, the most events first.
    pub disagreements: Vec<DisagreementRow<'a>>,
    /// Gaps on which answers depend.
    pub undecided: Vec<GapRow<'a>>,
    /// What was not asked.
    pub left_out: Vec<LeftOutRow<'a>>,
    /// Who stands in the logs and not in the estate.
    pub strangers: Vec<LeftOutRow<'a>>,
}

fn counts(count: &Count) -> CountRow {
    CountRow {
        requests: count.requests,
        events: count.events,
    }
}

/// How many of a hundred, downward to tenths: nothing but all is all.
fn of_a_hundred((some, all): (u64, u64)) -> Option<f64> {
    let tenths = (u128::from(some) * 1000).checked_div(u128::from(all))?;
    Some(f64::from(u16::try_from(tenths).ok()?) / 10.0)
}

/// Of the requests that agree or disagree, how many of a hundred agree.
#[must_use]
pub fn agreement(reconciled: &Reconciled<'_>) -> Option<f64> {
    of_a_hundred(reconciled.decided(None))
}

/// As programs read it.
#[must_use]
pub fn view<'a>(world: &'a World, reconciled: &'a Reconciled<'_>) -> ReconcileView<'a> {
    let platforms = reconciled.platforms.iter().map(|(name, all)| {
        let [agrees, fits, undecided, disagrees] = all.each_ref().map(counts);
        AgreementRow {
            platform: Cow::Borrowed(name),
            agrees,
            fits,
            undecided,
            disagrees,
            agreement: of_a_hundred(reconciled.decided(Some(name))),
        }
    });
    let gaps = reconciled.gaps.iter().map(|(atom, count)| {
        let because = because_gap(world.snapshot(), atom);
        GapRow {
            gap: because.gap,
            settle: because.settle,
            observed: counts(count),
        }
    });
    let limited = (reconciled.limited.requests > 0).then(|| GapRow {
        gap: "limit: the requests differ too much to be decided together".into(),
        settle: "leastwise why, for one of them".into(),
        observed: counts(&reconciled.limited),
    });
    ReconcileView {
        agreement: agreement(reconciled),
        platforms: platforms.collect(),
        disagreements: reconciled
            .disagreements
            .iter()
            .map(|one| disagreement(world, one))
            .collect(),
        undecided: gaps.chain(limited).collect(),
        left_out: reconciled
            .left_out
            .iter()
            .map(|(why, count)| left_out(why.as_str(), count))
            .collect(),
        strangers: reconciled
            .strangers
            .iter()
            .map(|(who, count)| left_out(who, count))
            .collect(),
    }
}

fn left_out<'a>(why: &'a str, count: &Count) -> LeftOutRow<'a> {
    LeftOutRow {
        why: why.into(),
        observed: counts(count),
    }
}

fn disagreement<'a>(world: &'a World, one: &'a Disagreement<'_>) -> DisagreementRow<'a> {
    let seen = one.seen.first_use;
    DisagreementRow {
        identity: path::id(world.snapshot(), one.identity).into(),
        operation: (&*seen.operation).into(),
        action: (&*seen.action).into(),
        resource: seen.resource.as_deref().map(Cow::Borrowed),
        basis: seen.basis.as_str().into(),
        outcome: seen.outcome.as_str().into(),
        answer: Word::of(&one.answer),
        reasons: one
            .reasons
            .iter()
            .map(|reason| ReasonRow {
                cause: reason.cause.as_str().into(),
                why: (&*reason.why).into(),
                settle: (&*reason.settle).into(),
            })
            .collect(),
        count: one.seen.count,
        first: one.seen.first.to_string(),
        last: one.seen.last.to_string(),
    }
}

/// One line a platform.
#[must_use]
pub fn platforms(view: &ReconcileView<'_>) -> Table {
    let mut table = Table::new(&[
        Column::text("platform"),
        Column::number("agree"),
        Column::number("fit"),
        Column::number("undecided"),
        Column::number("disagree"),
        Column::number("events"),
        Column::text("agreement"),
    ]);
    for one in &view.platforms {
        let all = [one.agrees, one.fits, one.undecided, one.disagrees];
        let events: u64 = all.iter().map(|count| count.events).sum();
        let [agrees, fits, undecided, disagrees] = all.map(|count| big(count.requests));
        table.push([
            (&*one.platform).into(),
            agrees.into(),
            fits.into(),
            undecided.into(),
            disagrees.into(),
            big(events).into(),
            one.agreement.map(percent).unwrap_or_default().into(),
        ]);
    }
    table
}

/// One line a disagreement.
#[must_use]
pub fn rows(view: &ReconcileView<'_>) -> Table {
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::text("operation"),
        Column::text("action"),
        Column::text("resource"),
        Column::text("basis"),
        Column::text("outcome"),
        Column::text("answer"),
        Column::text("cause"),
        Column::number("count"),
        Column::text("first"),
        Column::text("last"),
    ]);
    for one in &view.disagreements {
        table.push([
            (&*one.identity).into(),
            (&*one.operation).into(),
            (&*one.action).into(),
            one.resource.as_deref().unwrap_or_default().into(),
            (&*one.basis).into(),
            (&*one.outcome).into(),
            one.answer.as_str().into(),
            one.reasons.first().map_or("", |reason| &*reason.cause).into(),
            one.count.to_string().into(),
            (&*one.first).into(),
            (&*one.last).into(),
        ]);
    }
    table
}

/// How many disagreements are shown in full to people.
const SHOWN: usize = 10;

/// For people.
#[must_use]
pub fn text(view: &ReconcileView<'_>, width: usize) -> String {
    let mut out = platforms(view).terminal(width, "");
    let line = "requests that agree: the log and the estate say the same; that fit: nothing contradicts";
    out.push_str(&format!("{}\n", paint(QUIET, line)));
    let mut settled = BTreeSet::new();
    for one in view.disagreements.iter().take(SHOWN) {
        out.push_str(&told(one, width, &mut settled));
    }
    let more = view.disagreements.len().saturating_sub(SHOWN);
    if more > 0 {
        out.push_str(&format!("\n{} more disagree (--format json)\n", grouped(more)));
    }
    if !view.undecided.is_empty() {
        out.push_str(&format!(
            "\n{}\n",
            paint(STRONG, "The logs know more than the estate")
        ));
    }
    for one in &view.undecided {
        out.push_str(&format!("  {}: {}\n", amount(&one.observed), clean(&one.gap)));
        if !one.settle.is_empty() {
            out.push_str(&format!(
                "     {} {}\n",
                paint(QUIET, "settle:"),
                clean(&one.settle)
            ));
        }
    }
    if !view.left_out.is_empty() {
        out.push_str(&format!("\n{}\n", paint(STRONG, "Not asked of the estate")));
    }
    for one in &view.left_out {
        out.push_str(&format!("  {}: {}\n", amount(&one.observed), one.why));
    }
    out
}

/// One of them; what would settle it only where that was not told before.
fn told<'v>(one: &'v DisagreementRow<'_>, width: usize, settled: &mut BTreeSet<&'v str>) -> String {
    let resource = one.resource.as_deref().unwrap_or("what the log does not tell");
    let mut out = format!(
        "\n{}\n  {} on {}\n",
        paint(STRONG, clean(&one.identity)),
        clean(&one.action),
        clean(resource)
    );
    let (first, last) = (day(&one.first), day(&one.last));
    let when = if first == last {
        format!("on {first}")
    } else {
        format!("{first} to {last}")
    };
    let estate = match one.answer {
        Word::Yes => "it can, whatever the context is",
        Word::When | Word::No | Word::Unknown => "it cannot",
    };
    out.push_str(&format!(
        "  {} {} {}, {when}\n  {} {estate}\n",
        paint(QUIET, "log:"),
        one.outcome,
        times(one.count),
        paint(QUIET, "estate:"),
    ));
    for (at, reason) in one.reasons.iter().enumerate() {
        let cause = reason.cause.replace('-', " ");
        let said = format!("{cause}: {}", clean(&reason.why));
        let lead = if at == 0 { "  " } else { "  or " };
        for (line, part) in wrapped(&said, width.saturating_sub(6).max(40), 4)
            .iter()
            .enumerate()
        {
            let part = if at == 0 && line == 0 {
                paint(ALARM, part).to_string()
            } else {
                part.clone()
            };
            out.push_str(&format!("{}{part}\n", if line == 0 { lead } else { "     " }));
        }
        if !reason.settle.is_empty() && settled.insert(&reason.settle) {
            out.push_str(&format!(
                "     {} {}\n",
                paint(QUIET, "settle:"),
                clean(&reason.settle)
            ));
        }
    }
    out
}

fn amount(count: &CountRow) -> String {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    format!(
        "{} of {}",
        counted(number(count.requests), "request", "requests"),
        counted(number(count.events), "event", "events")
    )
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        many => format!("{} times", big(many)),
    }
}

fn percent(number: f64) -> String {
    format!("{number:.1} %")
}

fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or_default()
}

fn big(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}
