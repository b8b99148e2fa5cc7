//! Random users with entities, groups in groups and templates, read back as an export, against what their tokens may do.

use std::collections::BTreeSet;

use leastwise_document::{Limits, read};
use leastwise_model::{File, Platform, Settings, Snapshot};
use leastwise_permset::{Openness, Question, Verdict};
use leastwise_vault::{Operation, Vault};
use serde_json::{Map, Value, json};

use super::Tally;
use super::random::Random;
use super::server::{ROOT, Server};

const TEMPLATES: [&str; 7] = [
    "{{identity.entity.name}}",
    "{{identity.entity.metadata.team}}",
    "{{ identity.entity.metadata.none }}",
    "{{identity.groups.names.outer.metadata.x}}",
    "{{identity.groups.names.inner.name}}",
    "{{identity.entity.aliases.ACCESSOR.name}}",
    "{{identity.entity.groups.names}}",
];

fn path(random: &mut Random, accessor: &str) -> String {
    let mut path = String::from("k");
    for _ in 0..random.between(1, 2) {
        path.push('/');
        let segment = if random.one_in(2) {
            random.of(&TEMPLATES).replace("ACCESSOR", accessor)
        } else {
            random.of(&["a", "b", "ab", "+", "inner", "u"]).to_owned()
        };
        path.push_str(&segment);
    }
    path.push_str(random.of(&["", "", "*", "/*", "b"]));
    path.replace("+*", "+")
}

fn policy(random: &mut Random, accessor: &str) -> String {
    let rules = (0..random.between(1, 4)).map(|_| {
        let names = ["read", "update", "list", "delete", "create", "deny"];
        let some: Vec<&str> = (0..random.between(1, 2)).map(|_| random.of(&names)).collect();
        let path = path(random, accessor);
        format!(
            "path \"{path}\" {{ capabilities = [\"{}\"] }}\n",
            some.join("\", \"")
        )
    });
    rules.collect()
}

/// Some of the policies.
fn some(random: &mut Random, names: &[String]) -> Vec<String> {
    names.iter().filter(|_| random.one_in(3)).cloned().collect()
}

pub fn world(server: &mut Server, random: &mut Random, number: usize, tally: &mut Tally) {
    if number == 0 {
        server.write("sys/auth/userpass", &json!({"type": "userpass"}));
        for group in ["inner", "outer"] {
            server.write("identity/group", &json!({ "name": group }));
        }
    }
    let mounts = server.call("GET", "sys/auth", ROOT, None).1;
    let accessor = mounts["data"]["userpass/"]["accessor"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut names = Vec::new();
    for index in 0..4 {
        let name = format!("i{index}");
        let text = policy(random, &accessor);
        server.write(&format!("sys/policies/acl/{name}"), &json!({ "policy": text }));
        tally.policies += 1;
        names.push(name);
    }
    let user = format!("u{number}");
    let place = format!("auth/userpass/users/{user}");
    let body = json!({"password": "x", "token_policies": some(random, &names), "token_no_default_policy": random.one_in(2)});
    server.write(&place, &body);
    let login = server.write(&format!("auth/userpass/login/{user}"), &json!({"password": "x"}));
    let token = login["auth"]["client_token"].as_str().unwrap().to_owned();
    let entity = login["auth"]["entity_id"].as_str().unwrap().to_owned();
    let by_id = format!("identity/entity/id/{entity}");
    let team = random.of(&["a", "b", "ab", "", "a/b", "a*", "+", "u"]);
    let named = format!("{}{number}", random.of(&["a", "b"]));
    let body = json!({"name": named, "policies": some(random, &names), "metadata": {"team": team}});
    server.write(&by_id, &body);
    let members: &[&String] = if random.one_in(3) { &[] } else { &[&entity] };
    let inner = json!({"member_entity_ids": members, "policies": some(random, &names)});
    server.write("identity/group/name/inner", &inner);
    let inner = server.call("GET", "identity/group/name/inner", ROOT, None).1["data"]["id"].clone();
    let outer = json!({
        "member_group_ids": if random.one_in(3) { json!([]) } else { json!([inner]) },
        "policies": some(random, &names),
        "metadata": {"x": random.of(&["a", "b", "", "u"])},
    });
    server.write("identity/group/name/outer", &outer);

    let mut responses = Map::new();
    let mut keep = |verb: &str, path: &str| {
        let answer = server.call(verb, path, ROOT, None).1;
        responses.insert(path.to_owned(), answer);
    };
    for path in [
        "sys/health",
        "sys/auth",
        "sys/mounts",
        "identity/group/name/inner",
        "identity/group/name/outer",
    ] {
        keep("GET", path);
    }
    keep("LIST", "sys/policies/acl/");
    for name in names.iter().map(String::as_str).chain(["default"]) {
        keep("GET", &format!("sys/policies/acl/{name}"));
    }
    keep("GET", &place);
    keep("GET", &by_id);
    let export = json!({"leastwise": "vault-export/v1", "product": "openbao", "responses": responses});
    let snapshot = compile(&export);
    let identity = snapshot
        .identities
        .iter()
        .find(|identity| identity.names.iter().any(|name| **name == *place))
        .unwrap();
    let set = identity.holding.effective();

    let mut segments = vec!["a", "b", "ab", "u", "inner", "", team, &named, &user];
    segments.retain(|segment| !segment.contains(['/', '*', '+']));
    let mut paths = BTreeSet::from(["k".to_owned(), "auth/token/lookup-self".to_owned(), by_id.clone()]);
    for one in &segments {
        for tail in ["", "b", "x", "/"] {
            paths.insert(format!("k/{one}{tail}"));
            for two in &segments {
                paths.insert(format!("k/{one}/{two}{tail}"));
            }
        }
    }
    let paths: Vec<String> = paths.into_iter().collect();
    let (status, answer) = server.call(
        "POST",
        "sys/capabilities",
        ROOT,
        Some(&json!({"token": token, "paths": paths})),
    );
    for path in &paths {
        let said: Vec<&str> = answer["data"][path]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for operation in Operation::ALL {
            if operation.lists() != path.ends_with('/') || operation == Operation::Sudo {
                continue;
            }
            let question = Question {
                action: operation.as_str(),
                resource: path,
                known: &identity.holding.facts.known,
                absent: &identity.holding.facts.absent,
                given: None,
            };
            let verdict = set.verdict(
                &question,
                &|_| Openness::Open,
                &leastwise_permset::Limits::default(),
            );
            let server_says = said.contains(&operation.as_str());
            let expected = if server_says {
                Verdict::Always
            } else {
                Verdict::Never
            };
            tally.check(verdict == expected, || {
                format!(
                    "people: {} {path}: set {verdict:?}, server {status} {said:?} {:?}\n{export:#}",
                    operation.as_str(),
                    answer["errors"]
                )
            });
        }
    }
    server.call("DELETE", &place, ROOT, None);
    server.call("DELETE", &by_id, ROOT, None);
}

fn compile(export: &Value) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(File {
        path: "export.json".into(),
        unit: "export.json".into(),
    });
    let mut reader = Vault.reader(&Settings::default());
    let faults = read(export.to_string().as_bytes(), &Limits::default(), &mut |item| {
        let _ = reader.take(file, "export.json", item);
    });
    assert!(faults.is_empty(), "{faults:?}");
    reader.compile(&mut snapshot);
    snapshot
}
