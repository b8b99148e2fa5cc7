//! Which statement gives what, by color.

use leastwise_effective::{Ability, OneAction, World};
use leastwise_model::{ActionBits, Verb};
use leastwise_permset::{Emptiness, Label, PermissionSet, Region, Strings, Witness};

use super::hidden::said;
use super::{Color, Split};

/// One statement that gives something, by color.
#[derive(Clone, Debug)]
pub struct GrantSplit {
    /// The labels on the way to it, outermost first.
    pub steps: Vec<Label>,
    /// What it gives, as it is understood: a statement may mean several regions.
    pub abilities: Vec<Ability>,
    /// The catalogued actions of each color that it gives, in the order of [`Color::ALL`].
    actions: [ActionBits; 4],
    /// Colors of which it gives requests at all, also of actions that no catalogue knows.
    gives: [bool; 4],
    /// A request of the excess that it gives.
    pub witness: Option<Witness>,
}

impl GrantSplit {
    /// The catalogued actions of a color that it gives.
    #[must_use]
    pub fn actions(&self, color: Color) -> &ActionBits {
        color.of(&self.actions)
    }

    /// Whether it gives requests of a color.
    #[must_use]
    pub fn gives(&self, color: Color) -> bool {
        *color.of(&self.gives)
    }

    fn add(&mut self, more: Self) {
        self.abilities.extend(more.abilities);
        for (actions, more) in self.actions.iter_mut().zip(&more.actions) {
            actions.unite(more);
        }
        for (gives, more) in self.gives.iter_mut().zip(more.gives) {
            *gives |= more;
        }
        self.witness = self.witness.take().or(more.witness);
    }

    /// Whether all that it gives is excess.
    #[must_use]
    pub fn is_all_excess(&self) -> bool {
        self.gives == [false, false, true, false]
    }
}

/// What is done, the one that weighs most first: the one that is shown.
const BY_WEIGHT: [Verb; 8] = [
    Verb::Grant,
    Verb::Impersonate,
    Verb::Execute,
    Verb::Delete,
    Verb::Write,
    Verb::Revoke,
    Verb::Read,
    Verb::List,
];

/// Every statement that gives an identity something, by color. A search for each catalogued action that has several colors, or
/// that a denial or a bound may take away.
#[must_use]
pub fn grants(world: &World, split: &Split) -> Vec<GrantSplit> {
    let mut all: Vec<GrantSplit> = Vec::new();
    for ability in world.what_can(split.identity) {
        let one = grant(world, split, ability);
        match all.iter_mut().find(|known| known.steps == one.steps) {
            Some(known) => known.add(one),
            None if one.gives != [false; 4] => all.push(one),
            None => {}
        }
    }
    all
}

fn grant(world: &World, split: &Split, ability: Ability) -> GrantSplit {
    // Nothing by which the platform gives something to everybody comes here: it has no color.
    let regions = [&ability.region].into_iter().chain(&ability.within);
    let own = PermissionSet::intersection_of(regions.cloned().map(PermissionSet::from));
    let inhabited = |set: &PermissionSet| !matches!(set.emptiness(world.limits()), Emptiness::Empty);
    let here = Color::ALL.map(|color| own.intersection(split.colors.part(color)));
    let gives = here.each_ref().map(inhabited);
    let Some((selector, catalogue)) = world
        .platform_of(split.identity)
        .and_then(|platform| Some((world.selector(platform)?, platform.catalogue())))
    else {
        return GrantSplit {
            steps: ability.steps.clone(),
            abilities: vec![ability],
            actions: Default::default(),
            gives,
            witness: None,
        };
    };
    let within = ability
        .within
        .iter()
        .map(|region| selector.select(&region.actions));
    let mut own_actions = (*selector.select(&ability.region.actions)).clone();
    within.for_each(|more| own_actions.intersect(&more));
    let plain = ability.except.is_empty();
    let actions = Color::ALL.map(|color| {
        let mut actions = split.actions(color).clone();
        actions.intersect(&own_actions);
        let others = Color::ALL.into_iter().filter(|other| *other != color);
        let mut several = ActionBits::none();
        others.for_each(|other| several.unite(split.actions(other)));
        let mut absent = ActionBits::none();
        for action in actions
            .iter()
            .filter(|action| !plain || several.contains(*action))
        {
            let name = catalogue.name(action);
            let only = Region::new(Strings::literal(name), Strings::any());
            let part = own.intersection(split.colors.part(color));
            let some = said(&part, name)
                .is_some_and(|said| inhabited(&said.intersection(&PermissionSet::from(only))));
            if !some {
                absent.insert(action);
            }
        }
        actions.subtract(&absent);
        actions
    });
    let [_, _, excess, _] = &here;
    let [_, _, of_excess, _] = &actions;
    let shown = BY_WEIGHT.iter().find_map(|verb| {
        let mut grave = selector.any_of(|class| class.verb == *verb);
        grave.intersect(of_excess);
        grave.iter().next()
    });
    let witness = shown.and_then(|action| {
        let taste = OneAction(world.platform_of(split.identity)?, catalogue.name(action));
        match excess.smallest_witness(&taste, world.limits()) {
            Emptiness::Inhabited(witness) => Some(witness),
            Emptiness::Empty | Emptiness::Unknown(_) => None,
        }
    });
    GrantSplit {
        steps: ability.steps.clone(),
        abilities: vec![ability],
        actions,
        gives,
        witness,
    }
}
