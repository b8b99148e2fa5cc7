//! Ways of becoming another identity, and of giving oneself more. Which operation each endpoint asks for was measured.
//!
//! One opportunity for each policy, role, entity and way: linear in the input.

mod engines;
mod roles;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Gain, Gap, IdentityIndex, Need, NeedSide, Opportunity, Side, Snapshot, Targets, TechniqueIndex, Text,
};
use leastwise_permset::{
    Atom, Case, Condition, Element, Guard, Inclusion, Key, Limits, Pattern, PermissionSet, Region, Strings,
    Test,
};

use super::World;
use super::identity::What;
use super::people::{Placed, Under};
use super::policies::{Name, Policies, Who};
use crate::export::Namespace;
use crate::lower;
use crate::operation::Operation;

/// A name that nothing has yet.
const NEW: &str = "new";

/// Every request in a namespace.
pub(super) fn everything(namespace: &str) -> PermissionSet {
    let actions = Operation::ALL.map(|operation| Pattern::literal(operation.as_str()));
    let paths = Pattern::new([Element::Text(namespace.into()), Element::Many], Case::Exact);
    Region::new(Strings::any_of(actions), Strings::one(paths)).into()
}

/// One request of a path, carrying some parameters.
fn need(operation: Operation, path: &str, carrying: &[&str]) -> Need {
    let literals = carrying.iter().map(|name| {
        let with = ["=", ":="].map(|sign| {
            Pattern::new(
                [Element::Text(format!("{name}{sign}").into()), Element::Many],
                Case::Exact,
            )
        });
        Condition::Some(Key::new(lower::PARAMETERS), Test::Text(Strings::any_of(with))).holds()
    });
    let region = Region::new(Strings::literal(operation.as_str()), Strings::literal(path));
    Need {
        side: NeedSide::Holder,
        action: operation.as_str().into(),
        resource: Some(path.into()),
        set: region.when(Guard::all_of(literals)).into(),
    }
}

struct Adding<'s, 'w> {
    world: &'s World<'w>,
    snapshot: &'s mut Snapshot,
}

impl Adding<'_, '_> {
    fn add(
        &mut self,
        technique: &str,
        needs: Vec<Need>,
        bearers: &Arc<[IdentityIndex]>,
        targets: Targets,
        gain: Gain,
    ) {
        let nobody = matches!(&targets, Targets::These(these) if these.is_empty());
        if bearers.is_empty() || nobody {
            return;
        }
        self.snapshot.opportunities.push(Opportunity {
            technique: self
                .world
                .techniques
                .get(technique)
                .copied()
                .unwrap_or(TechniqueIndex(u32::MAX)),
            needs,
            bearers: bearers.clone(),
            targets,
            gain,
            step: None,
        });
    }

    fn become_one(
        &mut self,
        technique: &str,
        needs: Vec<Need>,
        by: &Arc<[IdentityIndex]>,
        who: IdentityIndex,
    ) {
        self.add(
            technique,
            needs,
            by,
            Targets::These(Arc::from([who])),
            Gain::Become,
        );
    }

    fn gain(&mut self, technique: &str, needs: Vec<Need>, by: &Arc<[IdentityIndex]>, set: &PermissionSet) {
        self.add(technique, needs, by, Targets::Actor, Gain::Grant(set.clone()));
    }
}

pub(super) fn compile(world: &World<'_>, policies: &mut Policies, placed: &Placed, snapshot: &mut Snapshot) {
    let everybody = &placed.everybody;
    for (path, namespace) in &world.server.namespaces {
        let mut any_policy: Option<PermissionSet> = None;
        let mut here: Vec<Name> = policies
            .names()
            .filter(|(namespace, _)| namespace == path)
            .cloned()
            .collect();
        here.sort();
        // By rewriting a policy one is under.
        for name in &here {
            let holders = policies.holders(name);
            let mut adding = Adding { world, snapshot };
            for place in ["sys/policies/acl/", "sys/policy/"] {
                let place = format!("{path}{place}{}", name.1);
                let needs = vec![need(Operation::Update, &place, &[])];
                adding.gain("write-own-policy", needs, &holders, &everything(path));
            }
        }
        if world.loose {
            // Of whom else there is, nothing is known.
            continue;
        }
        let any = any_policy.get_or_insert_with(|| {
            let sets: Vec<PermissionSet> = here
                .iter()
                .map(|name| {
                    let both = [name.clone(), (path.clone(), "default".into())];
                    policies.holds(&both, Who::Unknown, world, snapshot).set
                })
                .collect();
            PermissionSet::union_of(sets)
        });
        let any = any.clone();
        tokens(world, path, policies, placed, &any, snapshot);
        identities(world, path, namespace, policies, placed, &any, snapshot);
        roles::compile(world, path, namespace, policies, placed, &any, snapshot);
        let mut adding = Adding { world, snapshot };
        let enable = format!("{path}sys/auth/{NEW}");
        let needs = vec![
            need(Operation::Update, &enable, &["type"]),
            need(Operation::Create, &format!("{path}auth/{NEW}/users/{NEW}"), &[]),
        ];
        adding.gain("enable-auth-method", needs, everybody, &any);
        raw(&mut adding, path, everybody);
        engines::compile(&mut adding, path, namespace, policies, placed);
    }
}

fn raw(adding: &mut Adding<'_, '_>, path: &Text, everybody: &Arc<[IdentityIndex]>) {
    if !path.is_empty() {
        return;
    }
    let atom = adding.snapshot.add_gap(Gap {
        atom: Atom::new("whether the server lets its raw storage be written"),
        what: "whether `raw_storage_endpoint` is set in the server's configuration".into(),
        settle: "read the server's configuration file".into(),
        side: Side::Adds,
    });
    let under = Pattern::new([Element::Text("sys/raw/".into()), Element::Many], Case::Exact);
    let region = Region::new(Strings::literal(Operation::Update.as_str()), Strings::one(under));
    let raw = Need {
        side: NeedSide::Holder,
        action: Operation::Update.as_str().into(),
        resource: None,
        set: region.when(Guard::all_of([Condition::Atom(atom).holds()])).into(),
    };
    adding.gain("write-raw-storage", vec![raw], everybody, &everything(""));
}

/// By minting tokens.
fn tokens(
    world: &World<'_>,
    path: &Text,
    policies: &mut Policies,
    placed: &Placed,
    any: &PermissionSet,
    snapshot: &mut Snapshot,
) {
    let everybody = &placed.everybody;
    let create = format!("{path}auth/token/create");
    let mut adding = Adding { world, snapshot };
    for place in [create.clone(), format!("{path}auth/token/create-orphan")] {
        let needs = vec![
            need(Operation::Update, &place, &["policies"]),
            need(Operation::Sudo, &place, &[]),
        ];
        adding.gain("create-token-with-sudo", needs, everybody, any);
    }
    for ((namespace, what), index) in &placed.by_what {
        if let (What::TokenRole(name), true) = (what, namespace == path) {
            let needs = vec![need(Operation::Update, &format!("{create}/{name}"), &[])];
            adding.become_one("create-token-of-role", needs, everybody, *index);
        }
    }
    // A child may leave out policies of its parent, so also those that withhold something.
    let mut alike: BTreeMap<(&[Name], &[Name]), Vec<IdentityIndex>> = BTreeMap::new();
    for under in placed.under.iter().filter(|under| under.namespace == *path) {
        let minted = matches!(under.what, What::Minted(_) | What::TokenRole(_) | What::Group(_));
        if !minted && under.token.len() > 1 {
            alike
                .entry((&under.token, &under.own))
                .or_default()
                .push(under.index);
        }
    }
    for ((token, own), bearers) in alike {
        let names = [token, own].concat();
        if !policies.may_withhold(&names, world, snapshot) {
            continue;
        }
        let full = policies.holds(&names, Who::Unknown, world, snapshot).set;
        let sets: Vec<PermissionSet> = token
            .iter()
            .map(|one| {
                let names = [std::slice::from_ref(one), own].concat();
                policies.holds(&names, Who::Unknown, world, snapshot).set
            })
            .collect();
        let fewer = PermissionSet::union_of(sets);
        if matches!(fewer.included_in(&full, &Limits::default()), Inclusion::Holds) {
            continue;
        }
        let mut bearers = bearers;
        bearers.sort_unstable();
        let needs = vec![need(Operation::Update, &create, &["policies"])];
        Adding { world, snapshot }.gain("create-child-token", needs, &bearers.into(), &fewer);
    }
}

/// By writing entities, groups and aliases.
fn identities(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    policies: &mut Policies,
    placed: &Placed,
    any: &PermissionSet,
    snapshot: &mut Snapshot,
) {
    let people: Vec<&Under> = placed
        .under
        .iter()
        .filter(|under| under.namespace == *path && has_entity(under))
        .collect();
    let all: Arc<[IdentityIndex]> = people.iter().map(|under| under.index).collect();
    let others: BTreeSet<&[Name]> = people
        .iter()
        .map(|under| under.own.as_slice())
        .filter(|own| !own.is_empty())
        .collect();
    let sets: Vec<PermissionSet> = others
        .into_iter()
        .map(|own| policies.holds(own, Who::Unknown, world, snapshot).set)
        .collect();
    let of_others = PermissionSet::union_of(sets);
    let mut adding = Adding { world, snapshot };
    let update = |place: &str, carrying: &[&str]| {
        vec![need(
            Operation::Update,
            &format!("{path}identity/{place}"),
            carrying,
        )]
    };
    adding.gain(
        "attach-policy-to-entity",
        update("entity", &["policies"]),
        &all,
        any,
    );
    for under in &people {
        let by = Arc::from([under.index]);
        let entity = under.entity.as_ref();
        let id = entity.map_or(NEW, |id| &**id);
        let place = format!("entity/id/{id}");
        adding.gain("attach-policy-to-entity", update(&place, &["policies"]), &by, any);
        let name = entity
            .and_then(|id| namespace.entities.get(id))
            .map(|entity| &entity.name);
        if let Some(name) = name {
            let place = format!("entity/name/{name}");
            adding.gain("attach-policy-to-entity", update(&place, &["policies"]), &by, any);
        }
    }
    let carried = ["policies", "member_entity_ids"];
    let mut groups: BTreeSet<String> = ["group".to_owned(), format!("group/name/{NEW}")].into();
    for (id, group) in namespace.groups.iter().filter(|(_, group)| !group.external) {
        groups.insert(format!("group/id/{id}"));
        groups.insert(format!("group/name/{}", group.name));
    }
    for place in groups {
        adding.gain("write-group", update(&place, &carried), &all, any);
    }
    if !of_others.is_plainly_empty() {
        adding.gain(
            "write-alias",
            update("entity-alias", &["canonical_id"]),
            &all,
            &of_others,
        );
    }
}

fn has_entity(under: &Under) -> bool {
    match under.what {
        What::Role(_) | What::Entity(_) => true,
        What::Token(_) => under.entity.is_some(),
        What::Group(_) | What::TokenRole(_) | What::Minted(_) | What::Policy(_) => false,
    }
}
