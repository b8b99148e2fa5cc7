//! The compiled set against the twin, which looks up one request at a time: random small worlds of both products, with
//! lists, root protection, parameters, wrapping and rules that end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "differential/random.rs"]
mod random;

use jiff::Timestamp;
use leastwise_permset::{Context, Request};
use leastwise_vault::concrete::{Acl, Carried, Carry};
use leastwise_vault::{Operation, Policy, Product, allows};
use random::Random;

const PROTECTED: [&str; 4] = ["sys/audit", "sys/auth/a", "sys/raw/a/b", "auth/token/accessors/"];
const MOMENTS: [&str; 4] = [
    "2026-01-01T00:00:00Z",
    "2026-06-01T00:00:00Z",
    "2026-06-01T00:00:00.000001Z",
    "2027-01-01T00:00:00Z",
];

fn path(random: &mut Random) -> String {
    let mut path = random.of(&["sys", "sys", "auth", "k", "*", "+"]).to_owned();
    for _ in 0..random.between(0, 3) {
        path.push('/');
        path.push_str(random.of(&[
            "a",
            "b",
            "+",
            "+",
            "audit",
            "auth",
            "raw",
            "token",
            "accessors",
            "",
            "a*b",
            "+a",
        ]));
    }
    path.push_str(random.of(&["", "", "*", "/*", "/*", "/"]));
    path
}

fn rule(random: &mut Random, product: Product) -> String {
    let known: Vec<Operation> = Operation::ALL
        .into_iter()
        .filter(|one| one.known_to(product))
        .collect();
    let mut names: Vec<&str> = (0..random.between(1, 4))
        .map(|_| random.of(&known).as_str())
        .collect();
    if random.one_in(12) {
        names.push("deny");
    }
    let mut body = format!("capabilities = [\"{}\"]\n", names.join("\", \""));
    if random.one_in(4) {
        body += random.of(&[
            "allowed_parameters = { \"a\" = [\"x*\"], \"b\" = [] }\n",
            "allowed_parameters = { \"*\" = [], \"a\" = [\"x\", true] }\n",
            "denied_parameters = { \"a\" = [\"*y\"] }\n",
            "denied_parameters = { \"*\" = [] }\n",
            "required_parameters = [\"a\"]\n",
            "min_wrapping_ttl = \"1m\"\n",
            "max_wrapping_ttl = 90\n",
            "min_wrapping_ttl = 30\nmax_wrapping_ttl = 45\n",
        ]);
    }
    if product == Product::OpenBao {
        if random.one_in(5) {
            body += &format!(
                "expiration = \"{}\"\n",
                random.of(&[MOMENTS[0], MOMENTS[1], MOMENTS[3]])
            );
        }
        if random.one_in(6) {
            body += "pagination_limit = 3\n";
        }
    }
    format!("path \"{}\" {{\n{body}}}\n", path(random))
}

/// What a request carries, for the twin and for the set.
fn carried(random: &mut Random) -> (Carried, Context) {
    let mut carried = Carried::default();
    let mut context = Context::new();
    let mut spelled = Vec::new();
    for name in ["a", "b", "limit"] {
        if !random.one_in(3) {
            continue;
        }
        let value = random.of(&["x", "xz", "qy", "2", "4", "max"]);
        if name == "limit" {
            context = context.with("limit", [value]);
        }
        let carry = if name == "a" && random.one_in(5) {
            spelled.push("a:=true".to_owned());
            Carry::Json("true".to_owned())
        } else {
            spelled.push(format!("{name}={value}"));
            Carry::Text(value.to_owned())
        };
        carried.parameters.insert(name.to_owned(), carry);
    }
    if !spelled.is_empty() || random.one_in(2) {
        context = context.with("parameters", &spelled);
    }
    if random.one_in(2) {
        let seconds = random.of(&[20_i64, 40, 60, 80, 100]);
        carried.wrap = Some(seconds * 1_000_000_000);
        context = context.with("wrap_ttl", [seconds.to_string()]);
    }
    (carried, context)
}

fn asked(random: &mut Random, operation: Operation) -> String {
    let mut path = if random.one_in(4) {
        random.of(&PROTECTED).trim_end_matches('/').to_owned()
    } else {
        let mut path = random.of(&["sys", "auth", "k"]).to_owned();
        for _ in 0..random.between(0, 3) {
            path.push('/');
            path.push_str(random.of(&[
                "a",
                "b",
                "audit",
                "auth",
                "raw",
                "token",
                "accessors",
                "",
                "a*b",
                "+a",
            ]));
        }
        path
    };
    if operation.lists() {
        path.push('/');
    }
    path
}

/// Straight from the documentation: what these few paths ask for.
fn is_protected(path: &str) -> bool {
    ["sys/audit", "sys/raw"].contains(&path)
        || ["sys/audit/", "sys/auth/", "sys/raw/", "auth/token/accessors"]
            .iter()
            .any(|begin| path.starts_with(begin))
}

#[test]
fn sets_hold_what_the_lookup_lets_through() {
    let mut random = Random::new(20_261_122);
    let (mut checks, mut let_through) = (0, 0);
    for world in 0..1_500 {
        let product = if world % 3 == 0 {
            Product::Vault
        } else {
            Product::OpenBao
        };
        let policies: Vec<(String, Policy)> = (0..random.between(1, 3))
            .map(|_| {
                (0..random.between(1, 5))
                    .map(|_| rule(&mut random, product))
                    .collect::<String>()
            })
            .filter_map(|text| {
                let policy = Policy::parse(&text, product, None).ok()?;
                Some((text, policy))
            })
            .collect();
        let text: Vec<&String> = policies.iter().map(|(text, _)| text).collect();
        let policies: Vec<Policy> = policies.iter().map(|(_, policy)| policy.clone()).collect();
        let set = allows(&policies, product, None);
        for moment in MOMENTS {
            let now: Timestamp = moment.parse().unwrap();
            let acl = Acl::new(&policies, product, Some(now));
            let at_read = allows(&policies, product, Some(now));
            for _ in 0..10 {
                let operation = random.of(&Operation::ALL);
                let path = asked(&mut random, operation);
                let (carried, context) = carried(&mut random);
                let request = Request::new(operation.as_str(), &path).within(context.with("time", [moment]));
                let protected = operation != Operation::Sudo && is_protected(&path);
                let mut wanted = acl.allows(operation, &path, &carried, protected);
                if operation == Operation::Sudo {
                    // No request of its own: whether the rule that wins has it.
                    wanted = acl
                        .lookup(&path, false)
                        .is_some_and(|found| !found.denies && found.operations.contains(operation));
                }
                for set in [&set, &at_read] {
                    checks += 1;
                    let_through += usize::from(wanted);
                    assert_eq!(
                        set.contains(&request),
                        wanted,
                        "{} {path} {carried:?} at {moment} on {product:?} under\n{text:#?}",
                        operation.as_str()
                    );
                }
            }
        }
    }
    assert!(
        checks > 100_000 && let_through > 5_000,
        "{checks} checks, {let_through} let through"
    );
}
