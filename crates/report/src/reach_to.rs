//! Who comes to act on a resource, or as an identity; by which ways; and where to cut.

pub(crate) mod drawn;
mod text;

use std::borrow::Cow;

use leastwise_effective::{
    Answer, Arrival, Arrivals, Cut, Cuts, Goal, How, Path, Shape, Station, Steps, World,
};
use leastwise_model::{IdentityIndex, Snapshot};
use leastwise_permset::Witness;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{AnswerView, Word, how_word, view as answer_view};
use crate::compare::WitnessView;
use crate::identities::kind_word;
use crate::path::{self, PathStep};
use crate::reach::{Stages, stage};
use crate::table::{Cell, Column, Table};

pub use drawn::drawing;
pub use text::text;

/// Who comes to a goal, found once so that views can borrow it.
pub struct Found {
    /// What was asked for, as typed.
    pub to: String,
    /// Whether that is an identity.
    pub is_identity: bool,
    /// Where to cut, best first.
    pub cuts: Cuts,
    /// The ways by their shape.
    pub shapes: Vec<Shape>,
    /// Everybody, in the order of identities.
    pub comers: Vec<Comer>,
    /// For each shape the way of its first identity.
    examples: Vec<Path>,
}

/// Somebody who comes to it.
pub struct Comer {
    /// Who, and how.
    pub arrival: Arrival,
    /// The answer, without paths.
    pub answer: Answer,
    /// The request at the end of the way; `None` where the goal is an identity.
    pub request: Option<Witness>,
    /// The place of its way's shape.
    pub shape: usize,
}

/// Finds what is shown: at most `cuts` places to cut.
#[must_use]
pub fn find(world: &World, to: &str, arrivals: &Arrivals<'_>, cuts: usize) -> Found {
    let shapes = world.shapes(arrivals);
    let place = |arrival: &Arrival| {
        let has = |shape: &Shape| {
            let found = shape
                .arrivals
                .binary_search_by_key(&arrival.identity, |one| one.identity);
            found.is_ok()
        };
        shapes.iter().position(has).unwrap_or_default()
    };
    let comers = arrivals
        .all()
        .into_iter()
        .map(|arrival| Comer {
            answer: arrivals.answer(&arrival),
            request: arrivals.request(&arrival),
            shape: place(&arrival),
            arrival,
        })
        .collect();
    let examples = shapes
        .iter()
        .filter_map(|shape| shape.arrivals.first())
        .map(|arrival| arrivals.path(arrival))
        .collect();
    Found {
        to: to.to_owned(),
        is_identity: matches!(arrivals.goal(), Goal::Identity(_)),
        cuts: world.cuts(arrivals, cuts),
        shapes,
        comers,
        examples,
    }
}

impl Found {
    fn how_many(&self, how: How) -> usize {
        let counts = |comer: &&Comer| comer.arrival.how == how;
        self.comers.iter().filter(counts).count()
    }

    fn so_sure(&self, steps: Steps) -> usize {
        let counts = |comer: &&Comer| comer.arrival.steps == steps;
        self.comers.iter().filter(counts).count()
    }
}

/// The answer for whoever comes over ways so sure.
fn word(steps: Steps) -> Word {
    match steps {
        Steps::Certain => Word::Yes,
        Steps::Conditional => Word::When,
        Steps::AtMost => Word::Unknown,
    }
}

/// A statement without which fewer come to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CutRow<'a> {
    /// How many are cut off when what the statement gives is taken away: they come to it now, and are then not known to.
    pub cut_off: usize,
    /// How many of those may come to it still, depending on gaps.
    pub in_doubt: usize,
    /// How many identities of the estate hold what the statement grants.
    pub holders: usize,
    /// Who is cut off.
    pub identities: Vec<Cow<'a, str>>,
    /// The statement.
    pub statement: PathStep<'a>,
}

/// A kind of identity that ways of a shape pass.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StationRow<'a> {
    /// The platform's name.
    pub platform: Cow<'a, str>,
    /// What sort of actor.
    pub kind: Cow<'a, str>,
    /// By which technique it becomes the next, or grants; missing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technique: Option<Cow<'a, str>>,
    /// Whether it grants, to the next or to itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub grants: bool,
}

/// Ways of one shape: the same kinds of identities by the same techniques.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WayRow<'a> {
    /// Its number, from 1, by which identities refer to it.
    pub way: usize,
    /// How many identities come this way.
    pub count: usize,
    /// `yes`, `when` or `unknown`.
    pub answer: Word,
    /// `direct`, `through` or `by-granting`.
    pub how: Cow<'a, str>,
    /// What the ways pass, from the first to the last.
    pub stations: Vec<StationRow<'a>>,
    /// One whose way it is.
    pub example: Cow<'a, str>,
    /// The way of that one, with the statement under every step.
    pub path: Vec<PathStep<'a>>,
}

/// One who comes to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ComerRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// Its stage, or that of what it belongs to, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// Who acts in the end: itself, whom it becomes, or whose set it widens.
    pub end: Cow<'a, str>,
    /// The number of its way.
    pub way: usize,
    /// The request in which the way ends; missing where that is an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<WitnessView>,
    /// The answer; paths are under the ways.
    #[serde(flatten)]
    pub answer: AnswerView<'a>,
}

/// Who comes to act on a resource, or as an identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachToView<'a> {
    /// The resource, the identity or the crown jewel.
    pub to: Cow<'a, str>,
    /// Whether that is an identity.
    pub is_identity: bool,
    /// How many come to it as themselves.
    pub direct_count: usize,
    /// How many by becoming others.
    pub through_count: usize,
    /// How many by granting.
    pub by_granting_count: usize,
    /// How many for certain.
    pub surely_count: usize,
    /// How many under conditions.
    pub when_count: usize,
    /// Of how many nobody can tell.
    pub unknown_count: usize,
    /// Where to cut, best first.
    pub cuts: Vec<CutRow<'a>>,
    /// How many statements that could cut off more than the last of these were not tried.
    #[serde(skip_serializing_if = "is_zero")]
    pub untried_count: usize,
    /// The ways by their shape, surer ones first, then those of more identities.
    pub ways: Vec<WayRow<'a>>,
    /// Everybody, in the order of the estate.
    pub identities: Vec<ComerRow<'a>>,
}

/// It as programs read it.
#[must_use]
pub fn view<'a>(world: &'a World, found: &'a Found) -> ReachToView<'a> {
    let snapshot = world.snapshot();
    ReachToView {
        to: Cow::Borrowed(&found.to),
        is_identity: found.is_identity,
        direct_count: found.how_many(How::Direct),
        through_count: found.how_many(How::Through),
        by_granting_count: found.how_many(How::ByGranting),
        surely_count: found.so_sure(Steps::Certain),
        when_count: found.so_sure(Steps::Conditional),
        unknown_count: found.so_sure(Steps::AtMost),
        cuts: found.cuts.best.iter().map(|cut| cut_row(snapshot, cut)).collect(),
        untried_count: found.cuts.untried,
        ways: (1..)
            .zip(found.shapes.iter().zip(&found.examples))
            .map(|(way, (shape, example))| way_row(snapshot, way, shape, example))
            .collect(),
        identities: found
            .comers
            .iter()
            .map(|comer| comer_row(snapshot, comer))
            .collect(),
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn cut_row<'a>(snapshot: &'a Snapshot, cut: &'a Cut) -> CutRow<'a> {
    let named = |index: &IdentityIndex| Cow::Borrowed(path::id(snapshot, *index));
    CutRow {
        cut_off: cut.cut_off.len(),
        in_doubt: cut.in_doubt,
        holders: cut.holders,
        identities: cut.cut_off.iter().map(named).collect(),
        statement: path::statement(snapshot, cut.statement.label()),
    }
}

fn way_row<'a>(snapshot: &'a Snapshot, way: usize, shape: &'a Shape, example: &'a Path) -> WayRow<'a> {
    let station = |station: &'a Station| StationRow {
        platform: Cow::Borrowed(station.platform),
        kind: Cow::Borrowed(kind_word(station.kind)),
        technique: technique(snapshot, station).map(Cow::Borrowed),
        grants: station.widens,
    };
    WayRow {
        way,
        count: shape.arrivals.len(),
        answer: word(shape.steps),
        how: Cow::Borrowed(how_word(shape.how)),
        stations: shape.stations.iter().map(station).collect(),
        example: first(snapshot, shape).into(),
        path: path::steps(snapshot, example),
    }
}

fn first<'a>(snapshot: &'a Snapshot, shape: &Shape) -> &'a str {
    shape
        .arrivals
        .first()
        .map_or("", |arrival| path::id(snapshot, arrival.identity))
}

fn technique<'a>(snapshot: &'a Snapshot, station: &Station) -> Option<&'a str> {
    let technique = snapshot.techniques.get(station.technique?.0 as usize)?;
    Some(&technique.id)
}

fn comer_row<'a>(snapshot: &'a Snapshot, comer: &'a Comer) -> ComerRow<'a> {
    ComerRow {
        identity: Cow::Borrowed(path::id(snapshot, comer.arrival.identity)),
        environment: stage(snapshot, comer.arrival.identity).map(Cow::Borrowed),
        end: Cow::Borrowed(path::id(snapshot, comer.arrival.end)),
        way: comer.shape + 1,
        request: comer.request.as_ref().map(crate::compare::witness),
        answer: answer_view(snapshot, &comer.answer),
    }
}

/// Everybody who comes to it, as a table.
#[must_use]
pub fn table(snapshot: &Snapshot, found: &Found, stages: Stages) -> Table {
    let mut columns = vec![
        Column::text("answer"),
        Column::long("identity"),
        Column::text("how"),
        Column::long("in the end as"),
        Column::number("way"),
        Column::reason("condition or gap"),
    ];
    if stages == Stages::Told {
        columns.push(Column::text("environment"));
    }
    let mut table = Table::new(&columns);
    for comer in &found.comers {
        let word = Word::of(&comer.answer.outcome);
        let seen = answer_view(snapshot, &comer.answer);
        let gaps = seen.because.iter().map(|because| because.gap.to_string());
        let depends: Vec<String> = seen.when.iter().cloned().chain(gaps).collect();
        let mut row: Vec<Cell> = vec![
            Cell::styled(word.as_str(), word.style()),
            path::id(snapshot, comer.arrival.identity).into(),
            how_word(comer.arrival.how).into(),
            path::id(snapshot, comer.arrival.end).into(),
            (comer.shape + 1).to_string().into(),
            depends.join("; or ").into(),
        ];
        if stages == Stages::Told {
            let environment = stage(snapshot, comer.arrival.identity);
            row.push(environment.unwrap_or_default().into());
        }
        table.push(row);
    }
    table
}
