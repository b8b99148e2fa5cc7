//! What becomes of trust when something that tokens name is called otherwise: which ways end, and who takes the name.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Certainty, World};
use leastwise_model::{Gain, IdentityIndex, Renaming, TokenHolder};
use leastwise_permset::{Atom, Label, PermissionSet};
use schemars::JsonSchema;
use serde::Serialize;

use crate::path::{self, PathStep};
use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted};

/// What becomes of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    /// It is not there before: whoever takes the old name has it.
    Taken,
    /// It is not there after.
    Ends,
    /// It was certain, and is conditional or depends on gaps.
    Weakens,
    /// It is not there before.
    Opens,
    /// As before.
    Stays,
}

impl Turn {
    fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Ends => "ends",
            Self::Weakens => "weakens",
            Self::Opens => "opens",
            Self::Stays => "stays",
        }
    }
}

/// A way from one who presents a token to one who admits it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TurnRow<'a> {
    /// What becomes of it.
    pub turn: Turn,
    /// Who presents a token.
    pub identity: Cow<'a, str>,
    /// Who is become.
    pub becomes: Cow<'a, str>,
    /// Whether the way is certain: after, or, where it ends, before.
    pub sure: bool,
    /// The statement that admits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<PathStep<'a>>,
    /// What a way rests on that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cow<'a, str>>,
}

/// What becomes of trust when something is called otherwise.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RenamedView<'a> {
    /// What it is called.
    pub from: Cow<'a, str>,
    /// What it would be called.
    pub to: Cow<'a, str>,
    /// How many ways whoever takes the old name has.
    pub taken_count: usize,
    /// How many ways end.
    pub ends_count: usize,
    /// How many ways stay as they are.
    pub stays_count: usize,
    /// Each way of those whose tokens change, and of whoever takes the old name.
    pub ways: Vec<TurnRow<'a>>,
}

struct Way<'w> {
    turn: Turn,
    who: &'w str,
    whom: &'w str,
    world: &'w World,
    step: Option<Label>,
    certainty: Certainty,
}

/// Ways before and after something is called otherwise.
pub struct Renamed<'w> {
    renaming: &'w Renaming,
    ways: Vec<Way<'w>>,
    takers: usize,
}

/// The tokens that each can have, by id.
fn families(world: &World) -> BTreeMap<&str, Vec<&PermissionSet>> {
    let mut all: BTreeMap<&str, Vec<&PermissionSet>> = BTreeMap::new();
    let holders = world.snapshot().issuers.iter().flat_map(|issuer| &issuer.holders);
    for TokenHolder { identity, claims, .. } in holders {
        if let Some(claims) = claims {
            all.entry(path::id(world.snapshot(), *identity))
                .or_default()
                .push(claims);
        }
    }
    all
}

/// Whom somebody becomes in other places, by id, over the surest way.
fn ways<'w>(world: &'w World, who: &str) -> BTreeMap<&'w str, (Certainty, Option<Label>)> {
    let mut all: BTreeMap<&str, (Certainty, Option<Label>)> = BTreeMap::new();
    let Some(index) = world.called(who) else {
        return all;
    };
    let snapshot = world.snapshot();
    let home = |index: IdentityIndex| snapshot.identity(index).map(|identity| identity.instance);
    for edge in world.edges(index) {
        if edge.opportunity.gain != Gain::Become {
            continue;
        }
        for target in edge
            .targets()
            .iter()
            .filter(|target| home(**target) != home(index))
        {
            let known = all.entry(path::id(snapshot, *target));
            let found = (edge.certainty.clone(), edge.opportunity.step);
            known
                .and_modify(|known| *known = found.clone().min(known.clone()))
                .or_insert(found);
        }
    }
    all
}

/// Compares an estate with the same in which something is called otherwise.
#[must_use]
pub fn find<'w>(before: &'w World, after: &'w World, renaming: &'w Renaming) -> Renamed<'w> {
    let takers = after.snapshot().issuers.iter().flat_map(|issuer| &issuer.takers);
    let takers: BTreeSet<&str> = takers.map(|taker| path::id(after.snapshot(), *taker)).collect();
    let (old, new) = (families(before), families(after));
    let mut found = Vec::new();
    for (who, family) in &new {
        let taker = takers.contains(who);
        if !taker && old.get(who) == Some(family) {
            continue;
        }
        let (mut then, now) = (ways(before, who), ways(after, who));
        for (whom, (certainty, step)) in now {
            let turn = match then.remove(whom) {
                None if taker => Turn::Taken,
                None => Turn::Opens,
                Some((before, _)) if before.is_sure() && !certainty.is_sure() => Turn::Weakens,
                Some(_) => Turn::Stays,
            };
            found.push(Way {
                turn,
                who,
                whom,
                world: after,
                step,
                certainty,
            });
        }
        for (whom, (certainty, step)) in then {
            found.push(Way {
                turn: Turn::Ends,
                who,
                whom,
                world: before,
                step,
                certainty,
            });
        }
    }
    found.sort_by(|a, b| (a.turn, a.who, a.whom).cmp(&(b.turn, b.who, b.whom)));
    Renamed {
        renaming,
        ways: found,
        takers: takers.len(),
    }
}

impl Renamed<'_> {
    /// Whether anything of the estate is called so that tokens name.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.takers > 0
    }

    fn count(&self, turn: Turn) -> usize {
        self.ways.iter().filter(|way| way.turn == turn).count()
    }
}

/// What a way rests on that is not known.
fn unknown<'a>(way: &'a Way<'_>) -> &'a [Atom] {
    match &way.certainty {
        Certainty::Depends(atoms) => atoms,
        Certainty::Surely | Certainty::When(_) => &[],
    }
}

/// It as programs read it.
#[must_use]
pub fn view<'a>(renamed: &'a Renamed<'_>) -> RenamedView<'a> {
    let ways = renamed.ways.iter().map(|way| TurnRow {
        turn: way.turn,
        identity: Cow::Borrowed(way.who),
        becomes: Cow::Borrowed(way.whom),
        sure: way.certainty.is_sure(),
        statement: way.step.map(|step| path::statement(way.world.snapshot(), step)),
        because: unknown(way)
            .iter()
            .map(|gap| Cow::Borrowed(gap.as_str()))
            .collect(),
    });
    RenamedView {
        from: Cow::Borrowed(&renamed.renaming.from),
        to: Cow::Borrowed(&renamed.renaming.to),
        taken_count: renamed.count(Turn::Taken),
        ends_count: renamed.count(Turn::Ends),
        stays_count: renamed.count(Turn::Stays),
        ways: ways.collect(),
    }
}

/// The ways, as a table.
#[must_use]
pub fn table(renamed: &Renamed<'_>) -> Table {
    table_of(renamed, usize::MAX)
}

fn table_of(renamed: &Renamed<'_>, most: usize) -> Table {
    let columns = ["turn", "certain"].map(Column::text).into_iter();
    let columns = columns.chain(["who", "becomes", "admitted by"].map(Column::long));
    let mut table = Table::new(&columns.collect::<Vec<_>>());
    for way in renamed.ways.iter().take(most) {
        let style = match way.turn {
            Turn::Taken => ALARM,
            Turn::Ends | Turn::Weakens | Turn::Opens => STRONG,
            Turn::Stays => QUIET,
        };
        let place = way.step.map(|step| path::statement(way.world.snapshot(), step));
        let place = place.and_then(|step| Some(format!("{}:{}", step.file?, step.line?)));
        table.push([
            Cell::styled(way.turn.as_str(), style),
            match way.certainty.is_sure() {
                true => "yes".into(),
                false => Cell::styled("depends", CARE),
            },
            way.who.into(),
            way.whom.into(),
            place.unwrap_or_default().into(),
        ]);
    }
    table
}

/// How many are listed on a terminal.
const SHOWN: usize = 40;

/// It as people read it.
#[must_use]
pub fn text(renamed: &Renamed<'_>, width: usize) -> String {
    let from = clean(&renamed.renaming.from);
    let mut out = format!(
        "{}, if it is called {} from now on:\n",
        paint(STRONG, &from),
        clean(&renamed.renaming.to)
    );
    let turns = [
        (Turn::Ends, "end"),
        (Turn::Weakens, "depend on conditions or gaps"),
        (Turn::Opens, "open"),
        (Turn::Stays, "stay"),
    ];
    let own: usize = turns.iter().map(|(turn, _)| renamed.count(*turn)).sum();
    let turns: Vec<String> = turns
        .into_iter()
        .filter(|(turn, _)| renamed.count(*turn) > 0)
        .map(|(turn, what)| format!("{} {what}", renamed.count(turn)))
        .collect();
    out.push_str(&match turns.is_empty() {
        true => "  no trust of this estate admits a token that names it\n".to_owned(),
        false => format!(
            "  of {} over its tokens: {}\n",
            counted(own, "way", "ways"),
            turns.join(", ")
        ),
    });
    let taken = renamed.count(Turn::Taken);
    let sure = renamed
        .ways
        .iter()
        .filter(|way| way.turn == Turn::Taken && way.certainty.is_sure());
    let sure = sure.count();
    out.push_str(&match (sure, taken - sure) {
        (0, 0) => format!("  whoever takes the name {from} afterwards becomes nobody\n"),
        (sure, open) => {
            let what = format!(
                "whoever takes the name {from} afterwards becomes {} for certain, {open} more under conditions or gaps",
                counted(sure, "identity", "identities")
            );
            format!("  {}\n", paint(ALARM, what))
        }
    });
    let mut gaps = BTreeSet::new();
    for way in &renamed.ways {
        gaps.extend(unknown(way).iter().map(|gap| gap.as_str()));
    }
    for gap in gaps {
        out.push_str(&format!(
            "  {}\n",
            paint(QUIET, format!("unknown, because {}", clean(gap)))
        ));
    }
    if !renamed.ways.is_empty() {
        out.push_str(&format!("\n{}", table_of(renamed, SHOWN).terminal(width, "  ")));
        let more = renamed.ways.len().saturating_sub(SHOWN);
        if more > 0 {
            let rest = format!("and {more} more: --format json lists all");
            out.push_str(&format!("  {}\n", paint(QUIET, rest)));
        }
    }
    crate::fold::folded(&out, width)
}
