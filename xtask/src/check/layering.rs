//! The order of the crates: each may use only crates of lower floors, and no platform uses another.
//!
//! The table of `ARCHITECTURE.md` in code. Dependencies for tests count too, because a test that reaches upwards would make
//! a crate impossible to publish alone; only the benchmark crate is free for all tests.

use std::path::Path;

use serde_json::Value;

use crate::report::Failure;
use crate::workspace::{capture, root};

/// The floors, lowest first. [`PLATFORM`] stands for every crate in `crates/platforms/`.
const FLOORS: &[&str] = &[
    "leastwise-permset",
    "leastwise-document",
    "leastwise-model",
    PLATFORM,
    "leastwise-effective",
    "leastwise-usage",
    "leastwise-roles",
    "leastwise-findings",
    "leastwise-governance",
    "leastwise-store",
    "leastwise-report",
    "leastwise-server",
    "leastwise",
];
/// The floor of the platform crates.
const PLATFORM: &str = "a platform";
/// Crates beside the building: they may use any crate.
const BESIDE: &[&str] = &[BENCH, "xtask"];
/// Generators of input; any test may use it, no product code.
const BENCH: &str = "leastwise-bench";

/// One crate of the workspace.
#[derive(Debug, Clone)]
struct Package {
    name: String,
    /// Its folder lies in `crates/platforms/`.
    is_platform: bool,
    /// What it uses within the workspace.
    uses: Vec<Use>,
}

/// A dependency of one crate of the workspace on another.
#[derive(Debug, Clone)]
struct Use {
    name: String,
    /// Only tests, examples and benchmarks need it.
    for_tests: bool,
}

/// Checks the workspace as `cargo metadata` describes it.
pub(super) fn check() -> Result<(), Failure> {
    let root = root();
    let text = capture(
        &root,
        "cargo",
        &["metadata", "--format-version", "1", "--no-deps"],
    )?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|cause| Failure(format!("`cargo metadata` is not JSON: {cause}")))?;
    let violations = violations(&packages(&metadata, &root.join("crates").join("platforms")));
    if violations.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("\n  {}", violations.join("\n  "))))
}

/// The crates of the workspace and what they use of it.
fn packages(metadata: &Value, platforms: &Path) -> Vec<Package> {
    let list = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    list(metadata, "packages")
        .iter()
        .map(|package| Package {
            name: text(package, "name"),
            is_platform: Path::new(&text(package, "manifest_path")).starts_with(platforms),
            uses: list(package, "dependencies")
                .iter()
                .filter(|dependency| dependency.get("path").is_some_and(Value::is_string))
                .map(|dependency| Use {
                    name: text(dependency, "name"),
                    for_tests: text(dependency, "kind") == "dev",
                })
                .collect(),
        })
        .collect()
}

/// The floor of a crate.
fn floor(package: &Package) -> Option<usize> {
    let wanted = if package.is_platform {
        PLATFORM
    } else {
        package.name.as_str()
    };
    FLOORS.iter().position(|name| *name == wanted)
}

/// Every dependency that breaks the order, in words.
fn violations(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages
        .iter()
        .filter(|package| !BESIDE.contains(&package.name.as_str()))
    {
        let Some(own) = floor(package) else {
            found.push(format!(
                "`{}` has no floor; give it a place in xtask/src/check/layering.rs",
                package.name
            ));
            continue;
        };
        for used in &package.uses {
            if used.name == BENCH && used.for_tests {
                continue;
            }
            let other = packages.iter().find(|other| other.name == used.name);
            let reason = match other.map(|other| (floor(other), other.is_platform)) {
                Some((_, true)) if package.is_platform => "a platform never uses another",
                Some((Some(floor), _)) if floor < own => continue,
                Some((Some(_), _)) => "it does not lie on a lower floor",
                Some((None, _)) | None => "it is no part of the product",
            };
            found.push(format!("`{}` uses `{}`: {reason}", package.name, used.name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Package, Use, packages, violations};

    /// A crate of a made-up workspace; `test:` marks what only tests use, platforms end in `!`.
    fn package(name: &str, uses: &[&str]) -> Package {
        Package {
            name: name.trim_end_matches('!').to_owned(),
            is_platform: name.ends_with('!'),
            uses: uses
                .iter()
                .map(|used| Use {
                    name: used.trim_start_matches("test:").to_owned(),
                    for_tests: used.starts_with("test:"),
                })
                .collect(),
        }
    }

    /// A workspace that keeps the order.
    fn orderly() -> Vec<Package> {
        vec![
            package("leastwise-permset", &[]),
            package("leastwise-model", &["leastwise-permset"]),
            package(
                "leastwise-aws!",
                &["leastwise-model", "leastwise-permset", "test:leastwise-bench"],
            ),
            package("leastwise-kubernetes!", &["leastwise-model"]),
            package("leastwise-effective", &["leastwise-model"]),
            package(
                "leastwise",
                &["leastwise-effective", "leastwise-aws", "leastwise-kubernetes"],
            ),
            package("leastwise-bench", &["leastwise"]),
            package("xtask", &["leastwise-aws"]),
        ]
    }

    /// What is said after one more dependency is added to the orderly workspace.
    fn after(name: &str, used: &str) -> Vec<String> {
        let mut all = orderly();
        let more = package(name, &[used]).uses;
        all.iter_mut()
            .filter(|package| package.name == name)
            .for_each(|package| package.uses.extend(more.clone()));
        violations(&all)
    }

    #[test]
    fn an_orderly_workspace_passes() {
        assert!(violations(&orderly()).is_empty());
    }

    #[test]
    fn a_crate_must_not_use_a_higher_floor_not_even_in_tests() {
        let expected = ["`leastwise-permset` uses `leastwise-model`: it does not lie on a lower floor"];
        assert_eq!(after("leastwise-permset", "leastwise-model"), expected);
        assert_eq!(after("leastwise-permset", "test:leastwise-model"), expected);
        assert_eq!(after("leastwise-model", "leastwise-aws").len(), 1);
        assert_eq!(after("leastwise-effective", "leastwise-effective").len(), 1);
        assert!(after("leastwise-effective", "leastwise-aws").is_empty());
    }

    #[test]
    fn a_platform_must_not_use_another_in_either_direction() {
        let expected = ["`leastwise-aws` uses `leastwise-kubernetes`: a platform never uses another"];
        assert_eq!(after("leastwise-aws", "leastwise-kubernetes"), expected);
        assert_eq!(after("leastwise-kubernetes", "test:leastwise-aws").len(), 1);
    }

    #[test]
    fn only_tests_use_the_benchmark_crate_and_nobody_uses_xtask() {
        let expected = ["`leastwise-effective` uses `leastwise-bench`: it is no part of the product"];
        assert_eq!(after("leastwise-effective", "leastwise-bench"), expected);
        assert!(after("leastwise-effective", "test:leastwise-bench").is_empty());
        assert_eq!(after("leastwise-effective", "test:xtask").len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_named() {
        let mut all = orderly();
        all.push(package("leastwise-new", &[]));
        let found = violations(&all);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`leastwise-new` has no floor"));
    }

    #[test]
    fn metadata_is_read_with_kinds_and_folders() {
        let metadata = json!({"packages": [
            {"name": "leastwise-aws", "manifest_path": "/w/crates/platforms/aws/Cargo.toml", "dependencies": [
                {"name": "leastwise-model", "kind": null, "path": "/w/crates/model"},
                {"name": "leastwise-bench", "kind": "dev", "path": "/w/crates/bench"},
                {"name": "serde", "kind": null},
            ]},
            {"name": "leastwise-model", "manifest_path": "/w/crates/model/Cargo.toml", "dependencies": []},
        ]});
        let found = packages(&metadata, Path::new("/w/crates/platforms"));
        assert_eq!(
            found
                .iter()
                .map(|package| package.is_platform)
                .collect::<Vec<_>>(),
            [true, false]
        );
        let uses: Vec<_> = found[0]
            .uses
            .iter()
            .map(|used| (used.name.as_str(), used.for_tests))
            .collect();
        assert_eq!(uses, [("leastwise-model", false), ("leastwise-bench", true)]);
    }
}
