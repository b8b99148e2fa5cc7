//! What is known of each identity's need: what is declared, what was seen, and what logs would not have shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_effective::World;
use leastwise_model::{
    Basis, Declared, Identity, IdentityIndex, LogCoverage, LogScope, Platform, Sighting, Source, Unshown,
    UseOutcome,
};
use leastwise_permset::{Case, Context, Node, Pattern, PermissionSet, Region, Strings};
use leastwise_usage::{Observation, Observed, ObservedLog, action_strings, called, requests};
use rustc_hash::FxHashMap;

use super::gifts::Gifts;

/// What is known of the need for what identities hold.
pub struct Evidence<'a> {
    world: &'a World,
    declared: Vec<(Pattern, &'a Declared)>,
    observed: &'a Observed,
    uses: FxHashMap<IdentityIndex, Vec<&'a Observation>>,
    coverage: Vec<Arc<LogCoverage>>,
    scopes: BTreeMap<&'static str, Box<dyn LogScope>>,
    strangers: Vec<&'a str>,
    gifts: Gifts<'a>,
}

/// What is known of the need of one identity.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What is declared; nothing where nobody declares anything.
    pub declared: Option<PermissionSet>,
    /// What was seen, action by action: the resources, or nothing where they are not all known.
    pub seen: BTreeMap<String, Option<Strings>>,
    /// The same as a set.
    pub used: PermissionSet,
    /// What its logs do not tell clearly: operations that may have needed several actions, attempts without a known end.
    pub unclear: Vec<Unshown>,
    /// What its logs would not have shown.
    pub coverage: Arc<LogCoverage>,
    /// How many of its uses went through.
    pub uses: u64,
}

impl<'a> Evidence<'a> {
    /// Puts together what is known. `scopes` have taken the configurations of logs that are given, by platform. Linear in
    /// observations and identities.
    #[must_use]
    pub fn new(
        world: &'a World,
        declared: &'a [Declared],
        observed: &'a Observed,
        mut scopes: BTreeMap<&'static str, Box<dyn LogScope>>,
    ) -> Self {
        for (name, scope) in &mut scopes {
            for log in observed.logs.iter().filter(|log| log.platform == *name) {
                scope.source(&Source {
                    platform: name,
                    instance: instance_of(world, log),
                    area: &log.area,
                    kind: &log.kind,
                });
            }
        }
        let mut uses: FxHashMap<IdentityIndex, Vec<&Observation>> = FxHashMap::default();
        let mut known: FxHashMap<&str, Option<IdentityIndex>> = FxHashMap::default();
        let mut strangers = Vec::new();
        for observation in &observed.uses {
            let found = *known.entry(&observation.identity).or_insert_with(|| {
                let found = called(world, &observation.identity);
                if found.is_none() {
                    strangers.push(&*observation.identity);
                }
                found
            });
            let sighting = Sighting {
                identity: found
                    .and_then(|index| world.snapshot().identity(index))
                    .map_or(&*observation.identity, |identity| &identity.id),
                action: &observation.action,
                resource: observation.resource.as_deref().filter(|_| !observation.folded),
            };
            if !observation.action.is_empty() {
                scopes.values_mut().for_each(|scope| scope.sighting(&sighting));
            }
            if let Some(index) = found {
                uses.entry(index).or_default().push(observation);
            }
        }
        let coverage = world
            .snapshot()
            .each_identity()
            .map(|(index, identity)| covered(world, index, identity, &mut scopes))
            .collect();
        let declared = declared.iter().filter(|one| !one.permissions.is_empty());
        Self {
            world,
            declared: declared
                .map(|one| (Pattern::glob(&one.identity, Case::Exact), one))
                .collect(),
            observed,
            uses,
            coverage,
            scopes,
            strangers,
            gifts: Gifts::new(world),
        }
    }

    /// The estate.
    #[must_use]
    pub fn world(&self) -> &'a World {
        self.world
    }

    /// What was observed.
    #[must_use]
    pub fn observed(&self) -> &'a Observed {
        self.observed
    }

    /// What the platform gives to an identity as to everybody.
    #[must_use]
    pub fn gifts(&self, index: IdentityIndex) -> PermissionSet {
        self.gifts.of(index)
    }

    /// Who stands in the logs and not in the estate.
    #[must_use]
    pub fn strangers(&self) -> &[&'a str] {
        &self.strangers
    }

    /// What was observed of one identity.
    #[must_use]
    pub fn uses(&self, index: IdentityIndex) -> &[&'a Observation] {
        self.uses.get(&index).map(Vec::as_slice).unwrap_or_default()
    }

    /// The permissions that are declared for an identity.
    pub fn declared(
        &self,
        identity: &'a Identity,
    ) -> impl Iterator<Item = &'a leastwise_model::DeclaredPermission> {
        let nothing = Context::new();
        let speaks = move |pattern: &Pattern| {
            let names = [&identity.id].into_iter().chain(&identity.names);
            names.into_iter().any(|name| pattern.matches(name, &nothing))
        };
        let mine = self.declared.iter().filter(move |(pattern, _)| speaks(pattern));
        mine.flat_map(|(_, declared)| &declared.permissions)
    }

    /// What is known of one identity. Linear in its observations and the declarations.
    #[must_use]
    pub fn known(&self, index: IdentityIndex) -> Known {
        let (Some(identity), Some(platform)) = (
            self.world.snapshot().identity(index),
            self.world.platform_of(index),
        ) else {
            return Known::default();
        };
        let declared: Vec<PermissionSet> = self
            .declared(identity)
            .map(|one| platform.requests(&one.action, &one.resource))
            .collect();
        let mut known = Known {
            declared: (!declared.is_empty()).then(|| PermissionSet::union_of(declared)),
            coverage: self.coverage.get(index.0 as usize).cloned().unwrap_or_default(),
            ..Known::default()
        };
        let scope = self.scopes.get(platform.name());
        let mut seen: BTreeMap<&str, Option<Vec<Pattern>>> = BTreeMap::new();
        for one in self.uses(index) {
            known.uses += u64::from(one.outcome.proves()) * one.count;
            unclear(one, platform, scope.map(AsRef::as_ref), &mut known.unclear);
            if !one.outcome.proves() || one.action.is_empty() {
                continue;
            }
            let resources = seen.entry(&one.action).or_insert_with(|| Some(Vec::new()));
            match (&one.resource, resources.as_mut()) {
                (Some(text), Some(resources)) => resources.extend(spelled(platform, &one.action, text)),
                _ => *resources = None,
            }
        }
        let mut parts = Vec::with_capacity(seen.len());
        for (action, resources) in seen {
            let resources = resources.map(Strings::any_of);
            let on = resources.clone().unwrap_or_else(Strings::any);
            parts.push(PermissionSet::from(Region::new(
                action_strings(platform, action),
                on,
            )));
            known.seen.insert(action.to_owned(), resources);
        }
        known.used = PermissionSet::union_of(parts);
        known
    }
}

/// The instance that wrote a log: of one that does not say, the only one of its platform.
pub(super) fn instance_of<'l>(world: &'l World, log: &'l ObservedLog) -> &'l str {
    let instances = world.snapshot().instances.iter();
    let mut own = instances.filter(|instance| instance.platform == log.platform);
    match (log.instance.is_empty(), own.next(), own.next()) {
        (true, Some(only), None) => &only.name,
        _ => &log.instance,
    }
}

fn covered(
    world: &World,
    index: IdentityIndex,
    identity: &Identity,
    scopes: &mut BTreeMap<&'static str, Box<dyn LogScope>>,
) -> Arc<LogCoverage> {
    let nothing = |why: String| {
        let all = Unshown {
            requests: PermissionSet::everything(),
            why: why.into(),
            settle: "".into(),
        };
        Arc::new(LogCoverage {
            unshown: vec![all],
            ..LogCoverage::default()
        })
    };
    let (Some(platform), Some(instance)) = (
        world.platform_of(index),
        world.snapshot().instance(identity.instance),
    ) else {
        return nothing("its platform is not known".into());
    };
    if identity.kind == leastwise_model::IdentityKind::Group {
        return nothing("nobody acts as a group: its members do".into());
    }
    match scopes.get_mut(platform.name()) {
        Some(scope) => scope.coverage(instance, identity),
        None => nothing(format!("no logs of {} are read", platform.title())),
    }
}

/// What an observation leaves open.
fn unclear(
    one: &Observation,
    platform: &'static dyn Platform,
    scope: Option<&dyn LogScope>,
    found: &mut Vec<Unshown>,
) {
    let mut add = |requests: PermissionSet, why: String| {
        found.push(Unshown {
            requests,
            why: why.into(),
            settle: "".into(),
        });
    };
    match one.basis {
        Basis::Exact | Basis::Mapped | Basis::Free => {}
        Basis::Named | Basis::Unmapped => {
            if let Some(meant) = scope.and_then(|scope| scope.meant(&one.operation)) {
                let why = format!(
                    "`{}` was called, and nobody says which actions that needs",
                    one.operation
                );
                add(Region::new(meant, Strings::any()).into(), why);
            }
        }
    }
    if one.action.is_empty() || one.outcome.proves() {
        return;
    }
    let tried = || requests(platform, &one.action, one.resource.as_deref());
    match one.outcome {
        UseOutcome::Denied => add(
            tried(),
            "it was tried and refused, and is held: that is neither use nor proof of no need".into(),
        ),
        UseOutcome::Unknown => add(
            tried(),
            "it was tried, and the log does not tell what came of it".into(),
        ),
        UseOutcome::Allowed | UseOutcome::AllowedInError => {}
    }
}

/// The resources that a text of a log means.
fn spelled(platform: &'static dyn Platform, action: &str, resource: &str) -> Vec<Pattern> {
    match platform.requests(action, resource).node() {
        Node::Region(region) if !region.resources.is_complement() => region.resources.patterns().to_vec(),
        // Of what means several things, everything of that spelling.
        _ => vec![Pattern::glob(resource, Case::Exact)],
    }
}
