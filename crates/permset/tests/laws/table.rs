//! Component: the table of properties itself.

use std::fmt::Write as _;
use std::path::Path;

use leastwise_permset::fuzz::TARGETS;

const SOURCES: &[(&str, &str)] = &[
    ("meaning", include_str!("meaning.rs")),
    ("patterns", include_str!("patterns.rs")),
    ("values", include_str!("values.rs")),
    ("algebra", include_str!("algebra.rs")),
    ("engine", include_str!("engine.rs")),
    ("verdicts", include_str!("verdicts.rs")),
    ("cases", include_str!("cases.rs")),
    ("fuzzed", include_str!("fuzzed.rs")),
    ("table", include_str!("table.rs")),
];

const PREFACE: &str = "# Properties

What is held to be true of the algebra (`crates/permset`), and how often it is tried in one run of
`cargo test -p leastwise-permset`. Random inputs are the same in each run; the environment variable `LAWS_SEED` (a
number) chooses others, and `LAWS_FACTOR` multiplies the cases of every law and the inputs of every fuzz target:

    LAWS_SEED=7 LAWS_FACTOR=100 cargo test --release -p leastwise-permset --test laws

A, B, C are permission sets; r is a request; t a text or a test; p, q are patterns; *naive* is the twin that tries every
request of a small universe. Fuzz targets are functions of `crates/permset/src/fuzz.rs`, wrapped for cargo-fuzz in `fuzz/`.

This page is generated from the sources of the laws, and a test compares the two; to write it anew:

    LAWS_TABLE=write cargo test -p leastwise-permset --test laws table

";

/// One row: what is tried, of which component, what must hold, how often.
struct Row {
    target: String,
    component: String,
    property: String,
    times: String,
}

/// The laws in one source: the text after `///` before a `#[test]`, under the last `cases(…)` of its block.
fn laws(file: &str, source: &str) -> Vec<Row> {
    let component = source
        .lines()
        .find_map(|line| line.strip_prefix("//! Component: "))
        .unwrap_or_default();
    let (mut rows, mut property, mut cases, mut is_test) = (Vec::new(), Vec::new(), None, false);
    for line in source.lines() {
        let code = line.trim();
        if line == "}" {
            cases = None;
        } else if let Some(after) = code.strip_prefix("#![proptest_config(cases(") {
            cases = after.split(')').next();
        } else if let Some(text) = code.strip_prefix("/// ") {
            property.push(text);
        } else if code == "#[test]" {
            is_test = true;
        } else if let (true, Some(after)) = (is_test, code.strip_prefix("fn ")) {
            rows.push(Row {
                target: format!("`{file}::{}`", after.split('(').next().unwrap_or_default()),
                component: component.trim_end_matches('.').to_owned(),
                property: property.join(" "),
                times: cases.unwrap_or("once").to_owned(),
            });
            (property, is_test) = (Vec::new(), false);
        } else if !code.starts_with("#[") {
            property.clear();
        }
    }
    rows
}

/// The fuzz targets, with the comments that stand above them.
fn targets() -> Vec<Row> {
    let source = include_str!("../../src/fuzz.rs");
    let property = |name: &str| {
        let head = source
            .split(&format!("pub fn {name}("))
            .next()
            .unwrap_or_default();
        let comment = head
            .trim_end()
            .lines()
            .rev()
            .map_while(|line| line.strip_prefix("/// "));
        let mut lines: Vec<&str> = comment.collect();
        lines.reverse();
        lines.join(" ")
    };
    let rows = TARGETS.iter().map(|(name, _)| Row {
        target: format!("`{name}`"),
        component: "fuzz target".to_owned(),
        property: property(name),
        times: crate::fuzzed::inputs(name).to_string(),
    });
    rows.collect()
}

fn render(rows: &[Row]) -> String {
    let mut page = PREFACE.to_owned();
    page.push_str("| target | component | property | cases |\n|---|---|---|---|\n");
    for Row {
        target,
        component,
        property,
        times,
    } in rows
    {
        let _always = writeln!(
            page,
            "| {target} | {component} | {} | {times} |",
            property.replace('|', "\\|")
        );
    }
    page
}

/// `docs/properties.md` lists every law and every fuzz target, and each says what it holds
#[test]
fn table_is_what_the_sources_say() {
    let rows: Vec<Row> = SOURCES
        .iter()
        .flat_map(|(file, source)| laws(file, source))
        .chain(targets())
        .collect();
    for row in &rows {
        assert!(
            !row.property.is_empty() && !row.component.is_empty(),
            "{} does not say what it holds",
            row.target
        );
    }
    for (file, source) in SOURCES {
        let tests = source.lines().filter(|line| line.trim() == "#[test]").count();
        assert_eq!(
            tests,
            laws(file, source).len(),
            "{file}: a test is not in the table"
        );
    }
    let listed = include_str!("main.rs")
        .lines()
        .filter(|line| line.starts_with("mod "))
        .count();
    assert_eq!(listed - 1, SOURCES.len(), "a module of laws is not in the table");
    let page = render(&rows);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/properties.md");
    if std::env::var("LAWS_TABLE").is_ok_and(|how| how == "write") {
        std::fs::write(&path, &page).unwrap();
    }
    match std::fs::read_to_string(&path) {
        Ok(found) => assert!(
            found == page,
            "docs/properties.md is old: LAWS_TABLE=write writes it anew"
        ),
        Err(_) => println!("skipped: docs/properties.md is not part of this copy of the sources"),
    }
}
