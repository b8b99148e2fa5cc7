//! Large, deep, or many.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::estate::{Estate, account, ran, role};

/// A ConfigMap of `megabytes` and a list of as many megabytes of events, with a role at the end.
fn huge(path: &Path, megabytes: usize) {
    let mut file = BufWriter::with_capacity(1 << 20, fs::File::create(path).unwrap());
    let line = "x".repeat(1 << 20);
    file.write_all(br#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big", "namespace": "shop"}, "data": {"#).unwrap();
    for part in 0..megabytes / 2 {
        write!(
            file,
            "{}\"part-{part}\": \"{line}\"",
            if part == 0 { "" } else { "," }
        )
        .unwrap();
    }
    file.write_all(b"}}").unwrap();
    let event = format!(
        r#", {{"apiVersion": "v1", "kind": "Event", "metadata": {{"name": "e", "namespace": "shop"}}, "message": "{}"}}"#,
        "y".repeat(1_900)
    );
    for _ in 0..megabytes / 2 * 512 {
        file.write_all(event.as_bytes()).unwrap();
    }
    let last = r#", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "web", "namespace": "shop"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "web", "namespace": "shop"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "web"}, "subjects": [{"kind": "ServiceAccount", "name": "web"}]}]}"#;
    file.write_all(last.as_bytes()).unwrap();
    file.flush().unwrap();
}

/// Answers from a huge file within twice its size and 256 MiB of address space: the text, the longest lines taken out
/// of it, the program and its threads.
fn huge_is_answered(megabytes: usize) {
    let estate = Estate::new();
    huge(&estate.path("huge.json"), megabytes);
    let asked = [
        "can",
        "system:serviceaccount:shop:web",
        "core/pods:get",
        "shop/a",
        "--in",
        ".",
        "--format",
        "plain",
    ];
    let mut command = if cfg!(unix) {
        let mut shell = Command::new("sh");
        let limit = format!("ulimit -v {}; exec \"$0\" \"$@\"", (2 * megabytes + 256) * 1024);
        shell.arg("-c").arg(limit).arg(env!("CARGO_BIN_EXE_leastwise"));
        shell
    } else {
        Command::new(env!("CARGO_BIN_EXE_leastwise"))
    };
    command.args(asked).current_dir(estate.folder.path());
    let begun = Instant::now();
    let ran = ran(command);
    assert!(ran.out.starts_with("yes\t"), "{ran:?}");
    let _ = writeln!(
        std::io::stderr().lock(),
        "{megabytes} MB answered in {:.1?}",
        begun.elapsed()
    );
}

#[test]
fn twenty_megabytes_of_other_things_are_passed_over() {
    huge_is_answered(20);
}

#[test]
fn five_hundred_megabytes_of_other_things_are_passed_over() {
    huge_is_answered(500);
}

#[test]
fn a_policy_of_a_thousand_wildcards_ends() {
    let stars = "a*".repeat(1_000);
    let each: Vec<String> = (0..1_000)
        .map(|n| format!("\"arn:aws:s3:::*{n}*/x?{n}*\""))
        .collect();
    let roles = [
        role(
            "stars",
            "arn:aws:iam::444455556666:root",
            &format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::{stars}b"}}"#),
        ),
        role(
            "actions",
            "arn:aws:iam::444455556666:root",
            &format!(
                r#"{{"Effect": "Allow", "Action": "s3:{}", "Resource": "*"}}"#,
                "*t".repeat(1_000)
            ),
        ),
        role(
            "each",
            "arn:aws:iam::444455556666:root",
            &format!(
                r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": [{}]}}, {{"Effect": "Deny", "Action": "s3:*", "Resource": [{}]}}"#,
                each.join(","),
                each.join(",").replace('x', "y")
            ),
        ),
    ];
    let estate = Estate::new();
    estate.with("stars.json", account(&roles)).answers(&[]);
    let ask = |name: &str, resource: &str| {
        let (word, ran) = estate.can(
            &format!("arn:aws:iam::444455556666:role/{name}"),
            "s3:GetObject",
            resource,
        );
        (word, ran)
    };
    let long = format!("arn:aws:s3:::{}b", "ac".repeat(1_000));
    assert_eq!(ask("stars", &long).0, "yes");
    assert_eq!(ask("stars", &format!("{long}c")).0, "no");
    assert_eq!(ask("actions", "arn:aws:s3:::a/b").0, "no");
    assert_eq!(ask("each", "arn:aws:s3:::a17b/x_17").0, "yes");
    assert_eq!(ask("each", "arn:aws:s3:::a17b/z_17").0, "no");
    let pattern = estate.run(&[
        "can",
        "arn:aws:iam::444455556666:role/each",
        "s3:*",
        "arn:aws:s3:::*",
        "--in",
        ".",
        "--format",
        "plain",
    ]);
    assert!(
        ["no\t", "unknown\t"]
            .iter()
            .any(|word| pattern.out.starts_with(word)),
        "{pattern:?}"
    );
}

#[test]
fn ten_thousand_levels_are_told_and_end() {
    const LEVELS: usize = 10_000;
    let json = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {}{}}}",
        "[".repeat(LEVELS),
        "]".repeat(LEVELS)
    );
    let flow = format!(
        "apiVersion: v1\nkind: ConfigMap\ndata: {}{}\n",
        "[".repeat(LEVELS),
        "]".repeat(LEVELS)
    );
    let dashes = format!(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  {}x\n",
        "- ".repeat(LEVELS)
    );
    let mut block = String::from("apiVersion: v1\nkind: ConfigMap\ndata:\n");
    for level in 1..2_000 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    Estate::new()
        .with("deep.json", json)
        .with("deep-flow.yaml", flow)
        .with("deep-dashes.yaml", dashes)
        .with("deep-block.yaml", block)
        .answers(&[
            "deep.json:1:",
            "deep-flow.yaml:3:",
            "deep-dashes.yaml:4:",
            "deep-block.yaml:",
        ]);
}

#[test]
fn aliases_that_multiply_are_told_and_end() {
    let mut bomb = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: shop}\ndata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n",
    );
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        let _ = writeln!(
            bomb,
            "  a{level}: &a{level} [{}]",
            [below.as_str(); 10].join(", ")
        );
    }
    let itself =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: circle, namespace: shop}\ndata: &d {self: *d}\n";
    Estate::new()
        .with("bomb.yaml", bomb)
        .with("circle.yaml", itself)
        .answers(&["bomb.yaml:", "circle.yaml:4:"]);
}

#[test]
fn what_a_limit_takes_away_ends_a_strict_run() {
    let deep = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let estate = Estate::new();
    let strict = estate.with("deep.json", &deep).run(&[
        "can",
        "system:serviceaccount:payments:api",
        "core/secrets:get",
        "payments/key",
        "--in",
        ".",
        "--strict",
    ]);
    assert!(strict.err.contains("deep.json:1:"), "{strict:?}");
    assert_eq!(strict.code, 5, "{strict:?}");
}
