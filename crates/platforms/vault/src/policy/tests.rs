//! Policies read, and what is wrong with some.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn one(text: &str) -> Rule {
    let mut policy = Policy::parse(text, Product::OpenBao, None).unwrap();
    assert_eq!(policy.rules.len(), 1);
    policy.rules.remove(0)
}

fn refused(text: &str, product: Product) -> String {
    Policy::parse(text, product, None).unwrap_err().what
}

#[test]
fn deny_leaves_deny_alone() {
    let rule =
        one("path \"a\" { capabilities = [\"read\", \"deny\", \"list\"] required_parameters = [\"x\"] }");
    assert!(rule.denies && rule.operations.is_empty() && rule.constraints.is_none());
}

#[test]
fn json_and_hcl_say_the_same() {
    let hcl = "path \"a/*\" {\n capabilities = [\"read\", \"update\"]\n allowed_parameters = { \"TTL\" = [\"1h\", true], \"*\" = [] }\n min_wrapping_ttl = \"1m\"\n}";
    let json = r#"{"path": {"a/*": {"capabilities": ["read", "update"], "allowed_parameters": {"TTL": ["1h", true], "*": []}, "min_wrapping_ttl": 60}}}"#;
    let (a, b) = (one(hcl), one(json));
    assert_eq!(
        (a.path, a.operations, a.constraints),
        (b.path, b.operations, b.constraints)
    );
    assert_eq!(
        &*a.text,
        "path \"a/*\" { capabilities = [\"read\", \"update\"] allowed_parameters = { \"TTL\" = [\"1h\", true], \"*\" = [] } min_wrapping_ttl = \"1m\" }"
    );
}

#[test]
fn capabilities_that_are_repeated_add_up() {
    let rule = one("path \"a\" { capabilities = [\"read\"] capabilities = [\"list\"] policy = \"write\" }");
    let names: Vec<_> = rule.operations.iter().map(Operation::as_str).collect();
    assert_eq!(names, ["create", "delete", "list", "read", "update"]);
}

#[test]
fn each_product_refuses_what_the_other_knows() {
    let with = |capability: &str| format!("path \"a\" {{ capabilities = [\"{capability}\"] }}");
    assert!(Policy::parse(&with("scan"), Product::OpenBao, None).is_ok());
    assert!(Policy::parse(&with("recover"), Product::Vault, None).is_ok());
    assert_eq!(
        refused(&with("scan"), Product::Vault),
        "path \"a\": Vault knows no capability `scan`"
    );
    assert_eq!(
        refused(&with("recover"), Product::OpenBao),
        "path \"a\": OpenBao knows no capability `recover`"
    );
}

#[test]
fn what_the_server_refuses_is_refused() {
    for text in [
        "path \"a/+*\" { capabilities = [\"read\"] }",
        "path \"a\" { capabilities = \"read\" }",
        "path \"a\" { capability = [\"read\"] }",
        "paths \"a\" {}",
        "path \"a\" { policy = \"all\" }",
        "path \"a\" { min_wrapping_ttl = \"2m\" max_wrapping_ttl = \"1m\" }",
        "path \"a{{x\" {}",
        "path \"a\" { expiration = \"soon\" }",
        "path = { \"a\" = { capabilities = [\"read\"] } }",
        "path \"a\" { allowed_parameters = { x = \"y\" } }",
    ] {
        assert!(Policy::parse(text, Product::OpenBao, None).is_err(), "{text}");
    }
}
