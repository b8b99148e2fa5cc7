//! Random small clusters, biased to the traps: every request of a small universe must be in the compiled set of an
//! identity exactly where the slow twin allows it.

use leastwise_bench::Random;
use leastwise_model::{File, FileIndex, Location, Reader, Settings, Snapshot, Text};
use leastwise_permset::{Answers, Request};

use super::{Attributes, Objects, User};
use crate::object::{
    Account, Binding, Labels, Meta, Object, Requirement, Role, Rule, Selector, Subject, SubjectKind,
};
use crate::reader::ClusterReader;

const VERBS: [&str; 5] = [
    "get",
    "list",
    "GET",
    "impersonate",
    "impersonate-on:user-info:get",
];
const GROUPS: [&str; 3] = ["", "apps", "example.io"];
const RESOURCES: [(&str, &str); 9] = [
    ("pods", ""),
    ("pods", "log"),
    ("pods", "*"),
    ("namespaces", ""),
    ("namespaces", "status"),
    ("nodes", ""),
    ("userextras", "example.org/key"),
    ("key", ""),
    ("log", ""),
];
const RULE_RESOURCES: [&str; 13] = [
    "*",
    "pods",
    "pods/log",
    "*/log",
    "pods/*",
    "*/*",
    "namespaces",
    "nodes",
    "*/status",
    "userextras/example.org/key",
    "*/example.org/key",
    "*/key",
    "log",
];
const NAMESPACES: [&str; 3] = ["", "a", "b"];
const NAMES: [&str; 5] = ["", "a", "x", "*", "example.org/signer"];
const PATHS: [&str; 7] = ["/", "/foo", "/foo/", "/foo/bar", "/foo*", "/a*b", "/axb"];
const RULE_URLS: [&str; 8] = ["*", "/foo", "/foo*", "/foo/*", "/foo**", "/a*b", "/*", "foo*"];
const ROLE_NAMES: [&str; 4] = ["one", "two", "three", "missing"];

fn text(text: &str) -> Text {
    text.into()
}

fn some(random: &mut Random, from: &[&str], most: usize) -> Box<[Text]> {
    let count = random.between(0, most);
    (0..count.max(usize::from(random.chance(0.9))))
        .map(|_| text(random.pick(from, "")))
        .collect()
}

fn rule(random: &mut Random) -> Rule {
    let urls = random.chance(0.25);
    Rule {
        verbs: some(
            random,
            &[
                "*",
                "get",
                "list",
                "GET",
                "impersonate",
                "impersonate-on:user-info:get",
            ],
            2,
        ),
        groups: some(random, &["*", "", "", "apps", "core", "example.io"], 2),
        resources: some(random, &RULE_RESOURCES, 3),
        names: if random.chance(0.4) {
            some(random, &NAMES, 2)
        } else {
            Box::default()
        },
        urls: if urls {
            some(random, &RULE_URLS, 2)
        } else {
            Box::default()
        },
    }
}

fn meta(namespace: Option<&str>, name: String) -> Meta {
    Meta {
        namespace: namespace.map(text),
        name: name.into(),
        uid: 0,
        live: false,
        listed: false,
        provided: false,
        location: Location {
            file: FileIndex(0),
            line: 0,
            column: 0,
            pointer: "".into(),
        },
    }
}

fn labels(random: &mut Random) -> Labels {
    let mut labels = Vec::new();
    for key in ["l1", "l2"] {
        if random.chance(0.5) {
            labels.push((text(key), text(random.pick(&["u", "v"], ""))));
        }
    }
    labels.into()
}

fn selector(random: &mut Random) -> Selector {
    let key = text(random.pick(&["l1", "l2"], ""));
    let values: Box<[Text]> = Box::new([text(random.pick(&["u", "v"], ""))]);
    Selector(match random.below(8) {
        0 => Box::new([]),
        1 => Box::new([Requirement::NotIn(key, values)]),
        2 => Box::new([Requirement::Exists(key)]),
        3 => Box::new([Requirement::DoesNotExist(key)]),
        _ => Box::new([Requirement::In(key, values)]),
    })
}

fn role(random: &mut Random, name: &str, namespace: Option<&str>) -> Role {
    let aggregation = (namespace.is_none() && random.chance(0.3)).then(|| {
        (0..random.between(1, 2))
            .map(|_| selector(random))
            .collect::<Box<[Selector]>>()
    });
    let count = if aggregation.is_some() {
        0
    } else {
        random.between(1, 3)
    };
    Role {
        meta: meta(namespace, name.to_owned()),
        cluster: namespace.is_none(),
        rules: (0..count).map(|_| rule(random)).collect(),
        places: vec![(0, 0); count].into(),
        labels: if namespace.is_none() {
            labels(random)
        } else {
            Box::default()
        },
        aggregation,
    }
}

fn subject(random: &mut Random) -> Subject {
    let (kind, name, namespace) = match random.below(10) {
        0 => (SubjectKind::User, "alice", None),
        1 => (SubjectKind::User, "system:serviceaccount:a:x", None),
        2 => (SubjectKind::User, "system:anonymous", None),
        3 => (
            SubjectKind::Group,
            random.pick(&["system:serviceaccounts", "system:serviceaccounts:a"], ""),
            None,
        ),
        4 => (
            SubjectKind::Group,
            random.pick(&["system:authenticated", "system:unauthenticated"], ""),
            None,
        ),
        5 => (SubjectKind::Group, "alice", None),
        6 => (SubjectKind::ServiceAccount, "x", None),
        7 => (SubjectKind::ServiceAccount, "alice", Some("b")),
        _ => (
            SubjectKind::ServiceAccount,
            "x",
            Some(random.pick(&["a", "b"], "")),
        ),
    };
    Subject {
        kind,
        name: text(name),
        namespace: namespace.map(text),
    }
}

pub(super) fn world(random: &mut Random) -> Objects {
    let mut objects = Objects::default();
    for name in &ROLE_NAMES[..3] {
        objects.roles.push(role(random, name, None));
        for namespace in ["a", "b"] {
            objects.roles.push(role(random, name, Some(namespace)));
        }
    }
    for at in 0..random.between(1, 5) {
        let cluster = random.chance(0.4);
        let namespace = (!cluster).then(|| random.pick(&["a", "b"], ""));
        objects.bindings.push(Binding {
            meta: meta(namespace, format!("binding-{at}")),
            cluster,
            role_cluster: random.chance(if cluster { 0.9 } else { 0.5 }),
            role: text(random.pick(&ROLE_NAMES, "")),
            subjects: (0..random.between(1, 2)).map(|_| subject(random)).collect(),
        });
    }
    objects
}

pub(super) fn compiled(objects: &Objects) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(File {
        path: "c".into(),
        unit: "c".into(),
    });
    let mut reader = ClusterReader::new(&Settings::default());
    for role in &objects.roles {
        reader.keep(file, Object::Role(role.clone()));
    }
    for binding in &objects.bindings {
        reader.keep(file, Object::Binding(binding.clone()));
    }
    for (namespace, name) in [("a", "x"), ("b", "x"), ("b", "alice")] {
        let meta = meta(Some(namespace), name.to_owned());
        let account = Account {
            meta,
            labels: Box::default(),
            automount: None,
            created: None,
        };
        reader.keep(file, Object::Account(account));
    }
    Box::new(reader).compile(&mut snapshot);
    snapshot
}

/// Everybody who can be in a world, with the groups that their credentials give them.
pub(super) fn users() -> Vec<(&'static str, User)> {
    let user = |name: &str, groups: &[&str]| User {
        name: name.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let account = |namespace: &str, name: &str| {
        let own = format!("system:serviceaccounts:{namespace}");
        user(
            &format!("system:serviceaccount:{namespace}:{name}"),
            &["system:serviceaccounts", &own, "system:authenticated"],
        )
    };
    vec![
        ("kubernetes:c:system:serviceaccount:a:x", account("a", "x")),
        ("kubernetes:c:system:serviceaccount:b:x", account("b", "x")),
        (
            "kubernetes:c:system:serviceaccount:b:alice",
            account("b", "alice"),
        ),
        (
            "kubernetes:c:user:alice",
            user("alice", &["system:authenticated"]),
        ),
        (
            "kubernetes:c:user:system:anonymous",
            user("system:anonymous", &["system:unauthenticated"]),
        ),
        // A group is whoever is in it and in nothing else.
        ("kubernetes:c:group:alice", user("", &["alice"])),
        (
            "kubernetes:c:group:system:serviceaccounts",
            user("", &["system:serviceaccounts"]),
        ),
    ]
}

/// A request as it is spelled here.
pub(super) fn spelled(asked: Attributes) -> (Request, Attributes) {
    let request = match &asked {
        Attributes::Url { verb, path } => Request::new(&format!("nonresource:{verb}"), path),
        Attributes::Resource {
            verb,
            group,
            resource,
            subresource,
            namespace,
            name,
        } => {
            let group = if group.is_empty() { "core" } else { group };
            let slash = if subresource.is_empty() { "" } else { "/" };
            let action = format!("{group}/{resource}{slash}{subresource}:{verb}");
            Request::new(&action, &format!("{namespace}/{name}"))
        }
    };
    (request, asked)
}

fn requests() -> Vec<(Request, Attributes)> {
    let mut all = Vec::new();
    for verb in VERBS {
        for path in PATHS {
            all.push(spelled(Attributes::Url {
                verb: verb.to_owned(),
                path: path.to_owned(),
            }));
        }
        for group in GROUPS {
            for (resource, subresource) in RESOURCES {
                for namespace in NAMESPACES {
                    for name in NAMES {
                        all.push(spelled(Attributes::Resource {
                            verb: verb.to_owned(),
                            group: group.to_owned(),
                            resource: resource.to_owned(),
                            subresource: subresource.to_owned(),
                            namespace: namespace.to_owned(),
                            name: name.to_owned(),
                        }));
                    }
                }
            }
        }
    }
    all
}

/// A request that is aimed at a rule: it takes its words, and others where a star stands or, now and then, by chance.
pub(super) fn aimed(random: &mut Random, rule: &Rule) -> (Request, Attributes) {
    let word = |random: &mut Random, list: &[Text], others: &[&str]| -> String {
        let given: Vec<&str> = list
            .iter()
            .map(|text| &**text)
            .filter(|text| *text != "*")
            .collect();
        let from = if given.is_empty() || random.chance(0.1) {
            others
        } else {
            &given
        };
        random.pick(from, "").to_owned()
    };
    let verb = word(random, &rule.verbs, &VERBS);
    if !rule.urls.is_empty() && random.chance(0.5) {
        let path = word(random, &rule.urls, &PATHS);
        let path = if random.chance(0.5) {
            path.replace('*', "/bar")
        } else {
            path
        };
        // A request without a path is one for a resource.
        let path = if path.is_empty() { "/".to_owned() } else { path };
        return spelled(Attributes::Url { verb, path });
    }
    let resource = word(random, &rule.resources, &RULE_RESOURCES);
    let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
    let resource = if resource == "*" {
        random.pick(&["pods", "key"], "")
    } else {
        resource
    };
    let group = word(random, &rule.groups, &GROUPS);
    spelled(Attributes::Resource {
        verb,
        // What is spelled so is the group without a name.
        group: if group == "core" { String::new() } else { group },
        resource: resource.to_owned(),
        subresource: subresource.to_owned(),
        namespace: random.pick(&NAMESPACES, "").to_owned(),
        name: word(random, &rule.names, &NAMES),
    })
}

#[test]
fn compiled_sets_hold_exactly_what_the_authorizer_allows() {
    let (all, users) = (requests(), users());
    let mut random = Random::new(20_261_121);
    let (mut checks, mut allowed) = (0u32, 0u32);
    for number in 0..600 {
        let objects = world(&mut random);
        let snapshot = compiled(&objects);
        let mut twin = objects.clone();
        twin.aggregate();
        for (id, user) in &users {
            // Users and groups are known only where a binding names them.
            let Some(identity) = snapshot.identities.iter().find(|identity| &*identity.id == *id) else {
                continue;
            };
            let held = identity.holding.effective();
            for at in random.sample(all.len(), 60) {
                let (request, attributes) = &all[at];
                let expected = twin.authorize(user, attributes);
                // A missing role gives nothing here: what it may give is guarded by an atom.
                let found = held.contains_given(request, &Answers::none());
                assert_eq!(found, expected, "world {number}, {id}, {request:?}\n{objects:#?}");
                checks += 1;
                allowed += u32::from(expected);
            }
        }
    }
    assert!(
        checks >= 100_000 && allowed >= checks / 50,
        "{allowed} of {checks}"
    );
}

#[test]
fn every_yes_has_a_trail_from_binding_to_rule() {
    let (all, users) = (requests(), users());
    let mut random = Random::new(7);
    let mut trails = 0u32;
    for _ in 0..400 {
        let snapshot = compiled(&world(&mut random));
        for (id, _) in &users {
            let Some(identity) = snapshot.identities.iter().find(|identity| &*identity.id == *id) else {
                continue;
            };
            let held = identity.holding.effective();
            for at in random.sample(all.len(), 40) {
                for trail in held.trails(&all[at].0, &Answers::none(), 8) {
                    let kinds: Vec<&str> = trail
                        .iter()
                        .filter_map(|label| snapshot.step(*label))
                        .map(|step| &*step.kind)
                        .collect();
                    assert_eq!(kinds.last(), Some(&"rule"), "{kinds:?}");
                    assert!(kinds.iter().any(|kind| kind.ends_with("Binding")), "{kinds:?}");
                    trails += 1;
                }
            }
        }
    }
    assert!(trails > 500, "{trails}");
}
