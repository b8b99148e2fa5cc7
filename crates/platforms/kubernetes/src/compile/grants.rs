//! What somebody can give themselves: by binding roles, and by writing roles past what they hold.
//!
//! Sources: kubernetes/kubernetes `pkg/registry/rbac/escalation_check.go` and
//! `pkg/registry/rbac/*/policybased/storage.go`. What a binding or role gives that its writer holds already
//! (`covers`) is nothing new for the writer and not listed here.
//!
//! Roles that no `resourceNames` of a rule with `bind` mentions cannot be told apart by such rules: whoever may
//! bind one of them may bind them all. So one of them stands for all, and only mentioned roles are listed alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, Snapshot, Text};
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::Techniques;
use super::accounts::{People, Who};
use super::adding::{Adding, named, need, need_one_of};
use super::bindings::Bound;
use super::identities::Placed;
use super::roles::Roles;
use crate::rule::{self, Native, Span, touches};

const RBAC: &str = "rbac.authorization.k8s.io";

fn action(resource: &str, verb: &str) -> Text {
    format!("{RBAC}/{resource}:{verb}").into()
}

/// What the rules of a role can be used for here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Powers {
    bind_cluster: bool,
    bind_role: bool,
    binding_create: bool,
    binding_change: bool,
    escalates: bool,
}

impl Powers {
    fn of(rule: &Native) -> Self {
        let can = |resource: &str, verb: &str| touches(rule, RBAC, resource, verb);
        Self {
            bind_cluster: can("clusterroles", "bind"),
            bind_role: can("roles", "bind"),
            binding_create: can("rolebindings", "create"),
            binding_change: ["rolebindings", "clusterrolebindings"]
                .iter()
                .any(|kind| can(kind, "update") || can(kind, "patch")),
            escalates: can("clusterroles", "escalate") || can("roles", "escalate"),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            bind_cluster: self.bind_cluster || other.bind_cluster,
            bind_role: self.bind_role || other.bind_role,
            binding_create: self.binding_create || other.binding_create,
            binding_change: self.binding_change || other.binding_change,
            escalates: self.escalates || other.escalates,
        }
    }

    /// What an unknown role may hold.
    const ALL: Self = Self {
        bind_cluster: true,
        bind_role: true,
        binding_create: true,
        binding_change: true,
        escalates: true,
    };
}

/// Adds the opportunities of a cluster to gain more.
pub(crate) fn compile(
    roles: &Roles<'_>,
    people: &People<'_>,
    bound: &[Bound<'_>],
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let adding = Adding {
        snapshot,
        techniques,
        bearers: placed.everybody.clone(),
    };
    let by_role: Vec<Powers> = (0..roles.all.len())
        .map(|at| {
            roles
                .rules(at)
                .map(Powers::of)
                .fold(Powers::default(), Powers::and)
        })
        .collect();
    let of_binding = |bound: &Bound<'_>| match &*bound.roles {
        [] if bound.set.is_plainly_empty() => Powers::default(),
        [] => Powers::ALL,
        roles => roles
            .iter()
            .filter_map(|at| by_role.get(*at).copied())
            .fold(Powers::default(), Powers::and),
    };
    let powers: Vec<Powers> = bound.iter().map(of_binding).collect();
    let mut everywhere = Powers::default();
    let mut within: BTreeMap<Text, Powers> = BTreeMap::new();
    for (bound, powers) in bound.iter().zip(&powers) {
        match &bound.namespace {
            None => everywhere = everywhere.and(*powers),
            Some(namespace) => {
                let known = within.entry(namespace.clone()).or_default();
                *known = known.and(*powers);
            }
        }
    }
    let mut grants = Grants { roles, adding };
    grants.binding(everywhere, &within);
    grants.joining(bound, everywhere, &within);
    grants.new_roles(everywhere, &within);
    grants.own_roles(&bearers(people, bound, &powers, placed));
}

/// The roles that one bind request stands for.
struct Choice {
    /// The role to ask `bind` for.
    name: Text,
    gives: PermissionSet,
}

struct Grants<'a, 's> {
    roles: &'a Roles<'a>,
    adding: Adding<'s>,
}

/// All requests in any namespace.
fn namespaced() -> Region {
    let namespace = [
        Element::OneExcept('/'),
        Element::ManyExcept('/'),
        Element::Text("/".into()),
        Element::Many,
    ];
    Region::new(Strings::any(), Strings::one(Pattern::new(namespace, Case::Exact)))
}

impl<'a> Grants<'a, '_> {
    /// The roles of a namespace, or the cluster roles, as choices that `bind` can tell apart.
    fn choices(&self, of: &[usize], mentioned: &BTreeSet<&Text>) -> Vec<Choice> {
        let mut alone = Vec::new();
        let mut rest: Vec<(&Text, PermissionSet)> = Vec::new();
        for compiled in of
            .iter()
            .filter_map(|at| self.roles.get(*at))
            .filter(|compiled| !compiled.set.is_plainly_empty())
        {
            let name = &compiled.role.meta.name;
            let gives = super::roles::guarded(&compiled.set, &compiled.guard);
            match mentioned.contains(name) {
                true => alone.push(Choice {
                    name: name.clone(),
                    gives,
                }),
                false => rest.push((name, gives)),
            }
        }
        // One that gives everything speaks for the rest, and reads best.
        let full = of.iter().filter_map(|at| self.roles.get(*at)).find(|compiled| {
            !mentioned.contains(&compiled.role.meta.name) && compiled.role.rules.iter().any(is_full)
        });
        let name = full
            .map(|compiled| &compiled.role.meta.name)
            .or_else(|| rest.iter().map(|(name, _)| *name).min());
        if let Some(name) = name {
            let gives = PermissionSet::union_of(rest.iter().map(|(_, set)| set.clone()));
            alone.push(Choice {
                name: name.clone(),
                gives,
            });
        }
        alone
    }

    /// The names that rules with one of these verbs on a resource mention.
    fn mentioned(&self, resource: &str, verbs: &[&str]) -> BTreeSet<&'a Text> {
        let rules = self.roles.all.iter().flat_map(|compiled| &compiled.role.rules);
        rules
            .filter(|rule| {
                !rule.names.is_empty() && verbs.iter().any(|verb| touches(rule, RBAC, resource, verb))
            })
            .flat_map(|rule| &rule.names)
            .collect()
    }

    /// Subjects of a binding can be changed, its role cannot; the change asks for `bind` on that role again.
    /// Bindings and roles that no rule with these verbs mentions by name cannot be told apart by such rules.
    fn joining(&mut self, bound: &[Bound<'_>], everywhere: Powers, within: &BTreeMap<Text, Powers>) {
        let kinds = ["rolebindings", "clusterrolebindings"];
        let change = kinds.map(|kind| self.mentioned(kind, &["update", "patch"]));
        let binds = ["roles", "clusterroles"].map(|kind| self.mentioned(kind, &["bind"]));
        // By scope, kind of role, and the name of binding and role where these are told apart.
        type Key<'k> = (Option<Text>, bool, Option<&'k Text>, Option<&'k Text>);
        let mut groups: BTreeMap<Key<'_>, (Text, Text, Vec<PermissionSet>)> = BTreeMap::new();
        for bound in bound {
            let binding = bound.binding;
            let here = bound
                .namespace
                .as_ref()
                .and_then(|namespace| within.get(namespace));
            let powers = here.copied().unwrap_or_default().and(everywhere);
            let bind = if binding.role_cluster {
                powers.bind_cluster
            } else {
                powers.bind_role
            };
            if !(powers.binding_change && bind) || bound.roles.is_empty() || bound.set.is_plainly_empty() {
                continue;
            }
            let alone = |known: &[BTreeSet<&'a Text>; 2], second: bool, name: &Text| {
                let known = if second { &known[1] } else { &known[0] };
                known.get(name).copied()
            };
            let key = (
                bound.namespace.clone(),
                binding.role_cluster,
                alone(&change, binding.cluster, &binding.meta.name),
                alone(&binds, binding.role_cluster, &binding.role),
            );
            let names = || (binding.meta.name.clone(), binding.role.clone(), Vec::new());
            groups.entry(key).or_insert_with(names).2.push(bound.set.clone());
        }
        for ((namespace, role_cluster, ..), (binding, role, gives)) in groups {
            let (roles, bindings) = (
                if role_cluster { "clusterroles" } else { "roles" },
                if namespace.is_some() {
                    "rolebindings"
                } else {
                    "clusterrolebindings"
                },
            );
            let place = |name: &Text| match &namespace {
                Some(namespace) => format!("{namespace}/{name}"),
                None => format!("/{name}"),
            };
            let write =
                ["update", "patch"].map(|verb| rule::request(&action(bindings, verb), &place(&binding)));
            let needs = vec![
                need(&action(roles, "bind"), &place(&role)),
                need_one_of(&action(bindings, "update"), write),
            ];
            self.adding
                .gain("join-binding", needs, None, PermissionSet::union_of(gives));
        }
    }

    fn binding(&mut self, everywhere: Powers, within: &BTreeMap<Text, Powers>) {
        let cluster: Vec<usize> = (0..self.roles.all.len())
            .filter(|at| self.roles.get(*at).is_some_and(|of| of.role.cluster))
            .collect();
        let choices = self.choices(&cluster, &self.mentioned("clusterroles", &["bind"]));
        let (bind, create_cluster, create) = (
            action("clusterroles", "bind"),
            action("clusterrolebindings", "create"),
            action("rolebindings", "create"),
        );
        let in_namespaces = PermissionSet::from(namespaced());
        for choice in &choices {
            let ask = || need(&bind, &format!("/{}", choice.name));
            self.adding.gain(
                "bind-cluster-role",
                vec![ask(), need(&create_cluster, "/")],
                None,
                choice.gives.clone(),
            );
            // Whoever may create bindings outside of any namespace may create them in every one.
            let gives = in_namespaces.intersection(&choice.gives);
            self.adding
                .gain("bind-role", vec![ask(), need(&create, "/")], None, gives);
        }
        for (namespace, here) in within {
            // What is held in every namespace was counted above.
            let bind_here = here.bind_cluster || here.binding_create && everywhere.bind_cluster;
            let create_here = here.binding_create || here.bind_cluster && everywhere.binding_create;
            if !(bind_here && create_here) {
                continue;
            }
            let scope = PermissionSet::from(rule::everything(Span::Namespace(namespace)));
            for choice in &choices {
                let needs = vec![
                    need(&bind, &format!("{namespace}/{}", choice.name)),
                    need(&create, &format!("{namespace}/")),
                ];
                self.adding
                    .gain("bind-role", needs, None, scope.intersection(&choice.gives));
            }
        }
        let mut of_namespaces: BTreeMap<Text, Vec<usize>> = BTreeMap::new();
        for (at, compiled) in self.roles.all.iter().enumerate() {
            if let Some(namespace) = &compiled.namespace {
                of_namespaces.entry(namespace.clone()).or_default().push(at);
            }
        }
        let (bind, mentioned) = (action("roles", "bind"), self.mentioned("roles", &["bind"]));
        for (namespace, roles) in of_namespaces {
            let here = within
                .get(&namespace)
                .copied()
                .unwrap_or_default()
                .and(everywhere);
            if !(here.bind_role && here.binding_create) {
                continue;
            }
            for choice in self.choices(&roles, &mentioned) {
                let needs = vec![
                    need(&bind, &format!("{namespace}/{}", choice.name)),
                    need(&create, &format!("{namespace}/")),
                ];
                self.adding.gain("bind-role", needs, None, choice.gives);
            }
        }
    }

    /// Writing a new role needs `escalate` for a role without a name, because the name is not known when it is asked.
    fn new_roles(&mut self, everywhere: Powers, within: &BTreeMap<Text, Powers>) {
        if everywhere.escalates && everywhere.bind_cluster {
            let bind = action("clusterroles", "bind");
            let needs = vec![
                need(&action("clusterroles", "escalate"), "/"),
                need(&action("clusterroles", "create"), "/"),
                need(&action("clusterrolebindings", "create"), "/"),
                need_one_of(&bind, [named(&bind, "")]),
            ];
            self.adding
                .gain("escalate-new-role", needs, None, Region::everything().into());
        }
        for (namespace, here) in within {
            let all = here.and(everywhere);
            if !(all.escalates && all.bind_role && all.binding_create) {
                continue;
            }
            let (nameless, bind) = (format!("{namespace}/"), action("roles", "bind"));
            let needs = vec![
                need(&action("roles", "escalate"), &nameless),
                need(&action("roles", "create"), &nameless),
                need(&action("rolebindings", "create"), &nameless),
                need_one_of(&bind, [named(&bind, namespace)]),
            ];
            self.adding.gain(
                "escalate-new-role",
                needs,
                None,
                rule::everything(Span::Namespace(namespace)).into(),
            );
        }
    }

    /// Adding rules to a role that one is bound to, or to what it aggregates, gives whatever one likes in the scope
    /// of the binding.
    fn own_roles(&mut self, bearers: &BTreeMap<(usize, Option<Text>), Arc<[IdentityIndex]>>) {
        for ((role, namespace), bearers) in bearers {
            let Some(compiled) = self.roles.get(*role) else {
                continue;
            };
            let span = namespace.as_deref().map_or(Span::Cluster, Span::Namespace);
            let gives = PermissionSet::from(rule::everything(span));
            let (resource, home) = match &compiled.namespace {
                Some(namespace) => ("roles", &**namespace),
                None => ("clusterroles", ""),
            };
            if compiled.role.aggregation.is_some() {
                let needs = vec![
                    need(&action("clusterroles", "escalate"), "/"),
                    need(&action("clusterroles", "create"), "/"),
                ];
                self.adding
                    .gain("escalate-aggregate", needs, Some(bearers), gives);
                continue;
            }
            let place = format!("{home}/{}", compiled.role.meta.name);
            let write = |verb: &str| {
                Region::new(
                    Strings::literal(&action(resource, verb)),
                    Strings::literal(&place),
                )
            };
            let needs: Vec<Need> = vec![
                need(&action(resource, "escalate"), &place),
                need_one_of(&action(resource, "update"), [write("update"), write("patch")]),
            ];
            self.adding.gain("escalate-role", needs, Some(bearers), gives);
        }
    }
}

fn is_full(rule: &Native) -> bool {
    let has_star = |list: &[Text]| list.iter().any(|text| &**text == "*");
    has_star(&rule.verbs) && has_star(&rule.groups) && has_star(&rule.resources) && rule.names.is_empty()
}

/// Who is bound to each role in each scope, of those whose rules hold `escalate` at all.
fn bearers(
    people: &People<'_>,
    bound: &[Bound<'_>],
    powers: &[Powers],
    placed: &Placed,
) -> BTreeMap<(usize, Option<Text>), Arc<[IdentityIndex]>> {
    let holds = |at: usize| {
        let bindings = people.all.get(at).map_or(&[][..], |person| &person.bindings);
        bindings
            .iter()
            .any(|binding| powers.get(*binding).is_some_and(|powers| powers.escalates))
    };
    let mut groups: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (group, members) in &placed.members {
        for member in members {
            groups.entry(*member).or_default().push(*group);
        }
    }
    let nobody = Vec::new();
    let mut found: BTreeMap<(usize, Option<Text>), BTreeSet<IdentityIndex>> = BTreeMap::new();
    for (at, person) in people.all.iter().enumerate() {
        let of = groups
            .get(&at)
            .filter(|_| !matches!(person.who, Who::Group(_)))
            .unwrap_or(&nobody);
        if !holds(at) && !of.iter().any(|group| holds(*group)) {
            continue;
        }
        let Some(index) = placed.index(at) else { continue };
        let through = of
            .iter()
            .filter_map(|group| people.all.get(*group))
            .flat_map(|group| &group.bindings);
        for bound in person
            .bindings
            .iter()
            .chain(through)
            .filter_map(|binding| bound.get(*binding))
        {
            for role in &bound.roles {
                found
                    .entry((*role, bound.namespace.clone()))
                    .or_default()
                    .insert(index);
            }
        }
    }
    found
        .into_iter()
        .map(|(key, bearers)| (key, bearers.into_iter().collect()))
        .collect()
}
