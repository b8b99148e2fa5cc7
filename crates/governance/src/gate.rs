//! What is new between two estates.
//!
//! New is an access (a request that somebody can make as itself and could not), a way of becoming somebody, and a finding.
//! What is new is told by the native statement that makes it so: where one of those on the way was not there before, that one,
//! else the last. What one statement gives to many is one item.
//!
//! **Growth of cost.** One comparison for each identity, cheap where nothing changed; the ways of becoming of both estates; the
//! findings of both, which are given. Paths are made for one identity of each item.

mod access;
mod asserted;
mod becoming;
mod code;
mod item;
mod known;
mod ruled;
mod unknown;

use leastwise_effective::World;
use leastwise_findings::{Report, Scales, Severity};
use leastwise_model::{IdentityIndex, Settings};

pub use asserted::Forbidden;
pub use code::{Bundle, Holder, Statement, bundles};
pub use item::{Item, Kind, Place, Standing, Who};
pub use unknown::{Because, Unknown};

use known::Known;

/// An estate with what is said about it.
#[derive(Clone, Copy)]
pub struct Side<'w> {
    /// The estate.
    pub world: &'w World,
    /// What its owners say.
    pub settings: &'w Settings,
    /// What rules say.
    pub report: &'w Report,
}

/// What is new, and what cannot be told.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// What is new, the worst first.
    pub items: Vec<Item>,
    /// What may be new.
    pub unknown: Vec<Unknown>,
    /// How many identities can do less than before, or are gone.
    pub less: usize,
}

impl Gate {
    /// Puts everything into its order, whatever the order in which it was found.
    pub fn sort(&mut self) {
        self.items.sort_by_key(Item::order);
        self.unknown.sort();
        self.unknown.dedup();
    }
}

/// What `new` adds to `old`. Files of `new` that could not be read are not known, but for those of which `same` says that they
/// are the same in both.
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>, same: &dyn Fn(&str) -> bool) -> Gate {
    let scales = Scales::new(new.world, new.settings);
    let twins: Vec<Option<IdentityIndex>> = new
        .world
        .snapshot()
        .identities
        .iter()
        .map(|identity| old.world.twin(&identity.id))
        .collect();
    let comparing = Comparing {
        old,
        new,
        scales,
        twins,
        known: Known::of(old.world.snapshot(), new.world.snapshot()),
    };
    let mut gate = Gate::default();
    comparing.accesses(&mut gate);
    comparing.entitlements(&mut gate);
    comparing.ways(&mut gate);
    comparing.findings(&mut gate);
    comparing.gaps(&mut gate, same);
    gate.sort();
    gate
}

/// All findings of one estate, for a gate that has nothing to compare with, and what could not be decided.
#[must_use]
pub fn alone(new: &Side<'_>) -> Gate {
    let mut gate = Gate::default();
    ruled::all(new, &mut gate);
    unknown::all(new, &mut gate);
    gate.sort();
    gate
}

/// What could not be read of one estate, for a gate that is only asked whether something is so.
#[must_use]
pub fn unread(new: &Side<'_>) -> Gate {
    let mut gate = Gate::default();
    unknown::all_unread(new, &mut gate);
    gate.sort();
    gate
}

/// Rules that tell what strangers can do.
const OF_STRANGERS: [&str; 2] = ["public-access", "open-trust"];

/// Adds what strangers can do, be it new or not, and where that cannot be told.
pub fn strangers(new: &Side<'_>, gate: &mut Gate) {
    ruled::of_rules(new, &OF_STRANGERS, gate);
    unknown::of_rules(new, &OF_STRANGERS, gate);
    unknown::of_resources(new.world, gate);
}

/// Two estates that are compared.
struct Comparing<'a, 'w> {
    old: &'a Side<'w>,
    new: &'a Side<'w>,
    scales: Scales<'w>,
    /// Who each identity of the new estate is in the old one.
    twins: Vec<Option<IdentityIndex>>,
    known: Known<'w>,
}

impl Comparing<'_, '_> {
    /// Who an identity of the new estate is in the old one.
    fn twin(&self, index: IdentityIndex) -> Option<IdentityIndex> {
        self.twins.get(index.0 as usize).copied().flatten()
    }
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at or above the threshold is open.
    Passes,
    /// Something is, as bad as this at worst.
    Fails(Severity),
    /// Nothing that is known is, and something is not known.
    Unknown,
}

impl Gate {
    /// Whether an item fails the gate: it is open, and bad enough or not as it was asserted.
    #[must_use]
    pub fn fails(item: &Item, threshold: Severity) -> bool {
        let asserted = item.kind == Kind::Granted;
        !item.standing.is_accepted() && (asserted || item.severity >= threshold)
    }

    /// What it says, where items as bad as `threshold` fail it. What is not known never passes.
    #[must_use]
    pub fn verdict(&self, threshold: Severity) -> Verdict {
        let failing = self.items.iter().filter(|item| Self::fails(item, threshold));
        match failing.map(|item| item.severity).max() {
            Some(worst) => Verdict::Fails(worst),
            None if self.unknown.is_empty() => Verdict::Passes,
            None => Verdict::Unknown,
        }
    }
}
