//! What `leastwise.toml` may say, and how its faults are named.

use super::*;

fn fault(text: &str) -> String {
    parse(text).expect_err("must not be accepted").to_string()
}

#[test]
fn the_example_in_the_documentation_is_read_whole() {
    let example: String = include_str!("../settings.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let settings = parse(&example).expect("the example is right");
    assert_eq!(settings.name.as_deref(), Some("Corner Shop"));
    assert_eq!(&*settings.accounts[0].id, "111122223333");
    let paths: Vec<&str> = settings
        .clusters
        .iter()
        .map(|cluster| &*cluster.paths[0])
        .collect();
    assert!(paths.contains(&"kubernetes/shop-eu"), "{paths:?}");
    assert_eq!(&*settings.owners[0].team, "shop");
    assert_eq!(settings.crown_jewels[0].instance.as_deref(), Some("111122223333"));
    assert_eq!(&*settings.declared[0].permissions[0].action, "s3:GetObject");
    assert_eq!(settings.declared[1].says.as_deref(), Some("read-only"));
    assert_eq!(&*settings.partners[0].account, "444455556666");
    assert_eq!(settings.dormant.len(), 1);
}

#[test]
fn an_empty_file_says_nothing() {
    assert_eq!(parse(""), Ok(Settings::default()));
}

#[test]
fn broken_toml_is_named_with_its_place() {
    let said = fault("name = \"shop\"\n[accounts.\"1\"\n");
    assert!(said.starts_with("2:"), "{said}");
}

#[test]
fn an_unknown_key_is_named_and_not_skipped() {
    let said = fault("[accounts.\"1\"]\nname = \"a\"\nenviroment = \"production\"\n");
    assert!(said.starts_with("3:1: unknown field `enviroment`"), "{said}");
}

#[test]
fn an_account_that_stands_twice_is_refused_and_two_accounts_are_not() {
    let said = fault("[accounts.\"1\"]\n[accounts.\"1\"]\n");
    assert!(said.starts_with("2:"), "{said}");
    assert!(parse("[accounts.\"1\"]\n[accounts.\"2\"]\n").is_ok());
}

#[test]
fn a_need_is_either_listed_or_said() {
    assert_eq!(
        fault("[[declared]]\nidentity = \"a\"\n"),
        "2:12: `a` needs either `permissions` or `says`"
    );
    assert!(parse("[[declared]]\nidentity = \"a\"\nsays = \"read-only\"\n").is_ok());
}
