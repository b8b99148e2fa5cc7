//! Random policies over few letters, biased to where patterns compete; every path over the same letters.

use leastwise_permset::{Context, Request};
use leastwise_vault::concrete::Acl;
use leastwise_vault::{Operation, Policy, Product, allows};
use serde_json::json;

use super::Tally;
use super::random::Random;
use super::server::{ROOT, Server};

const NOW: &str = "2026-11-22T00:00:00Z";
const CAPABILITIES: [&str; 9] = [
    "create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny",
];

fn path(random: &mut Random) -> String {
    if random.one_in(40) {
        return random.of(&["*", "+", "k", "k/", "+/+", "+/*", "k*"]).to_owned();
    }
    let mut path = String::from(if random.one_in(12) { "/k" } else { "k" });
    for _ in 0..random.between(1, 4) {
        let segment = random.of(&[
            "a", "a", "b", "b", "+", "+", "+", "ab", "", "+a", "a+", "a*b", "a*",
        ]);
        // A `*` inside is legal; right behind `+` it is not.
        path.push('/');
        path.push_str(segment);
    }
    path.push_str(random.of(&["", "", "", "*", "/*", "/*", "/", "a*"]));
    path
}

fn rule(random: &mut Random, past: bool) -> String {
    let capabilities: Vec<String> = (0..random.between(1, 3))
        .map(|_| {
            let end = if random.one_in(4) { 9 } else { 8 };
            let index = random.below(end);
            format!("\"{}\"", CAPABILITIES[index])
        })
        .collect();
    let expiration = match (past, random.below(10)) {
        (true, 0) => "\n  expiration = \"2020-01-01T00:00:00Z\"",
        (true, 1) => "\n  expiration = \"2099-01-01T00:00:00Z\"",
        _ => "",
    };
    let mut body = format!("capabilities = [{}]", capabilities.join(", "));
    if random.one_in(25) {
        body = format!("policy = \"{}\"", random.of(&["read", "write", "deny", "sudo"]));
    }
    format!("path \"{}\" {{\n  {body}{expiration}\n}}\n", path(random))
}

/// Every path of up to four segments, with and without a final `/`.
fn asked() -> Vec<String> {
    let mut all = vec!["k".to_owned(), "k/".to_owned(), "k//a".to_owned(), "m".to_owned()];
    let mut level = vec!["k".to_owned()];
    for depth in 0..4 {
        let segments: &[&str] = match depth {
            0 | 1 => &["a", "b", "ab", "+a", "a*b"],
            2 => &["a", "b", ""],
            _ => &["a"],
        };
        level = level
            .iter()
            .flat_map(|head| segments.iter().map(move |segment| format!("{head}/{segment}")))
            .collect();
        all.extend(level.iter().cloned());
        all.extend(level.iter().map(|path| format!("{path}/")));
    }
    all.sort();
    all.dedup();
    // An empty segment at the end is the path with `/` again.
    all
}

/// One world: random policies, a token under them, and what it may do at every path.
pub fn world(server: &mut Server, random: &mut Random, number: usize, tally: &mut Tally) {
    let past = random.one_in(3);
    let now = NOW.parse().unwrap();
    let mut texts = Vec::new();
    let mut names = Vec::new();
    for index in 0..random.between(1, 3) {
        let text: String = (0..random.between(1, 5)).map(|_| rule(random, past)).collect();
        let name = format!("w{}-{index}", number % 50);
        let (status, answer) = server.call(
            "PUT",
            &format!("sys/policies/acl/{name}"),
            ROOT,
            Some(&json!({ "policy": text })),
        );
        let stored = status < 300;
        tally.policies += 1;
        if Policy::parse(&text, Product::OpenBao, Some(now)).is_ok() != stored {
            tally.wrong(format!(
                "the server {} this policy: {answer}\n{text}",
                if stored { "stores" } else { "refuses" }
            ));
        }
        if stored {
            texts.push(text);
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    let policies: Vec<Policy> = texts
        .iter()
        .filter_map(|text| Policy::parse(text, Product::OpenBao, Some(now)).ok())
        .collect();
    let set = allows(&policies, Product::OpenBao, None);
    let at_read = allows(&policies, Product::OpenBao, Some(now));
    let acl = Acl::new(&policies, Product::OpenBao, Some(now));
    let token = server.token(&names);
    let paths = asked();
    let answer = server.write("sys/capabilities", &json!({"token": token, "paths": paths}));
    server.write("auth/token/revoke", &json!({ "token": token }));
    let context = Context::new().with("time", [NOW]);
    for path in &paths {
        let said: Vec<&str> = answer["data"][path]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect();
        let found = acl.lookup(path, true);
        for operation in Operation::ALL {
            let server_says = said.contains(&operation.as_str());
            let twin_says = found.is_some_and(|found| !found.denies && found.operations.contains(operation));
            tally.check(server_says == twin_says, || {
                format!(
                    "twin: {} {path}: server {said:?}\n{}",
                    operation.as_str(),
                    texts.join("--\n")
                )
            });
            // The answer is given as if for a list: for other operations it is that of the path where both agree.
            if operation.lists() != path.ends_with('/') {
                continue;
            }
            let request = Request::new(operation.as_str(), path).within(context.clone());
            for set in [&set, &at_read] {
                tally.check(set.contains(&request) == server_says, || {
                    format!(
                        "set: {} {path}: server {said:?}\n{}",
                        operation.as_str(),
                        texts.join("--\n")
                    )
                });
            }
        }
    }
}
