//! What falls with an identity.

mod drawn;

use std::borrow::Cow;

use leastwise_effective::{Fallen, How, World};
use leastwise_model::stage::is_production;
use leastwise_model::{IdentityIndex, Snapshot, TokenRequest};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::how_word;
use crate::fold::folded;
use crate::identities::{by_weight, gravest};
use crate::path::{self, PathStep};
use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted, grouped};

pub use drawn::drawing;

/// Somebody that the identity can become.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachedRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// After how many steps of becoming, at the fewest.
    pub hops: u32,
    /// Whether there is a way of which every step is certain.
    pub sure: bool,
    /// Its stage, or that of what it belongs to, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// Whether that one controls its whole account or cluster.
    pub administers: bool,
    /// How many catalogued actions that one can perform as itself.
    pub actions: usize,
    /// The shortest way there; missing where the paths are too many to list (ask for one with `why`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep<'a>>,
}

/// A way to control of a whole account or cluster.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ControlRow<'a> {
    /// `direct`, `through` or `by-granting`.
    pub how: Cow<'a, str>,
    /// The way.
    pub path: Vec<PathStep<'a>>,
}

/// Somebody who is in no export and whom the identity, or one that it can become, asks to become.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OutwardRow<'a> {
    /// Who asks.
    pub identity: Cow<'a, str>,
    /// To become whom.
    pub asks: Cow<'a, str>,
    /// What would tell whether that one admits it.
    pub settle: Cow<'a, str>,
}

/// What falls with an identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachView<'a> {
    /// Whose fall it is.
    pub identity: Cow<'a, str>,
    /// How many it can become, for certain or not.
    pub becomes_count: usize,
    /// How many it can become for certain.
    pub surely_count: usize,
    /// The classes of what it and all those can do together.
    pub classes: Vec<String>,
    /// The shortest way to control of a whole account or cluster; missing where there is none for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administers: Option<ControlRow<'a>>,
    /// Whom it can become, nearest first.
    pub becomes: Vec<ReachedRow<'a>>,
    /// Whom it, or one of those, asks to become who is in no export: whether that one admits it, and what it may do, is
    /// not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outward: Vec<OutwardRow<'a>>,
}

/// Of so many the paths are listed.
const PATHS_MAX: usize = 200;

/// The ways from a fallen identity, made once so that views can borrow them.
pub struct Ways {
    to_control: Option<(How, leastwise_effective::Path)>,
    to_each: Vec<leastwise_effective::Path>,
}

/// Finds the ways to show.
#[must_use]
pub fn ways(world: &World, fallen: &Fallen) -> Ways {
    Ways {
        to_control: fallen.administers.clone(),
        to_each: fallen
            .becomes
            .iter()
            .take(PATHS_MAX)
            .map(|reached| world.path_to(fallen, reached.identity))
            .collect(),
    }
}

/// The reach as programs read it.
#[must_use]
pub fn view<'a>(world: &'a World, fallen: &Fallen, ways: &'a Ways) -> ReachView<'a> {
    let snapshot = world.snapshot();
    let becomes = fallen.becomes.iter().enumerate().map(|(at, reached)| ReachedRow {
        identity: Cow::Borrowed(path::id(snapshot, reached.identity)),
        hops: reached.hops,
        sure: reached.sure,
        environment: stage(snapshot, reached.identity).map(Cow::Borrowed),
        administers: world.administers(reached.identity),
        actions: world
            .abilities(reached.identity)
            .map_or(0, |abilities| abilities.count),
        path: ways
            .to_each
            .get(at)
            .map(|way| path::steps(snapshot, way))
            .unwrap_or_default(),
    });
    ReachView {
        identity: Cow::Borrowed(path::id(snapshot, fallen.identity)),
        becomes_count: fallen.becomes.len(),
        surely_count: fallen.surely,
        classes: fallen.classes.iter().map(|class| class.to_string()).collect(),
        administers: ways.to_control.as_ref().map(|(how, way)| ControlRow {
            how: Cow::Borrowed(how_word(*how)),
            path: path::steps(snapshot, way),
        }),
        becomes: becomes.collect(),
        outward: outward(world, fallen)
            .into_iter()
            .map(|request| OutwardRow {
                identity: Cow::Borrowed(path::id(snapshot, request.identity)),
                asks: Cow::Borrowed(&request.asks),
                settle: Cow::Borrowed(&request.settle),
            })
            .collect(),
    }
}

/// Requests of the identity, and of those that it can become, that lead out of the estate.
pub(crate) fn outward<'a>(world: &'a World, fallen: &Fallen) -> Vec<&'a TokenRequest> {
    let others = fallen.becomes.iter().map(|reached| reached.identity);
    world.outward(&others.chain([fallen.identity]).collect())
}

/// Whether stages are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stages {
    /// They are.
    Told,
    /// They are not.
    Untold,
}

/// The stage of an identity, or of what it belongs to.
pub(crate) fn stage(snapshot: &Snapshot, index: IdentityIndex) -> Option<&str> {
    let identity = snapshot.identity(index)?;
    let home = || snapshot.instance(identity.instance)?.environment.as_deref();
    identity.environment.as_deref().or_else(home)
}

/// Whom the identity can become, as a table; and whom it, or one of those, asks to become who is in no export.
#[must_use]
pub fn table(world: &World, fallen: &Fallen, stages: Stages) -> Table {
    let mut table = reached(world, fallen, stages);
    for request in outward(world, fallen) {
        let mut becomes = fallen.becomes.iter();
        let asker = becomes.find(|reached| reached.identity == request.identity);
        let hops = asker.map_or(1, |asker| asker.hops + 1);
        let mut row: Vec<Cell> = vec![
            hops.to_string().into(),
            "unknown".into(),
            clean(&request.asks).into(),
            "".into(),
            "".into(),
        ];
        row.extend((stages == Stages::Told).then(|| "".into()));
        table.push(row);
    }
    table
}

/// Those of the estate whom the identity can become, as a table.
fn reached(world: &World, fallen: &Fallen, stages: Stages) -> Table {
    let mut columns = vec![
        Column::number("hops"),
        Column::text("certain"),
        Column::long("becomes"),
        Column::number("actions"),
        Column::text("gravest"),
    ];
    if stages == Stages::Told {
        columns.push(Column::text("environment"));
    }
    let mut table = Table::new(&columns);
    for reached in &fallen.becomes {
        let abilities = world.abilities(reached.identity);
        let gravest = if world.administers(reached.identity) {
            Cell::styled("administers", ALARM)
        } else {
            abilities
                .and_then(|abilities| gravest(abilities.classes))
                .map(|class| class.to_string())
                .unwrap_or_default()
                .into()
        };
        let mut row: Vec<Cell> = vec![
            reached.hops.to_string().into(),
            if reached.sure {
                "yes".into()
            } else {
                Cell::styled("depends", CARE)
            },
            path::id(world.snapshot(), reached.identity).into(),
            grouped(abilities.map_or(0, |abilities| abilities.count)).into(),
            gravest,
        ];
        if stages == Stages::Told {
            row.push(
                stage(world.snapshot(), reached.identity)
                    .unwrap_or_default()
                    .into(),
            );
        }
        table.push(row);
    }
    table
}

/// How many of production an identity of another stage comes to.
fn crossing(snapshot: &Snapshot, fallen: &Fallen) -> Option<String> {
    let from = stage(snapshot, fallen.identity).filter(|from| !is_production(from))?;
    let production = fallen.becomes.iter().filter(|reached| {
        let there = stage(snapshot, reached.identity);
        reached.sure && there.is_some_and(is_production)
    });
    let count = production.count();
    (count > 0).then(|| {
        let many = counted(count, "identity of production", "identities of production");
        format!("from {} it comes to {many}", clean(from))
    })
}

/// What is asked for out of the estate, as people read it.
fn beyond(snapshot: &Snapshot, fallen: &Fallen, outward: &[&TokenRequest]) -> String {
    let mut out = String::new();
    for request in outward.iter().take(SHOWN) {
        let who = match request.identity == fallen.identity {
            true => "it".into(),
            false => clean(path::id(snapshot, request.identity)),
        };
        let asks = paint(CARE, clean(&request.asks));
        let settle = paint(QUIET, clean(&request.settle));
        out.push_str(&format!(
            "  {who} asks to become {asks}: unknown, because no export tells of it\n    settle: {settle}\n"
        ));
    }
    let more = outward.len().saturating_sub(SHOWN);
    if more > 0 {
        let more = counted(more, "more such request", "more such requests");
        out.push_str(&format!(
            "  {}\n",
            paint(QUIET, format!("and {more}: --format json lists all"))
        ));
    }
    out
}

/// How many of those reached are listed on a terminal.
const SHOWN: usize = 25;

/// The reach as people read it.
#[must_use]
pub fn text(world: &World, fallen: &Fallen, ways: &Ways, stages: Stages, width: usize) -> String {
    let snapshot = world.snapshot();
    let who = paint(STRONG, clean(path::id(snapshot, fallen.identity)));
    let depends = fallen.becomes.len() - fallen.surely.min(fallen.becomes.len());
    let outward = outward(world, fallen);
    let mut out = match (fallen.surely, depends) {
        (0, 0) if !outward.is_empty() => format!("{who} cannot become anybody else of this estate\n"),
        (0, 0) => format!("{who} cannot become anybody else\n"),
        (sure, 0) => format!(
            "with {who} fall {}\n",
            counted(sure, "other identity", "other identities")
        ),
        (sure, open) => format!(
            "with {who} fall {}, and {} more under conditions or gaps\n",
            counted(sure, "other identity", "other identities"),
            grouped(open)
        ),
    };
    let classes: Vec<String> = by_weight()
        .filter(|class| fallen.classes.contains(*class))
        .map(|class| class.to_string())
        .collect();
    if !classes.is_empty() {
        out.push_str(&format!("  together they can: {}\n", classes.join(", ")));
    }
    if let (Stages::Told, Some(crossing)) = (stages, crossing(snapshot, fallen)) {
        out.push_str(&format!("  {}\n", paint(ALARM, crossing)));
    }
    match &ways.to_control {
        Some((How::Direct, _)) => {
            out.push_str(&format!(
                "  {}\n",
                paint(ALARM, "it controls its whole account or cluster itself")
            ));
        }
        Some((how, way)) => {
            let by = if *how == How::ByGranting {
                "by granting itself more"
            } else {
                "by becoming others"
            };
            out.push_str(&format!(
                "  {}\n\n",
                paint(
                    ALARM,
                    format!("it comes to control of a whole account or cluster, {by}:")
                )
            ));
            out.push_str(&path::text(snapshot, way, width));
        }
        None => {}
    }
    out.push_str(&beyond(snapshot, fallen, &outward));
    if !fallen.becomes.is_empty() {
        out.push('\n');
        let mut some = fallen.clone();
        some.becomes.truncate(SHOWN);
        out.push_str(&reached(world, &some, stages).terminal(width, "  "));
        let more = fallen.becomes.len().saturating_sub(SHOWN);
        if more > 0 {
            out.push_str(&format!(
                "  {}\n",
                paint(
                    QUIET,
                    format!("and {} more: --format json lists all", grouped(more))
                )
            ));
        }
    }
    folded(&out, width)
}
