//! Entities and groups.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Assumption, Gap, IdentityKind, Side, Snapshot, Text};
use leastwise_permset::{Atom, Condition};

use super::super::identity::{self, Draft, What};
use super::super::logins::{self, Fit, Says};
use super::super::policies::{Holds, Name, Policies, Who};
use super::{ALTERNATIVES, World, listed, one_of, step, when};
use crate::export::{Alias, Entity, Group, Namespace, Role};

/// Groups, and who is in which.
pub(super) struct Groups<'n> {
    namespace: &'n Text,
    by_id: &'n BTreeMap<Text, Group>,
    /// Groups by those that are in them.
    parents: BTreeMap<&'n str, Vec<&'n Text>>,
    /// Groups by the entities that are in them.
    of: BTreeMap<&'n str, Vec<&'n Text>>,
}

impl<'n> Groups<'n> {
    pub(super) fn of(path: &'n Text, namespace: &'n Namespace) -> Self {
        let mut groups = Self {
            namespace: path,
            by_id: &namespace.groups,
            parents: BTreeMap::new(),
            of: BTreeMap::new(),
        };
        for (id, group) in &namespace.groups {
            for member in &group.member_groups {
                groups.parents.entry(member).or_default().push(id);
            }
            for member in &group.members {
                groups.of.entry(member).or_default().push(id);
            }
        }
        groups
    }

    /// The ids of all groups of an entity, groups of groups included.
    fn ids<'a>(&'a self, id: &str, entity: &'a Entity) -> BTreeSet<&'a Text> {
        let told = entity.groups.iter().flatten();
        let members = self.of.get(id).into_iter().flatten().copied();
        self.upward(told.chain(members).collect())
    }

    fn upward<'a>(&'a self, mut left: Vec<&'a Text>) -> BTreeSet<&'a Text> {
        let mut found = BTreeSet::new();
        while let Some(id) = left.pop() {
            if found.insert(id) {
                left.extend(self.parents.get(&**id).into_iter().flatten().copied());
            }
        }
        found
    }

    /// The policies of an entity and its groups.
    pub(super) fn policies(&self, id: &str, entity: &Entity) -> Vec<Name> {
        let groups = self.ids(id, entity);
        let of_groups = groups
            .into_iter()
            .filter_map(|id| self.by_id.get(id))
            .flat_map(|group| &group.policies);
        let mut names: Vec<Name> = entity
            .policies
            .iter()
            .chain(of_groups)
            .map(|name| (self.namespace.clone(), name.clone()))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Groups that an entity is in and the export does not hold could add policies.
    pub(super) fn unknown(&self, id: &str, entity: &Entity, holds: &mut Holds, snapshot: &mut Snapshot) {
        for group in self.ids(id, entity) {
            if self.by_id.contains_key(group) {
                continue;
            }
            let mut gap = |what: &str| {
                snapshot.add_gap(Gap {
                    atom: Atom::new(&format!("what group `{group}` {what}")),
                    what: format!("group `{group}` has members but is not in the export").into(),
                    settle: format!("export identity/group/id/{group}").into(),
                    side: Side::Both,
                })
            };
            let (grants, withholds) = (gap("grants"), gap("withholds"));
            let kept = leastwise_permset::Region::everything().when(leastwise_permset::Guard::all_of([
                Condition::Atom(withholds).fails(),
            ]));
            holds.set = holds.set.intersection(&kept.into()).union(&when(grants));
            holds.forget_why();
        }
    }
}

/// What a template stands for in the requests of an entity.
pub(super) fn value(id: &Text, entity: &Entity, groups: &Groups<'_>, template: &str) -> Option<Text> {
    let full = |text: &Text| (!text.is_empty()).then(|| text.clone());
    if let Some(rest) = template.strip_prefix("identity.entity.") {
        if let Some(key) = rest.strip_prefix("metadata.") {
            return entity.metadata.get(key).cloned();
        }
        if let Some(rest) = rest.strip_prefix("aliases.") {
            let (accessor, field) = rest.split_once('.')?;
            let alias = entity.aliases.iter().find(|alias| &*alias.accessor == accessor)?;
            if let Some(key) = field.strip_prefix("metadata.") {
                return alias.metadata.get(key).cloned();
            }
            if let Some(key) = field.strip_prefix("custom_metadata.") {
                return alias.custom.get(key).cloned();
            }
            return match field {
                "id" => full(&alias.id),
                "name" => full(&alias.name),
                _ => None,
            };
        }
        return match rest {
            "id" => full(id),
            "name" => full(&entity.name),
            _ => None,
        };
    }
    let rest = template.strip_prefix("identity.groups.")?;
    let (by, rest) = rest.split_once('.')?;
    let (wanted, field) = rest.split_once('.')?;
    let (id, group) = groups
        .ids(id, entity)
        .into_iter()
        .filter_map(|id| Some((id, groups.by_id.get(id)?)))
        .find(|(id, group)| match by {
            "ids" => &***id == wanted,
            "names" => &*group.name == wanted,
            _ => false,
        })?;
    match field {
        "id" => Some(id.clone()),
        "name" => full(&group.name),
        _ => group.metadata.get(field.strip_prefix("metadata.")?).cloned(),
    }
}

#[allow(clippy::too_many_arguments, reason = "they come from four places")]
pub(super) fn compile(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    groups: &Groups<'_>,
    merged: &BTreeSet<Text>,
    policies: &mut Policies,
    snapshot: &mut Snapshot,
    drafts: &mut Vec<Draft>,
) {
    let mut by_mount: BTreeMap<&str, Vec<&Role>> = BTreeMap::new();
    for role in namespace.roles.values() {
        by_mount.entry(&role.mount).or_default().push(role);
    }
    let by_mount: BTreeMap<&str, AtMount<'_>> = by_mount
        .into_iter()
        .map(|(mount, roles)| (mount, AtMount::of(logins::kind_of(namespace, mount), roles)))
        .collect();
    let mounts = logins::mounts(namespace);
    for (id, entity) in namespace.entities.iter().filter(|(id, _)| !merged.contains(*id)) {
        let own = groups.policies(id, entity);
        let logins = logins_of(path, namespace, &mounts, &by_mount, entity);
        let name = if entity.name.is_empty() { id } else { &entity.name };
        let place = format!("identity/entity/name/{name}");
        let of = |template: &str| value(id, entity, groups, template);
        let mut token = Vec::new();
        let mut assumptions = Vec::new();
        let mut holds = match logins.len() {
            0 => {
                assumptions.push(Assumption {
                    layer: "policies that its tokens bring along".into(),
                    settle: "export the roles of the auth methods at which it has aliases".into(),
                    side: Side::Both,
                });
                policies.holds(&own, Who::Known(&of), world, snapshot)
            }
            1 => {
                token = logins.into_iter().next().unwrap_or_default();
                let names = [&token[..], &own[..]].concat();
                policies.holds(&names, Who::Known(&of), world, snapshot)
            }
            _ => {
                let base = policies.holds(&own, Who::Known(&of), world, snapshot);
                let mut known = base.known.clone();
                let mut alternatives = Vec::new();
                for login in logins.into_iter().take(ALTERNATIVES) {
                    let names = [&login[..], &own[..]].concat();
                    let holds = policies.holds(&names, Who::Known(&of), world, snapshot);
                    for (key, values) in holds.known.iter() {
                        known.set(key.clone(), values.clone());
                    }
                    let what = format!(
                        "whether {path}{place} logs in through a role with the policies {}",
                        listed(&login)
                    );
                    alternatives.push((holds.set, what));
                }
                let settle = "ask with the role instead of the entity";
                let mut holds = Holds {
                    set: one_of(alternatives, settle, snapshot),
                    known,
                    ..base
                };
                holds.forget_why();
                holds
            }
        };
        groups.unknown(id, entity, &mut holds, snapshot);
        if entity.disabled {
            holds.disable();
        }
        let label = step(
            snapshot,
            "entity",
            &format!("{path}{name}"),
            format!(
                "policies of entity and groups: {}; of its tokens: {}",
                listed(&own),
                listed(&token)
            ),
            &entity.location,
        );
        let mut found = identity::at(world, path, &place, name, IdentityKind::User, &entity.location);
        found.names.push(id.clone());
        found.nature = identity::nature(&entity.aliases.iter().map(|alias| &*alias.kind).collect());
        found.labels = entity.metadata.clone();
        found.owner = identity::owner(&entity.metadata);
        found.created = entity.created;
        found.assumptions.extend(assumptions);
        if entity.disabled {
            found.description = "disabled".into();
        }
        identity::hold(&mut found, &holds, label, &[]);
        drafts.push(Draft {
            identity: found,
            namespace: path.clone(),
            what: What::Entity(id.clone()),
            token,
            own,
            entity: Some(id.clone()),
            missing: holds,
            label,
        });
    }
    for (id, group) in namespace.groups.iter().filter(|(_, group)| group.external) {
        let mut names: Vec<Name> = groups
            .upward(vec![id])
            .into_iter()
            .filter_map(|id| groups.by_id.get(id))
            .flat_map(|group| group.policies.iter().map(|name| (path.clone(), name.clone())))
            .collect();
        names.sort();
        names.dedup();
        let holds = policies.holds(&names, Who::Unknown, world, snapshot);
        let name = if group.name.is_empty() { id } else { &group.name };
        let place = format!("identity/group/name/{name}");
        let label = step(
            snapshot,
            "group",
            &format!("{path}{name}"),
            format!("policies of the group and those around it: {}", listed(&names)),
            &group.location,
        );
        let mut found = identity::at(world, path, &place, name, IdentityKind::Group, &group.location);
        found.names.push(id.clone());
        found.labels = group.metadata.clone();
        found.owner = identity::owner(&group.metadata);
        found.description =
            "whoever the auth method says is a member, beside the policies of the login".into();
        identity::hold(&mut found, &holds, label, &[]);
        drafts.push(Draft {
            identity: found,
            namespace: path.clone(),
            what: What::Group(id.clone()),
            token: Vec::new(),
            own: names,
            entity: None,
            missing: holds,
            label,
        });
    }
}

/// Roles at one mount, by what they ask of an alias.
#[derive(Default)]
struct AtMount<'n> {
    all: Vec<&'n Role>,
    /// Those of which no list of values tells what they ask.
    open: Vec<usize>,
    by: BTreeMap<Says, Asking>,
}

/// Roles that ask for the same thing to be said.
#[derive(Default)]
struct Asking {
    all: Vec<usize>,
    by_value: BTreeMap<String, Vec<usize>>,
}

impl<'n> AtMount<'n> {
    fn of(kind: &str, roles: Vec<&'n Role>) -> Self {
        let asked: Vec<_> = roles.iter().map(|role| logins::asked(kind, role)).collect();
        let mut asking: BTreeMap<(Says, &str), usize> = BTreeMap::new();
        for (what, values) in asked.iter().flatten() {
            for value in values {
                *asking.entry((*what, value)).or_default() += 1;
            }
        }
        let mut found = Self::default();
        for (at, asked) in asked.iter().enumerate() {
            // All that a role asks for must be said: it is found by what the fewest roles ask.
            let shared = |(what, values): &(Says, Vec<String>)| -> usize {
                let times = values
                    .iter()
                    .filter_map(|value| asking.get(&(*what, value.as_str())));
                times.sum()
            };
            let Some((what, values)) = asked.iter().min_by_key(|asked| shared(asked)) else {
                found.open.push(at);
                continue;
            };
            let asking = found.by.entry(*what).or_default();
            asking.all.push(at);
            for value in values {
                asking.by_value.entry(value.clone()).or_default().push(at);
            }
        }
        found.all = roles;
        found
    }

    /// The roles through which an alias may log in, in order: at least all of which [`logins::fit`] does not say no.
    fn candidates(&self, alias: &Alias) -> Vec<&'n Role> {
        let mut places: BTreeSet<usize> = self.open.iter().copied().collect();
        for (what, value) in logins::said(alias) {
            let Some(asking) = self.by.get(&what) else {
                continue;
            };
            match value {
                Some(value) => places.extend(asking.by_value.get(&value).into_iter().flatten()),
                None => places.extend(&asking.all),
            }
        }
        let roles = places
            .into_iter()
            .filter_map(|place| self.all.get(place).copied());
        roles.collect()
    }
}

/// The different lists of policies with which an entity may log in.
fn logins_of(
    path: &Text,
    namespace: &Namespace,
    mounts: &BTreeMap<&str, &str>,
    by_mount: &BTreeMap<&str, AtMount<'_>>,
    entity: &Entity,
) -> BTreeSet<Vec<Name>> {
    let mut found = BTreeSet::new();
    for alias in &entity.aliases {
        let Some(mount) = logins::mount_of(alias, mounts) else {
            continue;
        };
        let kind = logins::kind_of(namespace, mount);
        let roles = by_mount.get(mount).map(|at| at.candidates(alias));
        for role in roles.into_iter().flatten() {
            if logins::fit(kind, role, alias) != Fit::No {
                found.insert(logins::token_policies(path, role));
            }
        }
    }
    found
}
