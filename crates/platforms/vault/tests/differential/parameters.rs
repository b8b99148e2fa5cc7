//! Random demands on parameters, wrapping and page sizes, asked for with real requests.

use std::collections::BTreeMap;

use leastwise_permset::{Context, Request};
use leastwise_vault::concrete::{Acl, Carried, Carry};
use leastwise_vault::{Operation, Policy, Product, allows};
use serde_json::{Map, Value, json};

use super::Tally;
use super::random::Random;
use super::server::{ROOT, Server};

const NAMES: [&str; 4] = ["a", "b", "ttl", "*"];
const VALUES: [&str; 12] = [
    "\"x\"", "\"x*\"", "\"*y\"", "\"*xy*\"", "\"*\"", "\"\"", "true", "5", "\"5\"", "[\"x\"]", "\"**\"",
    "\"x,y\"",
];

fn parameters(random: &mut Random, key: &str) -> String {
    // Of two names that differ in case alone the server keeps one, not always the same.
    let upper = random.one_in(5);
    let entries: Vec<String> = (0..random.between(1, 3))
        .map(|_| {
            let values: Vec<&str> = (0..random.below(3)).map(|_| random.of(&VALUES)).collect();
            let name = random.of(&NAMES);
            let name = if upper {
                name.to_uppercase()
            } else {
                name.to_owned()
            };
            format!("\"{name}\" = [{}]", values.join(", "))
        })
        .collect();
    format!("  {key} = {{\n    {}\n  }}\n", entries.join("\n    "))
}

fn rule(random: &mut Random) -> String {
    let mut body =
        String::from("  capabilities = [\"create\", \"update\", \"read\", \"list\", \"delete\"]\n");
    if random.one_in(2) {
        body += &parameters(random, "allowed_parameters");
    }
    if random.one_in(3) {
        body += &parameters(random, "denied_parameters");
    }
    if random.one_in(3) {
        body += &format!(
            "  required_parameters = [\"{}\"]\n",
            random.of(&["a", "b", "TTL", "limit"])
        );
    }
    if random.one_in(6) {
        body += &format!(
            "  min_wrapping_ttl = {}\n",
            random.of(&["\"1m\"", "60", "\"1h30m\"", "\"2d\""])
        );
    } else if random.one_in(6) {
        body += &format!("  max_wrapping_ttl = {}\n", random.of(&["\"1m\"", "3600"]));
    }
    if random.one_in(4) {
        body += &format!("  pagination_limit = {}\n", random.of(&["0", "3", "10"]));
    }
    if random.one_in(6) {
        body += "  mfa_methods = [\"duo\"]\n";
    }
    format!(
        "path \"{}\" {{\n{body}}}\n",
        random.of(&["cubbyhole/*", "cubbyhole/+", "cubbyhole/s"])
    )
}

fn value(random: &mut Random) -> Value {
    match random.below(12) {
        0 => json!(true),
        1 => json!(5),
        2 => json!(["x"]),
        3 => Value::Null,
        4 => json!({"x": "y"}),
        5 => json!("*"),
        6 => json!(""),
        7 => json!("5"),
        8 => json!("x,y"),
        _ => json!(random.of(&["x", "xy", "y", "axyb", "z"])),
    }
}

pub fn world(server: &mut Server, random: &mut Random, number: usize, tally: &mut Tally) {
    let mut texts: Vec<String> = Vec::new();
    let mut names = Vec::new();
    for index in 0..random.between(1, 2) {
        let text: String = (0..random.between(1, 2)).map(|_| rule(random)).collect();
        let name = format!("p{}-{index}", number % 50);
        let (status, answer) = server.call(
            "PUT",
            &format!("sys/policies/acl/{name}"),
            ROOT,
            Some(&json!({ "policy": text })),
        );
        tally.policies += 1;
        if Policy::parse(&text, Product::OpenBao, None).is_ok() != (status < 300) {
            tally.wrong(format!("{status} for this policy: {answer}\n{text}"));
        }
        if status < 300 {
            texts.push(text);
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    let policies: Vec<Policy> = texts
        .iter()
        .filter_map(|text| Policy::parse(text, Product::OpenBao, None).ok())
        .collect();
    let set = allows(&policies, Product::OpenBao, None);
    let acl = Acl::new(&policies, Product::OpenBao, None);
    let token = server.token(&names);
    for _ in 0..30 {
        let operation = random.of(&[
            Operation::Update,
            Operation::Update,
            Operation::Read,
            Operation::List,
            Operation::Delete,
        ]);
        let mut body = Map::new();
        for _ in 0..random.below(3) {
            body.insert(random.of(&["a", "b", "ttl", "limit"]).to_owned(), value(random));
        }
        let mut query = String::new();
        if matches!(operation, Operation::Read | Operation::List) {
            body.clear();
            // Query parameters are texts.
            for name in ["a", "limit"] {
                if random.one_in(3) {
                    let value = random.of(&["x", "5", "max", "2", "-1"]);
                    body.insert(name.to_owned(), json!(value));
                    query += &format!("{}{name}={value}", if query.is_empty() { "?" } else { "&" });
                }
            }
        }
        let wrap = random
            .one_in(2)
            .then(|| random.of(&[30_i64, 60, 61, 3_600, 5_400, 200_000]));
        let path = random.of(&["cubbyhole/s", "cubbyhole/t"]);
        let asked = if operation.lists() {
            format!("{path}/")
        } else {
            path.to_owned()
        };
        let (verb, sent) = match operation {
            Operation::Update => ("POST", Some(Value::Object(body.clone()))),
            Operation::Read => ("GET", None),
            Operation::List => ("LIST", None),
            _ => ("DELETE", None),
        };
        if operation == Operation::Delete {
            body.clear();
        }
        let headers: Vec<(&str, String)> = wrap
            .iter()
            .map(|seconds| ("X-Vault-Wrap-TTL", format!("{seconds}s")))
            .collect();
        let (status, answer) =
            server.call_with(verb, &format!("{asked}{query}"), &token, sent.as_ref(), &headers);
        let server_says = status != 403;
        let mut carried = Carried {
            wrap: wrap.map(|seconds| seconds * 1_000_000_000),
            parameters: BTreeMap::new(),
        };
        let mut spelled = Vec::new();
        for (name, value) in &body {
            let carry = match value {
                Value::String(text) => Carry::Text(text.clone()),
                other => Carry::Json(other.to_string()),
            };
            spelled.push(match &carry {
                Carry::Text(text) => format!("{name}={text}"),
                Carry::Json(text) => format!("{name}:={text}"),
            });
            carried.parameters.insert(name.clone(), carry);
        }
        let mut context = Context::new();
        context = context.with("parameters", &spelled);
        if let Some(seconds) = wrap {
            context = context.with("wrap_ttl", [seconds.to_string()]);
        }
        if let Some(Value::String(limit)) = body.get("limit") {
            context = context.with("limit", [limit]);
        }
        let say = |who: &str| {
            format!(
                "{who}: {verb} {asked}{query} {spelled:?} wrap {wrap:?}: server {status} {answer}\n{}",
                texts.join("--\n")
            )
        };
        tally.check(
            acl.allows(operation, &asked, &carried, false) == server_says,
            || say("twin"),
        );
        let request = Request::new(operation.as_str(), &asked).within(context);
        tally.check(set.contains(&request) == server_says, || say("set"));
    }
    server.write("auth/token/revoke", &json!({ "token": token }));
}
