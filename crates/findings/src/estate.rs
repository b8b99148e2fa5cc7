//! What rules ask of an estate, found once and shared by all of them.

use std::cell::{OnceCell, RefCell};

use jiff::Timestamp;
use leastwise_effective::{Catalogued, Certainty, Leg, Path, World};
use leastwise_model::{
    ActionBits, ActionClass, ActionClasses, Admits, Entitlement, Identity, IdentityIndex, IdentityKind,
    Instance, InstanceIndex, Nature, Platform, Settings, Snapshot, Step, Text,
};
use leastwise_permset::{
    Case, Context, Emptiness, Inclusion, Label, Meeting, Node, Pattern, PermissionSet, Region, Request,
    Strings,
};
use rustc_hash::FxHashMap;

use crate::powers::Powers;
use crate::rights::{Masks, Rights, Sorter, overlap};
use crate::severity::{Reached, Trigger};

/// An estate, with what more than one rule asks of it.
pub(crate) struct Estate<'w> {
    pub world: &'w World,
    pub settings: &'w Settings,
    pub now: Option<Timestamp>,
    /// Entitlements by the labels of their statements.
    statements: FxHashMap<Label, u32>,
    platforms: Vec<Option<&'static dyn Platform>>,
    masks: FxHashMap<&'static str, Masks>,
    rights: OnceCell<Vec<Rights>>,
    gifts: RefCell<FxHashMap<IdentityIndex, PermissionSet>>,
    everything: RefCell<FxHashMap<(InstanceIndex, Text), Option<All>>>,
    control: OnceCell<Vec<PermissionSet>>,
    triggers: OnceCell<Vec<Trigger>>,
    administration: OnceCell<Powers>,
    administration_conditional: OnceCell<Powers>,
}

/// The requests with one action on all resources of an instance.
#[derive(Clone)]
struct All {
    requests: PermissionSet,
    /// One such resource, with a name that nobody gives.
    stranger: Box<str>,
}

/// A request that shows what an identity can do, and the statements that let it through.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub request: Request,
    pub steps: Vec<Label>,
}

impl Shown {
    /// As a path of one leg.
    pub fn path(&self, identity: IdentityIndex) -> Path {
        vec![Leg::Holds {
            identity,
            action: Text::from(&*self.request.action),
            resource: Text::from(&*self.request.resource),
            steps: self.steps.clone(),
        }]
    }
}

/// Steps that are certain.
pub(crate) fn surely(certainty: &Certainty) -> bool {
    certainty.is_sure()
}

/// Steps that are certain, or that are open where a condition is met.
pub(crate) fn conditionally(certainty: &Certainty) -> bool {
    !matches!(certainty, Certainty::Depends(_))
}

impl<'w> Estate<'w> {
    pub fn new(world: &'w World, settings: &'w Settings, now: Option<Timestamp>) -> Self {
        let snapshot = world.snapshot();
        let statements = (0u32..)
            .zip(&snapshot.entitlements)
            .flat_map(|(at, entitlement)| entitlement.statements.iter().map(move |it| (it.label, at)))
            .collect();
        let mut platforms: Vec<Option<&'static dyn Platform>> = vec![None; snapshot.instances.len()];
        let mut masks: FxHashMap<&'static str, Masks> = FxHashMap::default();
        for (index, identity) in snapshot.each_identity() {
            if let Some(place) = platforms.get_mut(identity.instance.0 as usize)
                && place.is_none()
                && let Some(platform) = world.platform_of(index)
            {
                *place = Some(platform);
                masks
                    .entry(platform.name())
                    .or_insert_with(|| Masks::new(platform.catalogue()));
            }
        }
        Self {
            world,
            settings,
            now,
            statements,
            platforms,
            masks,
            rights: OnceCell::new(),
            gifts: RefCell::default(),
            everything: RefCell::default(),
            control: OnceCell::new(),
            triggers: OnceCell::new(),
            administration: OnceCell::new(),
            administration_conditional: OnceCell::new(),
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

    /// The catalogued actions, on the platform of an identity, of any class for which `wanted` holds.
    pub fn mask(&self, platform: &'static str, wanted: impl Fn(ActionClass) -> bool) -> ActionBits {
        self.masks
            .get(platform)
            .map(|masks| masks.any(wanted))
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
    pub fn classes(&self, platform: &'static str, actions: &ActionBits) -> ActionClasses {
        self.masks
            .get(platform)
            .map(|masks| masks.classes(actions))
            .unwrap_or_default()
    }

    /// What an identity can do beyond what its platform gives to everybody.
    pub fn rights(&self, index: IdentityIndex) -> &Rights {
        static NONE: std::sync::OnceLock<Rights> = std::sync::OnceLock::new();
        let all = self.rights.get_or_init(|| {
            let mut sorter = Sorter::new(self.world, &self.statements);
            let nothing = Masks::default();
            self.identities()
                .map(|(index, identity)| {
                    let platform = self.platform(identity.instance);
                    let masks = platform.and_then(|platform| self.masks.get(platform.name()));
                    sorter.rights(index, masks.unwrap_or(&nothing))
                })
                .collect()
        });
        all.get(index.0 as usize)
            .unwrap_or_else(|| NONE.get_or_init(Rights::default))
    }

    /// What the platform gives an identity as it does everybody.
    pub fn gifts(&self, index: IdentityIndex) -> PermissionSet {
        if let Some(gifts) = self.gifts.borrow().get(&index) {
            return gifts.clone();
        }
        let gifts = Sorter::new(self.world, &self.statements).gifts(index);
        self.gifts.borrow_mut().insert(index, gifts.clone());
        gifts
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

    /// Who administers instances: as themselves, by becoming somebody, by widening what they hold. Over certain
    /// steps, or also over conditional ones.
    pub fn administration(&self, conditional: bool) -> &Powers {
        let place = if conditional {
            &self.administration_conditional
        } else {
            &self.administration
        };
        place.get_or_init(|| {
            let direct = self
                .identities()
                .map(|(index, _)| self.administers(index))
                .collect();
            let gives =
                |gain: &PermissionSet, target: IdentityIndex| self.world.would_administer(target, gain);
            let admit = if conditional { conditionally } else { surely };
            Powers::new(self.world, direct, gives, admit)
        })
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
                    IdentityKind::Group | IdentityKind::Root => Trigger::People,
                    _ if others || !identity.workloads.is_empty() => Trigger::Others,
                    _ if matches!(identity.nature, Nature::Human(_)) => Trigger::People,
                    _ => Trigger::Itself,
                })
                .collect()
        });
        all.get(index.0 as usize).copied().unwrap_or(Trigger::Itself)
    }

    /// A request with one of `actions` that an identity surely can make, and why. Actions are tried in the
    /// catalogue's order, a few of them.
    pub fn show(&self, index: IdentityIndex, actions: &ActionBits) -> Option<Shown> {
        const TRIES: usize = 16;
        let platform = self.world.platform_of(index)?;
        let catalogue = platform.catalogue();
        actions.iter().take(TRIES).find_map(|action| {
            let here = Region::new(Strings::literal(catalogue.name(action)), Strings::any());
            self.show_within(index, &PermissionSet::from(here))
        })
    }

    /// A request of `requests` that an identity surely can make, and why.
    pub fn show_within(&self, index: IdentityIndex, requests: &PermissionSet) -> Option<Shown> {
        let platform = self.world.platform_of(index)?;
        let set = self.world.effective(index);
        let Meeting::Surely(sure) = set.meets(requests, self.world.limits()) else {
            return None;
        };
        let here = requests.intersection(&set);
        let witness = match here.smallest_witness(&Catalogued(platform), self.world.limits()) {
            Emptiness::Inhabited(witness) if witness.atoms.is_empty() => witness,
            _ => sure,
        };
        let steps = set
            .trails(&witness.request, &witness.answers, 1)
            .into_iter()
            .next()
            .unwrap_or_default();
        Some(Shown {
            request: witness.request,
            steps,
        })
    }

    /// Whether an identity can, as itself and whatever the circumstances, perform an action on every resource of its
    /// instance that the action takes.
    pub fn everywhere(&self, index: IdentityIndex, action: &str) -> bool {
        let Some(identity) = self.identity(index) else {
            return false;
        };
        let Some(all) = self.all_of(identity.instance, action) else {
            return false;
        };
        let set = self.world.effective(index);
        // Where no statement lets a name through that nobody gives, not every resource is.
        statement_for(&set, action, Some(&all.stranger)).is_some()
            && matches!(
                all.requests.included_in(&set, self.world.limits()),
                Inclusion::Holds
            )
    }

    /// The requests with an action on all resources of an instance.
    fn all_of(&self, instance: InstanceIndex, action: &str) -> Option<All> {
        let key = (instance, Text::from(action));
        if let Some(all) = self.everything.borrow().get(&key) {
            return all.clone();
        }
        let all = self.platform(instance).and_then(|platform| {
            let shapes = platform.catalogue().resource_shapes(action);
            let resources = if shapes.is_empty() {
                Strings::any()
            } else {
                Strings::any_of(shapes)
            };
            let shaped = PermissionSet::from(Region::new(Strings::literal(action), resources));
            let requests = shaped.intersection(&platform.belonging(self.snapshot(), instance));
            let strange = Strings::one(Pattern::glob("*qzx7-nobody-9vk*", Case::Exact));
            let strange = requests.intersection(&PermissionSet::from(Region::new(Strings::any(), strange)));
            let stranger = match strange.emptiness(self.world.limits()) {
                Emptiness::Inhabited(witness) => witness.request.resource,
                // The action takes no named resource.
                Emptiness::Empty | Emptiness::Unknown(_) => match requests.emptiness(self.world.limits()) {
                    Emptiness::Inhabited(witness) => witness.request.resource,
                    Emptiness::Empty | Emptiness::Unknown(_) => return None,
                },
            };
            Some(All { requests, stranger })
        });
        self.everything.borrow_mut().insert(key, all.clone());
        all
    }

    /// The statement to blame among those on a way to a region: the innermost that people wrote, else the innermost.
    pub fn blame(&self, steps: &[Label]) -> Option<Label> {
        let own = |label: &&Label| self.step(**label).is_some_and(|step| !step.provided);
        steps.iter().rev().find(own).or(steps.last()).copied()
    }

    /// The statement to blame for an opportunity of `actor`: the one that lets it make the first request that the
    /// opportunity needs, else the one on the target's side. Guards are not looked at.
    pub fn blame_for(&self, actor: IdentityIndex, opportunity: u32) -> Option<Label> {
        let opportunity = self.snapshot().opportunities.get(opportunity as usize)?;
        let own = opportunity
            .needs
            .iter()
            .find(|need| need.side == leastwise_model::NeedSide::Holder);
        let held = own.and_then(|need| {
            let steps = statement_for(
                &self.world.effective(actor),
                &need.action,
                need.resource.as_deref(),
            )?;
            self.blame(&steps)
        });
        held.or(opportunity.step)
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

    /// What to call a statement: its kind and name, and what it belongs to.
    pub fn call(&self, label: Label) -> String {
        let Some(step) = self.step(label) else {
            return "the statement".to_string();
        };
        match self.entitlement_of(label) {
            Some(entitlement) if entitlement.name.ends_with(&*step.name) => {
                format!("{} of `{}`", step.kind, entitlement.name)
            }
            Some(entitlement) => format!("{} `{}` of `{}`", step.kind, step.name, entitlement.name),
            None if step.name.is_empty() => step.kind.to_string(),
            None => format!("{} `{}`", step.kind, step.name),
        }
    }

    /// What an identity reaches, for rules that find fault with how it is kept and not with what it can do: other
    /// rules speak of that.
    pub fn standing(&self, index: IdentityIndex) -> Reached {
        match self.administers(index) {
            true => Reached::Control,
            false => Reached::by(self.rights(index).classes).min(Reached::Changing),
        }
    }

    /// The technique of an opportunity, as a verb phrase.
    pub fn technique(&self, opportunity: u32) -> &'w str {
        let snapshot = self.snapshot();
        let opportunity = snapshot.opportunities.get(opportunity as usize);
        let technique = opportunity.and_then(|it| snapshot.techniques.get(it.technique.0 as usize));
        technique.map_or("", |technique| &technique.title)
    }

    /// Whether two sets of actions have one in common.
    pub fn has_any(&self, index: IdentityIndex, mask: &ActionBits) -> bool {
        overlap(&self.rights(index).actions, mask)
    }
}

/// Whether a pattern of the settings speaks of an identity.
pub(crate) fn matches(pattern: &str, identity: &Identity) -> bool {
    let pattern = Pattern::glob(pattern, Case::Exact);
    let nothing = Context::new();
    pattern.matches(&identity.id, &nothing)
        || identity.names.iter().any(|name| pattern.matches(name, &nothing))
}

/// The labels, outermost first, on the way to a region of `set` that speaks of an action and, where given, of a
/// resource; guards are not looked at, and what is taken away without condition is respected.
pub(crate) fn statement_for(set: &PermissionSet, action: &str, resource: Option<&str>) -> Option<Vec<Label>> {
    let nothing = Context::new();
    match set.node() {
        Node::Region(region) => {
            let fits = region.actions.contains(action, &nothing)
                && resource.is_none_or(|it| {
                    region.resources.holes().next().is_some() || region.resources.contains(it, &nothing)
                });
            fits.then(Vec::new)
        }
        Node::Union(sets) => sets.iter().find_map(|set| statement_for(set, action, resource)),
        Node::Intersection(sets) => {
            let mut steps = Vec::new();
            for set in sets {
                steps.extend(statement_for(set, action, resource)?);
            }
            Some(steps)
        }
        Node::Difference(given, taken) => {
            let denied = resource.is_some_and(|resource| taken.contains(&Request::new(action, resource)));
            if denied {
                None
            } else {
                statement_for(given, action, resource)
            }
        }
        Node::Labelled(label, inner) => {
            let mut steps = statement_for(inner, action, resource)?;
            steps.insert(0, *label);
            Some(steps)
        }
    }
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
