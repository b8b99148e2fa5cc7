//! Drafts of identities: what they are and hold, before they have their place in the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{
    Assumption, Effect, Evidence, Facts, Holding, Identity, IdentityKind, Layer, Location, Nature, Owner,
    Text,
};
use leastwise_permset::{Condition, Guard, Key, Label, Network, PermissionSet, Region, Test};

use super::World;
use super::policies::{Holds, Name};

/// The address that a request comes from.
pub(crate) const ADDRESS: &str = "remote_address";

/// What an identity is, for those who become it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// By the path of the role.
    Role(Text),
    /// By id.
    Entity(Text),
    /// By id.
    Group(Text),
    /// By name.
    TokenRole(Text),
    /// By accessor.
    Token(Text),
    /// By the path of the role.
    Minted(Text),
    /// By name.
    Policy(Text),
}

/// An identity before it has its place.
pub(super) struct Draft {
    pub identity: Identity,
    pub namespace: Text,
    pub what: What,
    /// The policies that a token brings along.
    pub token: Vec<Name>,
    /// The policies of entity and groups.
    pub own: Vec<Name>,
    /// The entity, where it is known.
    pub entity: Option<Text>,
    pub missing: Holds,
    pub label: Label,
}

/// The bare identity at a path.
pub(super) fn at(
    world: &World<'_>,
    namespace: &str,
    path: &str,
    name: &Text,
    kind: IdentityKind,
    location: &Location,
) -> Identity {
    let full = format!("{namespace}{path}");
    let mut names: Vec<Text> = vec![full.as_str().into()];
    if !name.is_empty() && **name != *full {
        names.push(name.clone());
    }
    Identity {
        names,
        assumptions: world.assumptions.clone(),
        location: Some(location.clone()),
        ..Identity::new(world.id(&full), name.clone(), kind, world.instance)
    }
}

/// Lets it hold what its policies give, from its networks alone.
pub(super) fn hold(identity: &mut Identity, holds: &Holds, label: Label, networks: &[Text]) {
    let facts = Facts {
        known: holds.known.clone(),
        absent: holds.absent.clone(),
    };
    let mut layers = vec![Layer {
        effect: Effect::Grants,
        title: "policies".into(),
        set: holds.set.labelled(label),
    }];
    for (title, set) in [
        ("most specific pattern", &holds.shadowed),
        ("root protection (asks for sudo)", &holds.unprivileged),
    ] {
        if !set.is_plainly_empty() {
            layers.push(Layer {
                effect: Effect::Denies,
                title: title.into(),
                set: set.labelled(label),
            });
        }
    }
    let networks: Vec<Network> = networks
        .iter()
        .filter_map(|network| Network::parse(network))
        .collect();
    if !networks.is_empty() {
        let test = Test::Network(networks.into());
        let guard = Guard::all_of([Condition::Some(Key::single(ADDRESS), test).holds()]);
        layers.push(Layer {
            effect: Effect::Bounds { others: true },
            title: "addresses of its tokens".into(),
            set: PermissionSet::from(Region::everything().when(guard)).labelled(label),
        });
    }
    identity.holding = Holding { layers, facts };
    add(&mut identity.assumptions, &holds.assumptions);
    if let Some(template) = &holds.blocked {
        identity.description =
            format!("every request is refused: the value of {{{{{template}}}}} holds `/`, `*` or `+`").into();
    }
}

fn add(to: &mut Vec<Assumption>, more: &[Assumption]) {
    for assumption in more {
        if !to.contains(assumption) {
            to.push(assumption.clone());
        }
    }
}

/// Who logs in by a method, as far as the method tells.
pub(super) fn nature(kinds: &BTreeSet<&str>) -> Nature {
    let evidence = |human: bool, kind: &str| Evidence {
        human,
        what: format!("logs in through {kind}").into(),
    };
    let (mut people, mut machines) = (Vec::new(), Vec::new());
    for kind in kinds {
        match *kind {
            "userpass" | "ldap" | "okta" | "radius" | "oidc" | "github" => people.push(evidence(true, kind)),
            "approle" | "kubernetes" | "jwt" | "cert" | "aws" | "gcp" | "azure" | "alicloud" | "oci"
            | "cf" | "kerberos" => machines.push(evidence(false, kind)),
            _ => {}
        }
    }
    match (people.is_empty(), machines.is_empty()) {
        (true, true) => Nature::Unknown,
        (false, true) => Nature::Human(people),
        (true, false) => Nature::NonHuman(machines),
        (false, false) => Nature::Mixed([people, machines].concat()),
    }
}

/// The team that metadata name.
pub(super) fn owner(labels: &BTreeMap<Text, Text>) -> Option<Owner> {
    ["owner", "team"].into_iter().find_map(|key| {
        let team = labels.get(key).filter(|team| !team.is_empty())?;
        Some(Owner {
            team: team.clone(),
            source: format!("metadata {key}").into(),
        })
    })
}
