//! The large comparisons with real servers: `cargo xtask differential <platform> [--worlds N] …`.
//!
//! Small ones are part of the tests. Each is a program of its platform's crate, which knows how it finds its servers; what
//! stands behind the platform's name is given to it.

use crate::report::Failure;
use crate::workspace::call;

/// Platforms, and how many worlds make the large run.
const PLATFORMS: &[(&str, &str)] = &[
    ("aws", "600"),
    ("kubernetes", "4800"),
    ("vault", "250"),
    ("postgresql", "120"),
];

/// Those whose large run is a test of the crate, as it asks the twin, which nobody outside of it sees; and how that is
/// called.
const TESTS: &[(&str, &[&str])] = &[
    ("aws", &["simulator", "--ignored"]),
    ("kubernetes", &["the_real_authorizer_decides_the_same"]),
];

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
    if let Some((_, test)) = TESTS.iter().find(|(of, _)| of == name) {
        return run_test(&package, test, rest, worlds);
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

fn run_test(package: &str, test: &[&str], rest: &[String], worlds: &str) -> Result<(), Failure> {
    let told = |name: &str, otherwise: &str| {
        let at = rest.iter().position(|word| word == name);
        let value = at.and_then(|at| rest.get(at + 1));
        value.cloned().unwrap_or_else(|| otherwise.to_owned())
    };
    let (worlds, seed) = (told("--worlds", worlds), told("--seed", "1"));
    let command = ["test", "--release", "--package", package, "--lib", "--"];
    call(
        "cargo",
        &[&command[..], test, &["--nocapture"]].concat(),
        &[("LEASTWISE_WORLDS", &worlds), ("LEASTWISE_SEED", &seed)],
    )
}
