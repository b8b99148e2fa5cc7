//! What proves a finding: requests with the statements that let them through, and whom to blame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leastwise_effective::{Leg, OneAction, Path, STRANGER};
use leastwise_model::{ActionBits, IdentityIndex, InstanceIndex, Text};
use leastwise_permset::{
    Case, Context, Emptiness, Inclusion, Label, Meeting, Node, Pattern, PermissionSet, Region, Request,
    Strings,
};

use super::Estate;

/// The requests with one action on all resources of an instance.
pub(super) struct All {
    requests: PermissionSet,
    action: Text,
    /// One of them, on a resource with a name that nobody gives.
    stranger: Request,
    /// Some of them that a set was found not to let through, whatever is not known: what one lacks others lack too.
    lacking: Mutex<Vec<Request>>,
}

impl All {
    /// Requests of this kind that are kept at most.
    const KEPT: usize = 8;

    fn lacking(&self) -> MutexGuard<'_, Vec<Request>> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a part lets through of all requests with one action on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gives {
    /// Not the name that nobody gives.
    NoStranger,
    /// That name, and not all.
    Stranger,
    /// All.
    All,
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

impl Estate<'_> {
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
        // With the action that was found, as the catalogue spells it; to look for a smaller one among all is not worth
        // its time.
        let catalogue = platform.catalogue();
        let found = &*sure.request.action;
        let spelled = catalogue.find(found).map(|action| catalogue.name(action));
        let natural = OneAction(platform, spelled.unwrap_or(found));
        // On something of its own instance, if it can.
        let own = self
            .identity(index)
            .map_or_else(PermissionSet::everything, |identity| {
                platform.belonging(self.snapshot(), identity.instance)
            });
        let smallest = |set: &PermissionSet| match set.smallest_witness(&natural, self.world.limits()) {
            Emptiness::Inhabited(witness) if witness.atoms.is_empty() => Some(witness),
            _ => None,
        };
        let witness = smallest(&here.intersection(&own))
            .or_else(|| smallest(&here))
            .unwrap_or_else(|| sure.clone());
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

    /// Whether an identity can, as itself and whatever the circumstances, perform a catalogued action on every resource of
    /// its instance that the action takes.
    pub fn everywhere(&self, index: IdentityIndex, action: usize) -> bool {
        let Some(identity) = self.identity(index) else {
            return false;
        };
        self.gives_everywhere(&self.world.effective(index), identity.instance, action)
    }

    /// Whether a set lets a catalogued action through, whatever the circumstances, on every resource of an instance that
    /// the action takes.
    pub fn gives_everywhere(&self, set: &PermissionSet, instance: InstanceIndex, action: usize) -> bool {
        let Some(all) = self.all_of(instance, action) else {
            return false;
        };
        match self.part_gives(set, &all) {
            Gives::All => true,
            // Where no statement lets a name through that nobody gives, not every resource is.
            Gives::NoStranger => false,
            Gives::Stranger => self.gives_all(set, &all),
        }
    }

    /// What the parts of a set, each alone, let through of these requests; each part is looked at once.
    fn part_gives(&self, set: &PermissionSet, all: &All) -> Gives {
        match set.node() {
            Node::Union(sets) => {
                let mut most = Gives::NoStranger;
                for set in sets {
                    most = most.max(self.part_gives(set, all));
                    if most == Gives::All {
                        break;
                    }
                }
                most
            }
            Node::Labelled(_, inner) => self.part_gives(inner, all),
            Node::Intersection(sets) => {
                let each = sets.iter().map(|set| self.part_gives(set, all));
                each.min().unwrap_or(Gives::All)
            }
            Node::Difference(given, taken) if !taken.speaks_of(&all.action) => self.part_gives(given, all),
            Node::Region(region)
                if region.resources.is_any()
                    && region.guard.is_always()
                    && region.actions.contains(&all.action, &Context::new()) =>
            {
                Gives::All
            }
            Node::Region(_) | Node::Difference(..) => {
                if !set.speaks_of(&all.action) {
                    return Gives::NoStranger;
                }
                // Parts are the world's, so their addresses stay; what narrows the sets of many is one part of them all.
                let key = (set.address(), all.requests.address());
                self.parts_giving.get(key, || {
                    if statement_for(set, &all.action, Some(&all.stranger.resource)).is_none() {
                        Gives::NoStranger
                    } else if self.gives_all(set, all) {
                        Gives::All
                    } else {
                        Gives::Stranger
                    }
                })
            }
        }
    }

    /// Whether a set lets all of these requests through; the one that nobody asks for spares most searches.
    fn gives_all(&self, set: &PermissionSet, all: &All) -> bool {
        let asked = all.requests.contains(&all.stranger);
        if asked && !set.contains(&all.stranger) || all.lacking().iter().any(|one| !set.contains(one)) {
            return false;
        }
        match all.requests.included_in(set, self.world.limits()) {
            Inclusion::Holds => true,
            Inclusion::Fails(witness) => {
                let mut lacking = all.lacking();
                if lacking.len() < All::KEPT && witness.atoms.is_empty() {
                    lacking.push(witness.request);
                }
                false
            }
            Inclusion::Depends(_) | Inclusion::Unknown(_) => false,
        }
    }

    /// Whether some of these regions may let a catalogued action through on a resource of an instance with a name that
    /// nobody gives; nothing else is looked at.
    pub fn may_give_stranger(&self, given: &[&Region], instance: InstanceIndex, action: usize) -> bool {
        let may_name = |region: &&Region, stranger: &str| {
            region.resources.holes().next().is_some() || region.resources.contains(stranger, &Context::new())
        };
        let all = self.all_of(instance, action);
        all.is_some_and(|all| {
            given
                .iter()
                .any(|region| may_name(region, &all.stranger.resource))
        })
    }

    /// The requests with an action on all resources of an instance.
    fn all_of(&self, instance: InstanceIndex, action: usize) -> Option<Arc<All>> {
        let find = || {
            self.platform(instance).and_then(|platform| {
                let action = platform.catalogue().name(action);
                let shapes = platform.catalogue().resource_shapes(action);
                let resources = if shapes.is_empty() {
                    Strings::any()
                } else {
                    Strings::any_of(shapes)
                };
                let shaped = PermissionSet::from(Region::new(Strings::literal(action), resources.clone()));
                let requests = shaped.intersection(&platform.belonging(self.snapshot(), instance));
                // Many actions take the same resources.
                let known = self
                    .nameless
                    .get((instance, resources), || self.stranger_among(&requests));
                let same = known.map(|known| Request::new(action, &known.resource));
                let stranger = same
                    .filter(|request| requests.contains(request))
                    .or_else(|| self.stranger_among(&requests))?;
                Some(Arc::new(All {
                    requests,
                    action: Text::from(action),
                    stranger,
                    lacking: Mutex::default(),
                }))
            })
        };
        self.everything.get((instance, action), find)
    }

    /// One of some requests, on a resource with a name that nobody gives where they take a named one.
    fn stranger_among(&self, requests: &PermissionSet) -> Option<Request> {
        let strange = Strings::one(Pattern::glob(&format!("*{STRANGER}*"), Case::Exact));
        let strange = requests.intersection(&PermissionSet::from(Region::new(Strings::any(), strange)));
        [&strange, requests]
            .into_iter()
            .find_map(|set| match set.emptiness(self.world.limits()) {
                Emptiness::Inhabited(witness) => Some(witness.request),
                Emptiness::Empty | Emptiness::Unknown(_) => None,
            })
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

    /// The technique of an opportunity, as a verb phrase.
    pub fn technique(&self, opportunity: u32) -> &str {
        let snapshot = self.snapshot();
        let opportunity = snapshot.opportunities.get(opportunity as usize);
        let technique = opportunity.and_then(|it| snapshot.techniques.get(it.technique.0 as usize));
        technique.map_or("", |technique| &technique.title)
    }
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
