//! Identities before they have their place in the snapshot.

use leastwise_model::{
    Assumption, Effect, Evidence, Identity, IdentityKind, Layer, Location, Nature, Need, Snapshot, Step,
};
use leastwise_permset::{Atom, Label, PermissionSet};

use super::World;

/// What is to be told of an identity when places are known.
pub(super) enum Tell {
    /// Somebody who meets these needs becomes it.
    Way {
        technique: &'static str,
        needs: Vec<Need>,
        by: By,
        step: Option<Label>,
    },
    /// It can widen what it holds itself.
    Widen {
        technique: &'static str,
        needs: Vec<Need>,
        gains: PermissionSet,
    },
    /// It has tokens for other systems.
    Tokens { claims: PermissionSet, step: Label },
    /// It stands for whoever takes a name that is given up.
    Taker,
    /// It acts elsewhere by means that are not told.
    Stray(Atom),
}

/// To whom a way is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// People, and what acts with credentials that people or administrators made: Apps, keys, tokens.
    Actors,
    /// People and strangers.
    People,
    /// What may change content but no workflows: jobs, and credentials without that permission.
    Narrow,
    /// Everybody, jobs included.
    All,
}

/// What an identity is, for ways that are open to some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Person,
    /// A credential that may change workflows where it may change anything.
    Credential,
    /// A credential that changes other content alone.
    Narrow,
    Job,
}

/// An identity before it has its place.
pub(super) struct Draft {
    pub class: Class,
    pub identity: Identity,
    pub tells: Vec<Tell>,
}

/// The bare identity of an id without the platform's name.
pub(super) fn bare(world: &World<'_>, owner: &str, id: &str, name: &str, kind: IdentityKind) -> Identity {
    Identity {
        names: vec![id.into()],
        ..Identity::new(
            format!("github:{id}").into(),
            name.into(),
            kind,
            world.instance(owner),
        )
    }
}

/// A machine, by this sign.
pub(super) fn machine(sign: &str) -> Nature {
    Nature::NonHuman(vec![Evidence {
        human: false,
        what: sign.into(),
    }])
}

pub(super) fn grants(title: &str, set: PermissionSet) -> Layer {
    Layer {
        effect: Effect::Grants,
        title: title.into(),
        set,
    }
}

/// A step, at a place of the input where there is one.
pub(super) fn step(
    snapshot: &mut Snapshot,
    kind: &str,
    name: &str,
    statement: String,
    location: Option<&Location>,
) -> Label {
    snapshot.add_step(Step {
        kind: kind.into(),
        name: name.into(),
        statement: statement.into(),
        location: location.cloned(),
        provided: false,
    })
}

/// Adds an assumption once.
pub(super) fn rest_on(identity: &mut Identity, assumptions: &[Assumption]) {
    for assumption in assumptions {
        if !identity.assumptions.contains(assumption) {
            identity.assumptions.push(assumption.clone());
        }
    }
}
