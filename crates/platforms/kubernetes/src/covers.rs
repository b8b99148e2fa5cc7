//! Whether rules *cover* other rules: the comparison by which the API server lets one write a role or binding
//! that gives no more than one holds.
//!
//! Source: kubernetes/kubernetes `staging/src/k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go`.
//! Covering is not inclusion: the rules to be covered are broken into atoms (one verb on one resource of one
//! group, or one URL), and each atom must be covered by one single rule. `*` is covered by `*` only.

use leastwise_model::Text;

use crate::object::Rule;

/// The atoms of `wanted` that no rule of `held` covers, in order; none where `held` covers all.
pub(crate) fn uncovered(held: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    wanted
        .iter()
        .flat_map(atoms)
        .filter(|atom| !held.iter().any(|rule| covers(rule, atom)))
        .collect()
}

fn list(text: &Text) -> Box<[Text]> {
    Box::new([text.clone()])
}

/// A rule broken into rules of one verb, one group, one resource and at most one name, or of one verb and one URL.
fn atoms(rule: &Rule) -> Vec<Rule> {
    let mut atoms = Vec::new();
    for group in &rule.groups {
        for resource in &rule.resources {
            for verb in &rule.verbs {
                let atom = Rule {
                    verbs: list(verb),
                    groups: list(group),
                    resources: list(resource),
                    ..Rule::default()
                };
                if rule.names.is_empty() {
                    atoms.push(atom);
                } else {
                    atoms.extend(rule.names.iter().map(|name| Rule {
                        names: list(name),
                        ..atom.clone()
                    }));
                }
            }
        }
    }
    for url in &rule.urls {
        atoms.extend(rule.verbs.iter().map(|verb| Rule {
            verbs: list(verb),
            urls: list(url),
            ..Rule::default()
        }));
    }
    atoms
}

fn has(list: &[Text], wanted: &str) -> bool {
    list.iter().any(|text| &**text == wanted)
}

fn has_all(list: &[Text], wanted: &[Text]) -> bool {
    wanted.iter().all(|text| has(list, text))
}

fn covers(held: &Rule, atom: &Rule) -> bool {
    let verbs = has(&held.verbs, "*") || has_all(&held.verbs, &atom.verbs);
    let groups = has(&held.groups, "*") || has_all(&held.groups, &atom.groups);
    let names = match (&*held.names, &*atom.names) {
        ([], _) => true,
        (_, []) => false,
        (held, wanted) => has_all(held, wanted),
    };
    verbs && groups && resources(held, atom) && names && urls(&held.urls, &atom.urls)
}

fn resources(held: &Rule, atom: &Rule) -> bool {
    // A star covers subresources, and `*/x` covers the subresource `x` of every resource.
    has(&held.resources, "*")
        || has_all(&held.resources, &atom.resources)
        || atom.resources.iter().all(|wanted| {
            has(&held.resources, wanted)
                || wanted
                    .split_once('/')
                    .is_some_and(|(_, sub)| has(&held.resources, &format!("*/{sub}")))
        })
}

fn urls(held: &[Text], wanted: &[Text]) -> bool {
    wanted.iter().all(|wanted| {
        held.iter().any(|held| {
            held == wanted
                || held
                    .strip_suffix('*')
                    .is_some_and(|_| wanted.starts_with(held.trim_end_matches('*')))
        })
    })
}
