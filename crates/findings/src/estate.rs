//! What rules ask of an estate, found once and shared by all of them.

mod show;

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use leastwise_effective::{Powers, Steps, World};
use leastwise_model::{
    ActionBits, ActionClass, ActionClasses, Admits, Entitlement, Identity, IdentityIndex, IdentityKind,
    Instance, InstanceIndex, Nature, Platform, Settings, Snapshot, Step,
};
use leastwise_permset::{Case, Context, Label, Node, Pattern, PermissionSet, Request, Strings};
use rustc_hash::FxHashMap;

use crate::kept::Kept;
use crate::rights::{Rights, Sorter};
use crate::severity::{Reached, Trigger};
use crate::words::{is_production, is_rehearsal};

pub(crate) use show::statement_for;
use show::{All, Gives};

/// An estate, with what more than one rule asks of it.
pub(crate) struct Estate<'w> {
    pub world: &'w World,
    pub settings: &'w Settings,
    pub now: Option<Timestamp>,
    /// Entitlements by the labels of their statements.
    statements: FxHashMap<Label, u32>,
    platforms: Vec<Option<&'static dyn Platform>>,
    rights: OnceLock<Vec<Rights>>,
    gifts: Kept<IdentityIndex, PermissionSet>,
    everything: Kept<(InstanceIndex, usize), Option<Arc<All>>>,
    /// A request on a resource with a name that nobody gives, among all on some resources of an instance.
    nameless: Kept<(InstanceIndex, Strings), Option<Request>>,
    /// What a part, by address, gives of some requests, by address.
    parts_giving: Kept<(usize, usize), Gives>,
    control: OnceLock<Vec<PermissionSet>>,
    triggers: OnceLock<Vec<Trigger>>,
    /// Whom somebody's trust lets others become.
    trusting: OnceLock<Vec<bool>>,
}

impl<'w> Estate<'w> {
    pub fn new(world: &'w World, settings: &'w Settings, now: Option<Timestamp>) -> Self {
        let snapshot = world.snapshot();
        let statements = (0u32..)
            .zip(&snapshot.entitlements)
            .flat_map(|(at, entitlement)| entitlement.statements.iter().map(move |it| (it.label, at)))
            .collect();
        let mut platforms: Vec<Option<&'static dyn Platform>> = vec![None; snapshot.instances.len()];
        for (index, identity) in snapshot.each_identity() {
            if let Some(place) = platforms.get_mut(identity.instance.0 as usize)
                && place.is_none()
                && let Some(platform) = world.platform_of(index)
            {
                *place = Some(platform);
            }
        }
        Self {
            world,
            settings,
            now,
            statements,
            platforms,
            rights: OnceLock::new(),
            gifts: Kept::default(),
            everything: Kept::default(),
            nameless: Kept::default(),
            parts_giving: Kept::default(),
            control: OnceLock::new(),
            triggers: OnceLock::new(),
            trusting: OnceLock::new(),
        }
    }

    pub fn snapshot(&self) -> &'w Snapshot {
        self.world.snapshot()
    }

    /// Every identity with its index.
    pub fn identities(&self) -> impl Iterator<Item = (IdentityIndex, &'w Identity)> {
        self.snapshot().each_identity()
    }

    pub fn identity(&self, index: IdentityIndex) -> Option<&'w Identity> {
        self.snapshot().identity(index)
    }

    pub fn instance(&self, index: IdentityIndex) -> Option<&'w Instance> {
        self.snapshot().instance(self.identity(index)?.instance)
    }

    /// What people call the instance of an identity.
    pub fn home(&self, index: IdentityIndex) -> &'w str {
        self.instance(index).map_or("", |instance| &instance.title)
    }

    /// The stage of an identity: where it lives decides what it acts on; one that says that it serves all stages still
    /// lives somewhere.
    pub fn stage(&self, index: IdentityIndex) -> Option<&'w str> {
        let identity = self.identity(index)?;
        let own = identity
            .environment
            .as_deref()
            .filter(|stage| is_production(stage) || is_rehearsal(stage));
        own.or_else(|| self.instance(index)?.environment.as_deref())
    }

    pub fn platform(&self, instance: InstanceIndex) -> Option<&'static dyn Platform> {
        self.platforms.get(instance.0 as usize).copied().flatten()
    }

    pub fn step(&self, label: Label) -> Option<&'w Step> {
        self.snapshot().step(label)
    }

    /// The entitlement that a statement belongs to.
    pub fn entitlement_of(&self, label: Label) -> Option<&'w Entitlement> {
        self.snapshot()
            .entitlements
            .get(*self.statements.get(&label)? as usize)
    }

    /// The catalogued actions of a platform, of any class for which `wanted` holds.
    pub fn mask(&self, platform: &'static dyn Platform, wanted: impl Fn(ActionClass) -> bool) -> ActionBits {
        let selector = self.world.selector(platform);
        selector
            .map(|selector| selector.any_of(wanted))
            .unwrap_or_default()
    }

    /// The catalogued actions of a platform within `actions`.
    pub fn select(&self, platform: &'static dyn Platform, actions: &Strings) -> Arc<ActionBits> {
        let selector = self.world.selector(platform);
        selector
            .map(|selector| selector.select(actions))
            .unwrap_or_default()
    }

    /// The names of the platforms that the estate has.
    pub fn platforms(&self) -> Vec<&'static dyn Platform> {
        let mut platforms: Vec<&'static dyn Platform> = self.platforms.iter().flatten().copied().collect();
        platforms.sort_by_key(|platform| platform.name());
        platforms.dedup_by_key(|platform| platform.name());
        platforms
    }

    /// The classes of some actions of a platform.
    pub fn classes(&self, platform: &'static dyn Platform, actions: &ActionBits) -> ActionClasses {
        let selector = self.world.selector(platform);
        selector
            .map(|selector| selector.classes(actions))
            .unwrap_or_default()
    }

    /// What an identity can do beyond what its platform gives to everybody.
    pub fn rights(&self, index: IdentityIndex) -> &Rights {
        static NONE: OnceLock<Rights> = OnceLock::new();
        let all = self.rights.get_or_init(|| {
            let mut sorter = Sorter::new(self.world, &self.statements);
            self.identities().map(|(index, _)| sorter.rights(index)).collect()
        });
        all.get(index.0 as usize)
            .unwrap_or_else(|| NONE.get_or_init(Rights::default))
    }

    /// What the platform gives an identity as it does everybody.
    pub fn gifts(&self, index: IdentityIndex) -> PermissionSet {
        let find = || Sorter::new(self.world, &self.statements).gifts(index);
        self.gifts.get(index, find)
    }

    /// The requests that control an instance.
    pub fn control(&self, instance: InstanceIndex) -> PermissionSet {
        let all = self.control.get_or_init(|| {
            (0u32..)
                .zip(&self.platforms)
                .map(|(at, platform)| match platform {
                    Some(platform) => platform.administration(self.snapshot(), InstanceIndex(at)),
                    None => PermissionSet::everything(),
                })
                .collect()
        });
        all.get(instance.0 as usize)
            .cloned()
            .unwrap_or_else(PermissionSet::everything)
    }

    /// Whether an identity, as itself, controls the whole instance it belongs to.
    pub fn administers(&self, index: IdentityIndex) -> bool {
        self.world.administers(index)
    }

    /// Who administers instances, over steps that are at least this sure.
    pub fn administration(&self, steps: Steps) -> &'w Powers {
        self.world.administrators(steps)
    }

    /// Who can set an identity in motion.
    pub fn trigger(&self, index: IdentityIndex) -> Trigger {
        let all = self.triggers.get_or_init(|| {
            let snapshot = self.snapshot();
            let counts = |index: IdentityIndex| {
                !self.administers(index) && self.identity(index).is_some_and(|identity| !identity.provided)
            };
            let mut others = self.world.entered(counts);
            for trust in &snapshot.trusts {
                let home = self.instance(trust.target).map(|instance| &instance.name);
                let outside = match &trust.admits {
                    Admits::Anyone | Admits::Service(_) | Admits::Issuer { .. } => true,
                    Admits::Instance { name, .. } => home != Some(name),
                    Admits::Identity { .. } => false,
                };
                if let Some(place) = others.get_mut(trust.target.0 as usize)
                    && outside
                {
                    *place = true;
                }
            }
            snapshot
                .identities
                .iter()
                .zip(others)
                .map(|(identity, others)| match identity.kind {
                    _ if identity.stranger => Trigger::Others,
                    IdentityKind::Group | IdentityKind::Root => Trigger::People,
                    _ if others || !identity.workloads.is_empty() => Trigger::Others,
                    _ if matches!(identity.nature, Nature::Human(_)) => Trigger::People,
                    _ => Trigger::Itself,
                })
                .collect()
        });
        all.get(index.0 as usize).copied().unwrap_or(Trigger::Itself)
    }

    /// Whether a trust of an identity lets anybody become it.
    pub fn is_trusting(&self, index: IdentityIndex) -> bool {
        let all = self.trusting.get_or_init(|| {
            let mut trusting = vec![false; self.snapshot().identities.len()];
            for trust in &self.snapshot().trusts {
                if let Some(place) = trusting.get_mut(trust.target.0 as usize) {
                    *place = true;
                }
            }
            trusting
        });
        all.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// The identity that stands for several: the first that people made.
    pub fn representative(&self, identities: &[IdentityIndex]) -> Option<IdentityIndex> {
        let own = |index: &&IdentityIndex| self.identity(**index).is_some_and(|identity| !identity.provided);
        identities.iter().find(own).or(identities.first()).copied()
    }

    /// Whether the settings call an identity silent by design.
    pub fn is_dormant(&self, identity: &Identity) -> bool {
        self.settings
            .dormant
            .iter()
            .any(|pattern| matches(pattern, identity))
    }

    /// What an identity reaches, for rules that find fault with how it is kept and not with what it can do: other
    /// rules speak of that.
    pub fn standing(&self, index: IdentityIndex) -> Reached {
        match self.administers(index) {
            true => Reached::Control,
            false => Reached::by(self.rights(index).classes).min(Reached::Changing),
        }
    }

    /// Whether two sets of actions have one in common.
    pub fn has_any(&self, index: IdentityIndex, mask: &ActionBits) -> bool {
        self.rights(index).actions.meets(mask)
    }
}

/// Whether a pattern of the settings speaks of an identity.
pub(crate) fn matches(pattern: &str, identity: &Identity) -> bool {
    let pattern = Pattern::glob(pattern, Case::Exact);
    let nothing = Context::new();
    pattern.matches(&identity.id, &nothing)
        || identity.names.iter().any(|name| pattern.matches(name, &nothing))
}

/// Calls `each` with the actions of every statement in a set. A part that speaks of all actions beside others in an
/// intersection only narrows, and is left out.
pub(crate) fn mention(set: &PermissionSet, each: &mut dyn FnMut(&Strings)) {
    match set.node() {
        Node::Region(region) => each(&region.actions),
        Node::Union(sets) => sets.iter().for_each(|set| mention(set, each)),
        Node::Intersection(sets) => sets
            .iter()
            .filter(|set| !matches!(set.node(), Node::Region(region) if region.actions.is_any()))
            .for_each(|set| mention(set, each)),
        Node::Difference(given, _) => mention(given, each),
        Node::Labelled(_, inner) => mention(inner, each),
    }
}
