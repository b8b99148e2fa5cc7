//! The checker accepts what the miner certifies and refuses every kind of damage.
#![expect(
    clippy::expect_used,
    reason = "a test whose own certificate has another shape must stop"
)]

use leastwise_roles::assignments::Reader;
use leastwise_roles::checker::check;
use leastwise_roles::mining::{Limits, mine};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The certificate of a mining, written here once more and by hand, so that the checker's format is pinned down.
fn certified(text: &str, limits: Limits) -> Value {
    let mut reader = Reader::default();
    reader.feed(text.as_bytes());
    let all = reader.finish().assignments;
    let mining = mine(&all, limits).expect("possible");
    let names =
        |of: &[u32], name: &dyn Fn(u32) -> String| -> Vec<String> { of.iter().map(|at| name(*at)).collect() };
    let identity = |at: u32| all.identity(at).to_owned();
    let permission = |at: u32| all.permission(at).to_owned();
    let coverage: Vec<Value> = (0..all.identities().len())
        .map(|at| {
            let at = u32::try_from(at).expect("few");
            let roles = mining.roles.iter().filter(|role| role.identities.contains(&at));
            json!({"identity": identity(at), "roles": roles.map(|role| &role.name).collect::<Vec<_>>()})
        })
        .collect();
    let cell = |(u, p): &(u32, u32)| json!({"identity": identity(*u), "permission": permission(*p)});
    json!({
        "schema": "leastwise/role-certificate/v1",
        "assignments": {
            "identities": all.identities().len(),
            "permissions": all.permissions().len(),
            "count": all.count(),
        },
        "limits": {"permissions_max": limits.permissions_max, "roles_max": limits.roles_max},
        "roles": mining.roles.iter().map(|role| json!({
            "name": role.name,
            "permissions": names(&role.permissions, &permission),
            "identities": names(&role.identities, &identity),
        })).collect::<Vec<_>>(),
        "coverage": coverage,
        "fooling_set": mining.fooling.iter().map(cell).collect::<Vec<_>>(),
        "lower_bound": mining.lower_bound(),
        "gap": mining.gap(),
        "not_examined": [],
    })
}

fn verdict(text: &str, certificate: &Value) -> Result<usize, String> {
    match check(text.as_bytes(), certificate.to_string().as_bytes()) {
        Ok(accepted) => Ok(accepted.roles),
        Err(refusal) => Err(refusal.to_string()),
    }
}

const FREE: Limits = Limits {
    permissions_max: None,
    roles_max: None,
};

/// Three roles, one identity with two of them, one role with two permissions.
const NEEDED: &str = "a read\na list\nb read\nb list\nb write\nc write\nd grant\n";

/// Damages the certificate of [`NEEDED`] and expects these words.
fn refused(damage: impl Fn(&mut Value), words: &str) {
    let mut certificate = certified(NEEDED, FREE);
    assert_eq!(verdict(NEEDED, &certificate), Ok(3));
    damage(&mut certificate);
    let refusal = verdict(NEEDED, &certificate).expect_err(words);
    assert!(refusal.contains(words), "`{refusal}` does not say `{words}`");
}

/// The place of the role that gives this.
fn role(certificate: &Value, permission: &str) -> usize {
    let roles = certificate["roles"].as_array().expect("roles");
    let gives = |role: &Value| {
        role["permissions"]
            .as_array()
            .expect("permissions")
            .contains(&json!(permission))
    };
    roles.iter().position(gives).expect("somebody gives it")
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().expect("a list").push(item);
}

#[test]
fn a_role_that_gives_more_is_refused() {
    let excess = |certificate: &mut Value| {
        let at = role(certificate, "read");
        push(&mut certificate["roles"][at]["permissions"], json!("write"));
    };
    refused(excess, "gives `a` `write`, which is not needed");
    let unheard_of =
        |certificate: &mut Value| push(&mut certificate["roles"][0]["permissions"], json!("fly"));
    refused(unheard_of, "gives `fly`, which nobody needs");
    let too_many = |certificate: &mut Value| {
        let at = role(certificate, "grant");
        push(&mut certificate["roles"][at]["identities"], json!("a"));
    };
    refused(too_many, "gives `a` `grant`, which is not needed");
    let stranger = |certificate: &mut Value| {
        let at = role(certificate, "grant");
        push(&mut certificate["roles"][at]["identities"], json!("nobody"));
    };
    refused(stranger, "is given to `nobody`, who needs nothing");
}

#[test]
fn a_role_that_gives_less_is_refused() {
    let missing = |certificate: &mut Value| {
        let at = role(certificate, "read");
        certificate["roles"][at]["permissions"] = json!(["read"]);
    };
    refused(missing, "`list`, which is needed");
    let left_out = |certificate: &mut Value| {
        let at = role(certificate, "write");
        certificate["roles"][at]["identities"] = json!(["b"]);
    };
    refused(left_out, "which is not given to it");
    refused(
        |certificate| {
            let at = role(certificate, "grant");
            certificate["roles"].as_array_mut().expect("roles").remove(at);
        },
        "which is not given to it",
    );
    let empty = |certificate: &mut Value| {
        let at = role(certificate, "grant");
        certificate["roles"][at]["identities"] = json!([]);
    };
    refused(empty, "gives nothing");
}

#[test]
fn coverage_must_be_stated_of_everybody_once_and_of_every_role() {
    let drop = |certificate: &mut Value| drop(certificate["coverage"].as_array_mut().expect("a list").pop());
    refused(drop, "no coverage is stated of `d`");
    let twice = |certificate: &mut Value| {
        let first = certificate["coverage"][0].clone();
        push(&mut certificate["coverage"], first);
    };
    refused(twice, "coverage of `a` is stated twice");
    let stranger = |certificate: &mut Value| {
        push(
            &mut certificate["coverage"],
            json!({"identity": "x", "roles": []}),
        )
    };
    refused(stranger, "coverage is stated of `x`");
    let named_twice = |certificate: &mut Value| {
        let name = certificate["coverage"][3]["roles"][0].clone();
        push(&mut certificate["coverage"][3]["roles"], name);
    };
    refused(named_twice, "names a role twice");
    let unnamed = |certificate: &mut Value| certificate["coverage"][3]["roles"] = json!([]);
    refused(unnamed, "no role gives `d` `grant`");
    // A further role that nobody's coverage names gives nothing beyond what is needed, and is refused all the same.
    let hidden = |certificate: &mut Value| {
        push(
            &mut certificate["roles"],
            json!({"name": "more", "permissions": ["read"], "identities": ["a"]}),
        );
        certificate["gap"] = json!(1);
    };
    refused(hidden, "whose coverage does not name it");
}

#[test]
fn a_fooling_set_that_does_not_fool_is_refused() {
    let alike = |certificate: &mut Value| {
        certificate["fooling_set"] = json!([
            {"identity": "a", "permission": "read"}, {"identity": "b", "permission": "list"},
            {"identity": "d", "permission": "grant"},
        ]);
    };
    refused(alike, "one role could give both");
    let repeated = |certificate: &mut Value| {
        let first = certificate["fooling_set"][0].clone();
        push(&mut certificate["fooling_set"], first);
        certificate["lower_bound"] = json!(4);
    };
    refused(repeated, "one role could give both");
    let not_needed = |certificate: &mut Value| {
        certificate["fooling_set"][0] = json!({"identity": "a", "permission": "grant"});
    };
    refused(not_needed, "which is not needed");
    let stranger = |certificate: &mut Value| {
        certificate["fooling_set"][0] = json!({"identity": "x", "permission": "grant"});
    };
    refused(stranger, "which is not needed");
}

#[test]
fn figures_that_are_not_those_of_the_roles_are_refused() {
    refused(
        |certificate| certificate["lower_bound"] = json!(2),
        "a lower bound of 2 is stated",
    );
    refused(
        |certificate| certificate["gap"] = json!(1),
        "a gap of 1 is stated",
    );
    refused(
        |certificate| certificate["assignments"]["count"] = json!(8),
        "other assignments",
    );
    refused(
        |certificate| certificate["limits"]["permissions_max"] = json!(1),
        "more permissions than the limit",
    );
    refused(
        |certificate| certificate["limits"]["roles_max"] = json!(1),
        "more roles than the limit",
    );
    // The bound may be lower than possible, as long as the gap says so.
    let mut modest = certified(NEEDED, FREE);
    modest["fooling_set"].as_array_mut().expect("a list").pop();
    modest["lower_bound"] = json!(2);
    modest["gap"] = json!(1);
    assert_eq!(verdict(NEEDED, &modest), Ok(3));
}

#[test]
fn roles_are_told_apart_and_say_things_once() {
    let same_name = |certificate: &mut Value| {
        let name = certificate["roles"][0]["name"].clone();
        certificate["roles"][1]["name"] = name;
    };
    refused(same_name, "two roles are called");
    let twice = |certificate: &mut Value| {
        let at = role(certificate, "grant");
        push(&mut certificate["roles"][at]["permissions"], json!("grant"));
    };
    refused(twice, "says something twice");
}

#[test]
fn what_cannot_be_read_is_refused() {
    refused(
        |certificate| certificate["schema"] = json!("leastwise/mining/v1"),
        "not a `leastwise/role-certificate/v1`",
    );
    for field in [
        "schema",
        "assignments",
        "limits",
        "roles",
        "coverage",
        "fooling_set",
        "lower_bound",
        "gap",
    ] {
        let removed =
            |certificate: &mut Value| drop(certificate.as_object_mut().expect("a map").remove(field));
        refused(removed, "cannot be read");
    }
    let certificate = certified(NEEDED, FREE);
    let whole = certificate.to_string();
    for end in 0..whole.len() {
        assert!(
            check(NEEDED.as_bytes(), &whole.as_bytes()[..end]).is_err(),
            "cut off at {end}"
        );
    }
    let more = format!("{NEEDED}lonely\n");
    let refusal = verdict(&more, &certificate).expect_err("a line without permission");
    assert!(refusal.contains("line 8 of the assignments"), "{refusal}");
    assert!(check(b"a \xFF\n", whole.as_bytes()).is_err());
}

#[test]
fn other_assignments_are_refused() {
    let certificate = certified(NEEDED, FREE);
    // One more, one less, one in the place of another.
    for other in [
        format!("{NEEDED}d read\n"),
        NEEDED.replace("d grant\n", ""),
        NEEDED.replace("d grant", "d read"),
        NEEDED.replace("c write", "c read"),
        NEEDED.replace("d grant", "e grant"),
    ] {
        assert!(verdict(&other, &certificate).is_err(), "{other}");
    }
    // The same in another order and with remarks.
    let mut lines: Vec<&str> = NEEDED.lines().rev().collect();
    lines.insert(2, "# the same");
    lines.push("a\tread");
    assert_eq!(verdict(&lines.join("\r\n"), &certificate), Ok(3));
}

/// Every list and map in a certificate, so that each can be damaged.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                found.push(format!("{pointer}/{at}"));
                places(item, &format!("{pointer}/{at}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                places(item, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // what the miner proves the checker accepts, with and without limits
    #[test]
    fn certificates_of_the_miner_are_accepted(
        cells in prop::collection::vec((0..9_u8, 0..9_u8), 1..50),
        limits in prop_oneof![
            Just(FREE),
            Just(Limits { permissions_max: Some(2), ..FREE }),
            Just(Limits { roles_max: Some(2), ..FREE }),
        ],
    ) {
        let text: String = cells.iter().map(|(u, p)| format!("u{u} p{p}\n")).collect();
        let certificate = certified(&text, limits);
        let accepted = verdict(&text, &certificate);
        prop_assert!(accepted.is_ok(), "{:?}", accepted);
    }

    // a list from which one item is taken is refused: nothing in a certificate is there for no reason
    #[test]
    fn nothing_can_be_taken_from_a_certificate(
        cells in prop::collection::vec((0..6_u8, 0..6_u8), 1..25),
        which in any::<prop::sample::Index>(),
    ) {
        let text: String = cells.iter().map(|(u, p)| format!("u{u} p{p}\n")).collect();
        let mut certificate = certified(&text, FREE);
        let mut found = Vec::new();
        places(&certificate, "", &mut found);
        let place = &found[which.index(found.len())];
        let (list, at) = place.rsplit_once('/').expect("a place in a list");
        let list = certificate.pointer_mut(list).and_then(Value::as_array_mut).expect("a list");
        list.remove(at.parse().expect("a number"));
        prop_assert!(verdict(&text, &certificate).is_err(), "without {}", place);
    }
}
