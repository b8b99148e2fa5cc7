//! The large comparisons with real servers: `cargo xtask differential <platform> [--worlds N] …`.
//!
//! Small ones are part of the tests. Each is a program of its platform's crate, which knows how it finds its servers; what
//! stands behind the platform's name is given to it.

use crate::report::Failure;
use crate::workspace::call;

/// Platforms, and how many worlds make the large run.
const PLATFORMS: &[(&str, &str)] = &[("aws", "600"), ("vault", "250"), ("postgresql", "120")];

/// Runs the command.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let names: Vec<&str> = PLATFORMS.iter().map(|(name, _)| *name).collect();
    let usage = || {
        Failure(format!(
            "usage: cargo xtask differential {} [--worlds N] [--seed N]",
            names.join("|")
        ))
    };
    let Some((platform, rest)) = words.split_first() else {
        return Err(usage());
    };
    let Some((name, worlds)) = PLATFORMS.iter().find(|(name, _)| name == platform) else {
        return Err(usage());
    };
    let package = format!("leastwise-{name}");
    if *name == "aws" {
        return aws(&package, rest, worlds);
    }
    let program = format!("differential_{name}");
    let mut arguments = vec![
        "run",
        "--release",
        "--package",
        &package,
        "--example",
        &program,
        "--",
    ];
    arguments.extend(rest.iter().map(String::as_str));
    if !rest.iter().any(|word| word == "--worlds") {
        arguments.extend(["--worlds", worlds]);
    }
    call("cargo", &arguments, &[])
}

/// That of AWS is a test of its crate, as it asks the twin, which nobody outside of it sees.
fn aws(package: &str, rest: &[String], worlds: &str) -> Result<(), Failure> {
    let told = |name: &str, otherwise: &str| {
        let at = rest.iter().position(|word| word == name);
        let value = at.and_then(|at| rest.get(at + 1));
        value.cloned().unwrap_or_else(|| otherwise.to_owned())
    };
    let (worlds, seed) = (told("--worlds", worlds), told("--seed", "1"));
    let test = ["--lib", "--", "--ignored", "simulator", "--nocapture"];
    call(
        "cargo",
        &[&["test", "--release", "--package", package], &test[..]].concat(),
        &[("LEASTWISE_WORLDS", &worlds), ("LEASTWISE_SEED", &seed)],
    )
}
