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

#[cfg(test)]
mod tests {
    use super::*;

    /// `groups | resources | verbs | names`, or `/url,/url | verbs`.
    fn rule(text: &str) -> Rule {
        let parts: Vec<Box<[Text]>> = text
            .split('|')
            .map(|part| {
                part.trim()
                    .split(',')
                    .filter(|word| !word.is_empty())
                    .map(Text::from)
                    .collect()
            })
            .collect();
        match &parts[..] {
            [urls, verbs] => Rule {
                urls: urls.clone(),
                verbs: verbs.clone(),
                ..Rule::default()
            },
            [groups, resources, verbs, rest @ ..] => Rule {
                groups: groups.clone(),
                resources: resources.clone(),
                verbs: verbs.clone(),
                names: rest.first().cloned().unwrap_or_default(),
                urls: rest.get(1).cloned().unwrap_or_default(),
            },
            _ => panic!("{text}"),
        }
    }

    fn rules(text: &[&str]) -> Vec<Rule> {
        text.iter().map(|text| rule(text)).collect()
    }

    /// The situations of `policy_comparator_test.go`: what is held, what is wanted, what stays uncovered.
    #[test]
    fn covering_is_decided_atom_by_atom() {
        let table: &[(&[&str], &[&str], &[&str])] = &[
            (&["v1|builds|get"], &["v1|builds|get"], &[]),
            (&["v1|*/scale|get"], &["v1|foo/scale|get"], &[]),
            (&["v1|*/scale|get"], &["v1|scale|get"], &["v1|scale|get"]),
            (
                &[
                    "v1|deployments|delete",
                    "v1|builds|delete",
                    "v1|builds,deployments|update",
                ],
                &["v1|builds,deployments|delete,update"],
                &[],
            ),
            (
                &[
                    "g1|a|delete",
                    "g1|b|delete",
                    "g1|a,b|update",
                    "g2|a|delete",
                    "g2|b|delete",
                    "g2|a,b|update",
                ],
                &["g1,g2|a,b|delete,update"],
                &[],
            ),
            (
                &["g1,g2|a,b|delete,update"],
                &["g1|a|delete", "g2|b|delete", "g2|a,b|update"],
                &[],
            ),
            (
                &["v1|builds,deployments|delete,update", "v1|pods|delete"],
                &["v1|builds,deployments,pods|delete,update"],
                &["v1|pods|update"],
            ),
            (&["*|roles|get"], &["g1,g2|roles|get"], &[]),
            (&["g|roles|get"], &["*|roles|get"], &["*|roles|get"]),
            (&["*|roles|get"], &["*|roles|get"], &[]),
            (&["v1|roles|*"], &["v1|roles|watch,list"], &[]),
            (
                &["v1|roles|get,list,watch,create,update,delete"],
                &["v1|roles|*"],
                &["v1|roles|*"],
            ),
            (&["v1|roles|*"], &["v1|roles|*"], &[]),
            (&["v1|*|get"], &["v1|deployments|get"], &[]),
            (&["v1|*|get"], &["v1|deployments/scale|get"], &[]),
            (&["v1|roles,deployments|get"], &["v1|*|get"], &["v1|*|get"]),
            (&["v1|*|get"], &["v1|*|get"], &[]),
            (&["v1|pods|get"], &["v1|pods|get|foo,bar"], &[]),
            (&["v1|pods|get|foo,bar"], &["v1|pods|get"], &["v1|pods|get"]),
            (
                &["v1|pods|get|foo"],
                &["v1|pods|get|foo,bar"],
                &["v1|pods|get|bar"],
            ),
            (&["/apis|*"], &["/apis|*"], &[]),
            (&["*|*"], &["/apis,/apis/v1,/|*"], &[]),
            (&["/apis/*|*"], &["/apis,/apis/v1|get"], &["/apis|get"]),
            (&["/apis/*|*"], &["/apis/v1/foo,/apis/v1|get"], &[]),
            (&["v1|builds|get||/apis"], &["v1|builds|get||/apis"], &[]),
            (&["v1|builds|get"], &["v1|builds|get||/apis"], &["/apis|get"]),
        ];
        for (held, wanted, left) in table {
            assert_eq!(
                uncovered(&rules(held), &rules(wanted)),
                rules(left),
                "{held:?} over {wanted:?}"
            );
        }
    }

    #[test]
    fn urls_are_covered_by_prefix() {
        let table = [
            ("*", "", true),
            ("*", "/", true),
            ("*", "/api", true),
            ("/*", "", false),
            ("/*", "/", true),
            ("/*", "/foo", true),
            ("/api", "/api", true),
            ("/apis", "/api", false),
            ("/api/v1", "/api", false),
            ("/api/*", "/api/v1", true),
            ("/api/*", "/api", false),
            ("/api/*/*", "/api/v1", false),
            ("/*/v1/*", "/api/v1", false),
        ];
        for (held, wanted, covered) in table {
            assert_eq!(
                urls(&[held.into()], &[wanted.into()]),
                covered,
                "{held} over {wanted}"
            );
        }
    }
}
