//! What a platform gives to everybody by itself: nobody granted it and nobody can take it away, so it is no excess.

use std::collections::BTreeSet;

use leastwise_effective::World;
use leastwise_model::{Effect, IdentityIndex};
use leastwise_permset::{Label, Node, PermissionSet};

/// What stands above a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// No statement.
    Nothing,
    /// Statements of entitlements that the platform's owner made.
    Statements,
    /// An attachment by the platform's owner, and nothing by anybody else.
    Attached,
}

/// Tells what platforms give to everybody.
pub(super) struct Gifts<'w> {
    world: &'w World,
    statements: BTreeSet<Label>,
}

impl<'w> Gifts<'w> {
    /// Linear in statements.
    pub fn new(world: &'w World) -> Self {
        let entitlements = world.snapshot().entitlements.iter();
        let statements = entitlements.flat_map(|entitlement| &entitlement.statements);
        Self {
            world,
            statements: statements.map(|statement| statement.label).collect(),
        }
    }

    /// What an identity has so. Linear in the parts of its set that no statement of its owner's stands above.
    pub fn of(&self, index: IdentityIndex) -> PermissionSet {
        let mut found = Vec::new();
        if let Some(identity) = self.world.snapshot().identity(index) {
            let layers = identity.holding.layers.iter();
            for layer in layers.filter(|layer| layer.effect == Effect::Grants) {
                self.walk(&layer.set, Above::Nothing, &mut found);
            }
        }
        PermissionSet::union_of(found)
    }

    fn walk(&self, set: &PermissionSet, above: Above, found: &mut Vec<PermissionSet>) {
        match set.node() {
            Node::Region(_) if above == Above::Statements => {}
            Node::Region(_) => found.push(set.clone()),
            Node::Union(sets) => sets.iter().for_each(|set| self.walk(set, above, found)),
            Node::Labelled(label, inner) => {
                let step = self.world.snapshot().step(*label);
                if !step.is_some_and(|step| step.provided) {
                    return;
                }
                let attaches = !self.statements.contains(label);
                let below = match above {
                    Above::Attached => Above::Attached,
                    _ if attaches => Above::Attached,
                    Above::Nothing | Above::Statements => Above::Statements,
                };
                self.walk(inner, below, found);
            }
            Node::Intersection(_) | Node::Difference(..) if above == Above::Attached => {
                found.push(set.clone());
            }
            Node::Intersection(_) | Node::Difference(..) => {}
        }
    }
}
