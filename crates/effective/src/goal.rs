//! What somebody may come to: another identity, or requests on a resource.

use std::collections::BTreeMap;

use leastwise_model::{ActionClass, CrownJewel, IdentityIndex, InstanceIndex, Platform, Text};
use leastwise_permset::{Case, Meeting, Pattern, PermissionSet, Region, Strings};

use crate::world::World;

/// What is asked who comes to.
#[derive(Clone, Debug)]
pub enum Goal {
    /// To act as this identity.
    Identity(IdentityIndex),
    /// To make at least one of these requests, by the instance whose identities are meant.
    Requests(BTreeMap<InstanceIndex, PermissionSet>),
}

/// Requests as a person names them.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    /// Actions, in which `*` is a pattern; where there are none, every action that the resource takes.
    pub actions: &'a [Text],
    /// Resources, in which `*` is a pattern.
    pub resources: &'a [Text],
    /// Which classes of actions count.
    pub class: &'a dyn Fn(ActionClass) -> bool,
    /// Only on this platform, if given.
    pub platform: Option<&'a str>,
    /// Only on the instance of this name, if given.
    pub instance: Option<&'a str>,
}

impl Goal {
    /// The requests that are sought, on every instance whose platform has such; none where no platform has. An action
    /// counts where it takes such a resource. Linear in the actions of the catalogues.
    #[must_use]
    pub fn requests(world: &World, sought: &Sought<'_>) -> Self {
        let mut by_platform: BTreeMap<&str, PermissionSet> = BTreeMap::new();
        let mut all = BTreeMap::new();
        for (at, platform) in (0u32..).zip(world.platforms()) {
            let instance = world.snapshot().instance(InstanceIndex(at));
            let named = sought
                .instance
                .is_none_or(|name| instance.is_some_and(|instance| &*instance.name == name));
            if !named || sought.platform.is_some_and(|name| name != platform.name()) {
                continue;
            }
            let requests = by_platform
                .entry(platform.name())
                .or_insert_with(|| on_platform(world, *platform, sought));
            if !requests.is_plainly_empty() {
                all.insert(InstanceIndex(at), requests.clone());
            }
        }
        Self::Requests(all)
    }

    /// The requests that count as reaching a crown jewel.
    #[must_use]
    pub fn jewel(world: &World, jewel: &CrownJewel) -> Self {
        Self::requests(
            world,
            &Sought {
                actions: &jewel.actions,
                resources: &jewel.resources,
                class: &|_| true,
                platform: jewel.platform.as_deref(),
                instance: jewel.instance.as_deref(),
            },
        )
    }

    /// The same, only on platforms all whose such resources begin alike, such as with `arn:`, where there are some: a text
    /// that begins so is no name on a platform whose names begin with anything. Linear in the actions of the catalogues.
    #[must_use]
    pub fn telling(self, world: &World, resource: &str) -> Self {
        let Self::Requests(all) = self else {
            return self;
        };
        let platform = |index: &InstanceIndex| world.platforms().get(index.0 as usize);
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        for platform in all.keys().filter_map(platform) {
            known
                .entry(platform.name())
                .or_insert_with(|| begins_as_its_own(*platform, resource));
        }
        if !known.values().any(|begins| *begins) {
            return Self::Requests(all);
        }
        let telling = |index: &InstanceIndex| {
            platform(index).is_some_and(|platform| known.get(platform.name()) == Some(&true))
        };
        Self::Requests(all.into_iter().filter(|(index, _)| telling(index)).collect())
    }

    /// Whether nobody can be meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Requests(all) if all.is_empty())
    }

    /// The requests that an identity is asked for.
    pub(crate) fn requests_of(&self, world: &World, index: IdentityIndex) -> Option<&PermissionSet> {
        match self {
            Self::Identity(_) => None,
            Self::Requests(all) => all.get(&world.snapshot().identity(index)?.instance),
        }
    }
}

fn on_platform(world: &World, platform: &dyn Platform, sought: &Sought<'_>) -> PermissionSet {
    let everything = [Text::from("*")];
    let actions = match sought.actions {
        [] => &everything,
        actions => actions,
    };
    PermissionSet::union_of(sought.resources.iter().flat_map(|resource| {
        actions
            .iter()
            .map(move |action| on_resource(world, platform, sought, action, resource))
    }))
}

/// The requests of one action, or a pattern of actions, on one resource, or a pattern.
fn on_resource(
    world: &World,
    platform: &dyn Platform,
    sought: &Sought<'_>,
    action: &str,
    resource: &str,
) -> PermissionSet {
    let catalogue = platform.catalogue();
    let counts = |name: &str| {
        let classes = catalogue.classes(name);
        ActionClass::all().any(|class| classes.contains(class) && (sought.class)(class))
    };
    if !action.contains('*') {
        let known = platform.objection(action, resource).is_none();
        return match known && counts(action) {
            true => platform.requests(action, resource),
            false => PermissionSet::empty(),
        };
    }
    let resources = Strings::one(Pattern::glob(resource, Case::Exact));
    let mut fitting: BTreeMap<Vec<Pattern>, bool> = BTreeMap::new();
    let mut names = Vec::new();
    let pattern = Strings::one(Pattern::glob(action, Case::Folded));
    for action in catalogue.select(&pattern).iter() {
        let name = catalogue.name(action);
        let shapes = catalogue.resource_shapes(name);
        let fits = *fitting
            .entry(shapes)
            .or_insert_with_key(|shapes| fit(world, shapes, &resources));
        if fits && counts(name) && platform.objection(name, resource).is_none() {
            names.push(Pattern::glob(name, Case::Folded));
        }
    }
    if names.is_empty() {
        return PermissionSet::empty();
    }
    let these = Region::new(Strings::any_of(names), Strings::any());
    platform
        .requests(action, resource)
        .intersection(&PermissionSet::from(these))
}

/// Whether a resource begins as names of the platform do, more than a sign long.
fn begins_as_its_own(platform: &dyn Platform, resource: &str) -> bool {
    let catalogue = platform.catalogue();
    (0..catalogue.len()).any(|action| {
        let shapes = catalogue.resource_shapes(catalogue.name(action));
        shapes
            .iter()
            .any(|shape| shape.prefix().len() > 1 && resource.starts_with(shape.prefix()))
    })
}

/// Whether some resource is of one of the shapes; no shapes are all shapes.
fn fit(world: &World, shapes: &[Pattern], resources: &Strings) -> bool {
    if shapes.is_empty() {
        return true;
    }
    let on = |resources: Strings| PermissionSet::from(Region::new(Strings::any(), resources));
    let meeting = on(Strings::any_of(shapes.iter().cloned())).meets(&on(resources.clone()), world.limits());
    !matches!(meeting, Meeting::Never)
}
