//! Bindings → what each gives to its subjects; and references that lead nowhere.
//!
//! Source: kubernetes/kubernetes `pkg/registry/rbac/validation/rule.go` (`VisitRulesFor`, `appliesTo`).

use std::sync::Arc;

use leastwise_model::{
    Dangling, DanglingKind, Gap, IdentityIndex, Location, Remark, Side, Snapshot, Step, Text,
};
use leastwise_permset::{Atom, Condition, Guard, Label, PermissionSet};
use rustc_hash::FxHashMap;

use super::accounts::{ANONYMOUS, People, Who};
use super::controls::both;
use super::identities::Placed;
use super::roles::{Roles, alternatives, entitlement, full_name, guarded};
use super::{World, authorizers};
use crate::object::Binding;
use crate::rule::{self, Span};

/// A binding that counts.
pub(crate) struct Bound<'a> {
    pub binding: &'a Binding,
    /// `None` for a cluster role binding.
    pub namespace: Option<Text>,
    pub label: Label,
    /// Under what it counts.
    pub guard: Guard,
    /// The definitions of its role; empty where it is missing.
    pub roles: Vec<usize>,
    /// What it gives, labelled.
    pub set: PermissionSet,
    /// Places of its subjects among the people, as written.
    pub subjects: Vec<usize>,
}

fn kind(binding: &Binding) -> &'static str {
    if binding.cluster {
        "ClusterRoleBinding"
    } else {
        "RoleBinding"
    }
}

fn role_kind(binding: &Binding) -> &'static str {
    if binding.role_cluster {
        "ClusterRole"
    } else {
        "Role"
    }
}

fn same(a: &Binding, b: &Binding) -> bool {
    a.role_cluster == b.role_cluster && a.role == b.role && a.subjects == b.subjects
}

/// The rules of one namespace, cut out of what counts everywhere; kept, because many bindings share them.
struct Scopes {
    scopes: FxHashMap<Text, PermissionSet>,
    cut: FxHashMap<(usize, Text), PermissionSet>,
}

impl Scopes {
    fn scope(&mut self, namespace: &Text) -> PermissionSet {
        self.scopes
            .entry(namespace.clone())
            .or_insert_with(|| rule::everything(Span::Namespace(namespace)).into())
            .clone()
    }

    fn cut(&mut self, role: usize, set: &PermissionSet, namespace: &Text) -> PermissionSet {
        if set.is_plainly_empty() {
            return set.clone();
        }
        if let Some(known) = self.cut.get(&(role, namespace.clone())) {
            return known.clone();
        }
        let cut = self.scope(namespace).intersection(set);
        self.cut.insert((role, namespace.clone()), cut.clone());
        cut
    }
}

/// Compiles every binding once and hands it to its subjects.
pub(crate) fn compile<'a>(
    world: &World<'a>,
    roles: &Roles<'a>,
    people: &mut People<'a>,
    snapshot: &mut Snapshot,
) -> Vec<Bound<'a>> {
    let mut by_name: FxHashMap<(Option<Text>, &Text), Vec<usize>> = FxHashMap::default();
    let asked = authorizers::of_roles(world, snapshot);
    let mut kept: Vec<(&'a Binding, Option<Text>, Guard)> = Vec::with_capacity(world.bindings.len());
    for binding in &world.bindings {
        let namespace = (!binding.cluster).then(|| world.home(&binding.meta));
        let known = by_name
            .entry((namespace.clone(), &binding.meta.name))
            .or_default();
        if known
            .iter()
            .all(|at| kept.get(*at).is_some_and(|(other, ..)| !same(other, binding)))
        {
            known.push(kept.len());
            kept.push((binding, namespace, Guard::always()));
        }
    }
    let mut several: Vec<&Vec<usize>> = by_name.values().filter(|several| several.len() > 1).collect();
    several.sort();
    for several in several {
        let found = |at: &usize| kept.get(*at).map(|(binding, ..)| binding.meta.location.clone());
        let locations: Vec<Location> = several.iter().filter_map(found).collect();
        let Some((binding, namespace, _)) = several.first().and_then(|at| kept.get(*at)) else {
            continue;
        };
        let name = full_name(namespace.as_ref(), &binding.meta.name);
        let guards = alternatives(kind(binding), &name, &world.name, &locations, snapshot);
        for (at, guard) in several.iter().zip(guards) {
            if let Some((.., slot)) = kept.get_mut(*at) {
                *slot = guard;
            }
        }
    }
    drop(by_name);

    let mut scopes = Scopes {
        scopes: FxHashMap::default(),
        cut: FxHashMap::default(),
    };
    let mut bound = Vec::with_capacity(kept.len());
    let kinds: (Text, Text) = ("RoleBinding".into(), "ClusterRoleBinding".into());
    for (binding, namespace, guard) in kept {
        let empty = binding.cluster && !binding.role_cluster;
        if empty {
            snapshot.remarks.push(Remark {
                location: Some(binding.meta.location.clone()),
                what: format!(
                    "ClusterRoleBinding `{}` refers to a Role, which gives nothing",
                    binding.meta.name
                )
                .into(),
                hint: "a cluster role binding can refer to a ClusterRole only".into(),
                loses: false,
            });
        }
        let label = snapshot.add_step(Step {
            kind: if binding.cluster { &kinds.1 } else { &kinds.0 }.clone(),
            name: full_name(namespace.as_ref(), &binding.meta.name),
            statement: statement(binding),
            location: Some(binding.meta.location.clone()),
            provided: binding.meta.provided,
        });
        let role_namespace = if binding.role_cluster {
            None
        } else {
            namespace.as_ref()
        };
        let found = if empty {
            Vec::new()
        } else {
            roles.find(role_namespace, &binding.role).to_vec()
        };
        let set = match (&*found, &namespace) {
            _ if empty => PermissionSet::empty(),
            ([], _) => missing(world, binding, namespace.as_ref(), snapshot),
            (found, Some(namespace)) if binding.role_cluster => {
                PermissionSet::union_of(found.iter().filter_map(|at| Some((*at, roles.get(*at)?))).map(
                    |(at, compiled)| guarded(&scopes.cut(at, &compiled.set, namespace), &compiled.guard),
                ))
            }
            (found, _) => PermissionSet::union_of(
                found
                    .iter()
                    .filter_map(|at| roles.get(*at))
                    .map(|compiled| guarded(&compiled.set, &compiled.guard)),
            ),
        };
        let guard = both(&guard, &asked);
        let set = guarded(&set, &guard);
        let set = if set.is_plainly_empty() {
            set
        } else {
            set.labelled(label)
        };
        let mut subjects = Vec::with_capacity(binding.subjects.len());
        for subject in &binding.subjects {
            let Some(who) = Who::subject(subject, namespace.as_ref()) else {
                snapshot.remarks.push(Remark {
                    location: Some(binding.meta.location.clone()),
                    what: format!(
                        "ClusterRoleBinding `{}` names service account `{}` without a namespace, which never applies",
                        binding.meta.name, subject.name
                    )
                    .into(),
                    hint: "add the namespace of the service account, or remove the subject".into(),
                    loses: false,
                });
                continue;
            };
            let at = people.place(who);
            if let Some(person) = people.all.get_mut(at) {
                // Named twice by one binding, it still holds once.
                if person.bindings.last() == Some(&bound.len()) {
                    continue;
                }
                subjects.push(at);
                person.bindings.push(bound.len());
                person.provided |= binding.meta.provided;
                if !set.is_plainly_empty() {
                    person.parts.push(set.clone());
                }
            }
        }
        bound.push(Bound {
            binding,
            namespace,
            label,
            guard,
            roles: found,
            set,
            subjects,
        });
    }
    // Whoever presents no credential is this user, in this group and no other.
    if people
        .find(&Who::Group("system:unauthenticated".into()))
        .is_some()
    {
        people.place(Who::User(ANONYMOUS.into()));
    }
    bound
}

/// What a binding gives whose role is not in the input: nothing if that means that there is none, else whatever the
/// unknown role says.
fn missing(
    world: &World<'_>,
    binding: &Binding,
    namespace: Option<&Text>,
    snapshot: &mut Snapshot,
) -> PermissionSet {
    let of = namespace.filter(|_| !binding.role_cluster);
    if world.complete.knows_roles(of) {
        return PermissionSet::empty();
    }
    let (kind, role) = (role_kind(binding), &binding.role);
    let name = full_name(if binding.role_cluster { None } else { namespace }, role);
    let settle = match namespace {
        Some(namespace) if !binding.role_cluster => format!("kubectl get role {role} -n {namespace} -o json"),
        _ => format!("kubectl get clusterrole {role} -o json"),
    };
    let atom = snapshot.add_gap(Gap {
        atom: Atom::new(&format!(
            "{kind} `{name}` of cluster `{}` is not in the input",
            world.name
        )),
        what: format!("the rules of {kind} `{name}`, to which bindings refer").into(),
        settle: settle.into(),
        side: Side::Adds,
    });
    let span = namespace.map_or(Span::Cluster, |namespace| Span::Namespace(namespace));
    rule::everything(span)
        .when(Guard::all_of([Condition::Atom(atom).holds()]))
        .into()
}

/// Adds what bindings say about roles and about what is missing.
pub(crate) fn describe(
    world: &World<'_>,
    roles: &Roles<'_>,
    people: &People<'_>,
    bound: &[Bound<'_>],
    placed: &Placed,
    snapshot: &mut Snapshot,
) {
    let mut holders: Vec<Vec<IdentityIndex>> = vec![Vec::new(); roles.all.len()];
    for bound in bound {
        for role in &bound.roles {
            if let Some(holders) = holders.get_mut(*role) {
                holders.extend(bound.subjects.iter().filter_map(|at| placed.index(*at)));
            }
        }
    }
    for (compiled, mut holders) in roles.all.iter().zip(holders) {
        holders.sort_unstable();
        holders.dedup();
        snapshot
            .entitlements
            .push(entitlement(world, compiled, Arc::from(holders)));
    }
    for bound in bound {
        let binding = bound.binding;
        if bound.roles.is_empty() && (binding.role_cluster || !binding.cluster) {
            let (resource, group) = if binding.role_cluster {
                ("clusterroles", "/")
            } else {
                ("roles", "")
            };
            let namespace = bound.namespace.as_ref().filter(|_| !binding.role_cluster);
            let place: Text =
                namespace.map_or_else(|| group.into(), |namespace| format!("{namespace}/").into());
            let name = full_name(namespace, &binding.role);
            snapshot.dangling.push(Dangling {
                kind: DanglingKind::Entitlement,
                instance: world.instance,
                missing: format!("{} {name}", role_kind(binding)).into(),
                subjects: bound.subjects.iter().filter_map(|at| placed.index(*at)).collect(),
                gives: None,
                armed_by: Some((
                    format!("rbac.authorization.k8s.io/{resource}:create").into(),
                    place,
                )),
                step: bound.label,
                complete: world.complete.knows_roles(namespace),
            });
        }
        if world.accounts.is_empty() {
            continue;
        }
        for at in &bound.subjects {
            let Some(person) = people.all.get(*at) else {
                continue;
            };
            if let (Who::Account { namespace, name }, None) = (&person.who, person.declared) {
                snapshot.dangling.push(Dangling {
                    kind: DanglingKind::Subject,
                    instance: world.instance,
                    missing: format!("ServiceAccount {namespace}/{name}").into(),
                    subjects: placed.index(*at).into_iter().collect(),
                    gives: Some(bound.set.clone()),
                    armed_by: Some((
                        "core/serviceaccounts:create".into(),
                        format!("{namespace}/").into(),
                    )),
                    step: bound.label,
                    complete: world.complete.knows_accounts(namespace),
                });
            }
        }
    }
}

/// The native text of a binding, compact.
fn statement(binding: &Binding) -> Box<str> {
    let mut out = String::with_capacity(512);
    out.push_str("{\"roleRef\":{\"kind\":");
    rule::quote(&mut out, role_kind(binding));
    out.push_str(",\"name\":");
    rule::quote(&mut out, &binding.role);
    out.push_str("},\"subjects\":[");
    for (index, subject) in binding.subjects.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str("{\"kind\":");
        rule::quote(&mut out, subject.kind.as_str());
        out.push_str(",\"name\":");
        rule::quote(&mut out, &subject.name);
        if let Some(namespace) = &subject.namespace {
            out.push_str(",\"namespace\":");
            rule::quote(&mut out, namespace);
        }
        out.push('}');
        if out.len() > 400 {
            break;
        }
    }
    out.push_str("]}");
    rule::cut(out)
}
