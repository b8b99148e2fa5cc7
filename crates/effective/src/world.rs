//! A snapshot made ready for questions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use leastwise_model::{Gap, IdentityIndex, InstanceIndex, Platform, STACK, Side, Snapshot};
use leastwise_permset::{Atom, Label, Limits, PermissionSet};

use crate::abilities::{Abilities, summarise};
use crate::control::Control;
use crate::graph::Graph;
use crate::join::join;
use crate::lookup::{Lookup, Unfound};
use crate::outward::add_strays;
use crate::powers::{Powers, Steps};
use crate::requests::Requests;
use crate::selector::Selector;

/// What one platform lets the tokens of another do is not evaluated.
pub(crate) fn across() -> Gap {
    Gap {
        atom: Atom::new("trust between platforms is not followed"),
        what: "which identities of one platform another accepts by their tokens".into(),
        settle: "read the trust policies that name an issuer of tokens of the other platform".into(),
        side: Side::Adds,
    }
}

/// A snapshot made ready for questions. What is costly (who can become whom, the summaries of what each
/// identity can do) is found when it is first asked for, and then kept.
pub struct World {
    snapshot: Snapshot,
    platforms: Vec<&'static dyn Platform>,
    effective: Vec<PermissionSet>,
    lookup: Lookup,
    limits: Limits,
    /// Whether identities of several platforms are in it.
    pub(crate) mixed: bool,
    selectors: BTreeMap<&'static str, OnceLock<Selector>>,
    graph: OnceLock<Graph>,
    abilities: OnceLock<Vec<Abilities>>,
    control: OnceLock<Control>,
    requests: OnceLock<Requests>,
    administration: [OnceLock<Powers>; 3],
    pub(crate) unassumed: OnceLock<Box<World>>,
}

impl World {
    /// Makes `snapshot` ready. `platforms` are those whose parts it may hold; linear in identities.
    #[must_use]
    pub fn new(mut snapshot: Snapshot, platforms: &[&'static dyn Platform]) -> Self {
        let by_instance: Vec<&'static dyn Platform> = snapshot
            .instances
            .iter()
            .filter_map(|instance| {
                platforms
                    .iter()
                    .find(|platform| platform.name() == instance.platform)
                    .copied()
            })
            .collect();
        let limits = Limits::default();
        join(&mut snapshot, &by_instance, &limits);
        add_strays(&mut snapshot);
        let names: BTreeSet<&'static str> = by_instance.iter().map(|platform| platform.name()).collect();
        if names.len() > 1 {
            let across = across();
            snapshot.gaps.insert(across.atom.clone(), across);
        }
        Self::joined(snapshot, by_instance)
    }

    /// A world of a snapshot in which what platforms tell of tokens is joined already.
    pub(crate) fn joined(snapshot: Snapshot, platforms: Vec<&'static dyn Platform>) -> Self {
        let effective = snapshot
            .identities
            .iter()
            .map(|identity| identity.holding.effective())
            .collect();
        let names: BTreeSet<&'static str> = platforms.iter().map(|platform| platform.name()).collect();
        Self {
            mixed: names.len() > 1,
            lookup: Lookup::new(&snapshot),
            snapshot,
            platforms,
            effective,
            limits: Limits::default(),
            selectors: names.into_iter().map(|name| (name, OnceLock::new())).collect(),
            graph: OnceLock::new(),
            abilities: OnceLock::new(),
            control: OnceLock::new(),
            requests: OnceLock::new(),
            administration: Default::default(),
            unassumed: OnceLock::new(),
        }
    }

    /// The platform of each instance.
    pub(crate) fn platforms(&self) -> &[&'static dyn Platform] {
        &self.platforms
    }

    /// What it was made from.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The platform of an instance; `None` for an index of another snapshot.
    #[must_use]
    pub fn platform_at(&self, index: InstanceIndex) -> Option<&'static dyn Platform> {
        self.platforms.get(index.0 as usize).copied()
    }

    /// The identity of this canonical id.
    #[must_use]
    pub fn twin(&self, id: &str) -> Option<IdentityIndex> {
        self.lookup.of_id(id)
    }

    /// The limits of every search made for an answer.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The platform of an identity; `None` for an index of another snapshot.
    #[must_use]
    pub fn platform_of(&self, index: IdentityIndex) -> Option<&'static dyn Platform> {
        let instance = self.snapshot.identity(index)?.instance;
        self.platforms.get(instance.0 as usize).copied()
    }

    /// All that an identity can do as itself.
    #[must_use]
    pub fn effective(&self, index: IdentityIndex) -> PermissionSet {
        self.effective
            .get(index.0 as usize)
            .cloned()
            .unwrap_or_else(PermissionSet::empty)
    }

    /// The identity of this canonical id, or of this native name where only one has it.
    #[must_use]
    pub fn called(&self, name: &str) -> Option<IdentityIndex> {
        self.lookup.called(name)
    }

    /// As [`World::called`], for people: linear in identities where nobody is called so.
    ///
    /// # Errors
    /// When none or several are called so; the error says which, and who is called alike.
    pub fn find(&self, name: &str) -> Result<IdentityIndex, Unfound> {
        self.lookup.find(&self.snapshot, name)
    }

    /// As [`World::find`], and also by an unambiguous end of an id behind `:` or `/`. For people at a terminal.
    ///
    /// # Errors
    /// When none or several are called so; the error says which.
    pub fn find_suffix(&self, name: &str) -> Result<IdentityIndex, Unfound> {
        self.lookup.find_suffix(&self.snapshot, name)
    }

    /// The catalogue of a platform of this world, with selections kept.
    #[must_use]
    pub fn selector(&self, platform: &'static dyn Platform) -> Option<&Selector> {
        let selector = self.selectors.get(platform.name())?;
        Some(selector.get_or_init(|| Selector::new(platform.catalogue())))
    }

    /// Makes an index of all sets, by which [`World::who_can`] finds those that matter. Worth its time where many such
    /// questions are asked: it looks at every part of every set, once.
    pub fn index_requests(&self) {
        self.requests.get_or_init(|| Requests::new(self));
    }

    /// That index, where it was made.
    pub(crate) fn requests(&self) -> Option<&Requests> {
        self.requests.get()
    }

    /// Finds what is costly before it is asked for: who can become whom beside what each can do. Nothing depends on
    /// this but the time that the first questions take.
    pub fn prepare(&self) {
        std::thread::scope(|scope| {
            let beside = std::thread::Builder::new().stack_size(STACK);
            // Without a thread it is found when it is asked for.
            let _ = beside.spawn_scoped(scope, || self.graph());
            let _ = self.abilities(IdentityIndex(0));
            self.control();
        });
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| Graph::new(self))
    }

    /// What an identity can do, in sum.
    #[must_use]
    pub fn abilities(&self, index: IdentityIndex) -> Option<&Abilities> {
        self.abilities
            .get_or_init(|| summarise(self))
            .get(index.0 as usize)
    }

    pub(crate) fn control(&self) -> &Control {
        self.control.get_or_init(|| Control::new(self))
    }

    pub(crate) fn powers_over(&self, steps: Steps) -> &OnceLock<Powers> {
        let [certain, conditional, at_most] = &self.administration;
        match steps {
            Steps::Certain => certain,
            Steps::Conditional => conditional,
            Steps::AtMost => at_most,
        }
    }

    /// The requests that control an instance.
    #[must_use]
    pub fn administration(&self, instance: InstanceIndex) -> PermissionSet {
        match self.platforms.get(instance.0 as usize) {
            Some(platform) => platform.administration(&self.snapshot, instance),
            None => PermissionSet::everything(),
        }
    }

    /// The steps of `labels`, for reports.
    pub fn steps<'w>(&'w self, labels: &'w [Label]) -> impl Iterator<Item = &'w leastwise_model::Step> {
        labels.iter().filter_map(|label| self.snapshot.step(*label))
    }
}
