//! What a gate says about a change: for people on a terminal, for programs, for annotations, for one comment, as SARIF.

mod annotations;
mod comment;
mod sarif;
mod text;
mod view;

use std::collections::BTreeSet;

use leastwise_effective::{Leg, World};
use leastwise_findings::Severity;
use leastwise_governance::exceptions::Lapsed;
use leastwise_governance::excuses::{Alteration, Excuses};
use leastwise_governance::gate::{Gate, Item, Kind, Standing, Verdict};

use crate::compare::witness;
use crate::text::listed;

pub use annotations::annotations;
pub use comment::comment;
pub use sarif::sarif;
pub use text::text;
pub use view::{BecauseRow, CheckView, ExcuseRow, ItemRow, LapsedRow, UnknownRow, view};

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
    /// What the change excuses itself with.
    pub excuses: &'a Excuses,
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

    /// How many things the change itself accepts.
    fn excused(&self) -> usize {
        let items = self.gate.items.iter();
        items.filter(|item| self.excuses.speak_of(item)).count()
    }

    /// Items that people have accepted.
    fn accepted(&self) -> impl Iterator<Item = &Item> {
        self.gate.items.iter().filter(|item| item.standing.is_accepted())
    }
}

/// The layers that are named by statements on the way of an item which nobody gave.
fn assuming<'a>(told: &Told<'a>, item: &Item) -> BTreeSet<&'a str> {
    let snapshot = told.world.snapshot();
    let labels = item.path.iter().flat_map(Leg::statements);
    let named = labels.filter_map(|label| snapshot.assumption_of(*label));
    named.map(|assumption| &*assumption.layer).collect()
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

/// What a change does to its own excuses, a line for each.
fn excuse_words(told: &Told<'_>) -> Vec<(Option<usize>, String)> {
    let excuses = told.excuses;
    let mut all: Vec<(Option<usize>, String)> = Vec::new();
    for one in &excuses.exceptions {
        let (id, owner, expires) = (&one.id, &one.owner, &one.expires);
        let said = match &one.alteration {
            Alteration::Added => format!("this change adds exception {id} of {owner}, until {expires}"),
            Alteration::Lengthened(day) => {
                format!("this change lengthens exception {id} of {owner}, from {day} to {expires}")
            }
            Alteration::Altered => format!("this change alters what exception {id} of {owner} accepts"),
        };
        all.push((Some(one.line), said));
    }
    if !excuses.known.is_empty() {
        let items = crate::text::counted(excuses.known.len(), "item", "items");
        all.push((None, format!("this change adds {items} to the baseline")));
    }
    for file in &excuses.untold {
        let base = told.base.unwrap_or_default();
        all.push((
            None,
            format!("what this change does to {file} cannot be told: {base} does not hold it"),
        ));
    }
    all
}

/// What became of an item that people have accepted, or would have.
fn accepted_words(told: &Told<'_>, item: &Item) -> String {
    let excuse = |id: &str| match told.excuses.of(id).map(|one| &one.alteration) {
        Some(how) => format!("{id}, {} by this change", how.as_str()),
        None => id.to_owned(),
    };
    match &item.standing {
        Standing::Open => String::new(),
        Standing::Known if told.excuses.speak_of(item) => "in the baseline, added by this change".to_owned(),
        Standing::Known => "in the baseline".to_owned(),
        Standing::Excepted(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| excuse(id)).collect();
            format!("accepted by {}", listed(&ids))
        }
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
            let excused = match told.excused() {
                0 => String::new(),
                excused => format!("; the change itself accepts {}", things(excused)),
            };
            let said = match open {
                0 if told.base.is_some() => "passes: nothing new".to_owned(),
                0 => "passes: nothing to decide on".to_owned(),
                open => format!("passes: {} below {}", things(open), told.threshold),
            };
            said + &excused
        }
    }
}
