//! `cargo xtask check`: everything a change must pass, cheapest first.
//!
//! A check is a row of [`CHECKS`]. All of them run, so that one call shows everything there is to repair.

mod layering;
mod tidy;

use crate::report::{Failure, say};
use crate::workspace::call;

/// One thing that is checked.
struct Check {
    /// What holds when it passes.
    claim: &'static str,
    /// Whether it runs the tests.
    kind: Kind,
    run: fn() -> Result<(), Failure>,
}

/// Which checks `--without-tests` leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Looks at the text, or builds.
    Look,
    /// Runs the tests.
    Test,
}

/// Every check, cheapest first.
const CHECKS: &[Check] = &[
    Check {
        claim: "a crate uses only crates of lower floors",
        kind: Kind::Look,
        run: layering::check,
    },
    Check {
        claim: "source files are tidy",
        kind: Kind::Look,
        run: tidy::check,
    },
    Check {
        claim: "the code is formatted",
        kind: Kind::Look,
        run: format,
    },
    Check {
        claim: "clippy has nothing to say",
        kind: Kind::Look,
        run: lint,
    },
    Check {
        claim: "the documentation builds without warnings",
        kind: Kind::Look,
        run: document,
    },
    Check {
        claim: "the tests pass",
        kind: Kind::Test,
        run: test,
    },
];

/// Runs the command.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let with_tests = match words.as_slice() {
        [] => true,
        ["--without-tests"] => false,
        _ => return Err(Failure("usage: cargo xtask check [--without-tests]".to_owned())),
    };
    let mut failed = 0;
    for check in CHECKS
        .iter()
        .filter(|check| with_tests || check.kind == Kind::Look)
    {
        say(format_args!("check: {}", check.claim));
        if let Err(failure) = (check.run)() {
            say(format_args!("failed: {}: {failure}", check.claim));
            failed += 1;
        }
    }
    match failed {
        0 => Ok(()),
        1 => Err(Failure("1 check failed".to_owned())),
        many => Err(Failure(format!("{many} checks failed"))),
    }
}

fn format() -> Result<(), Failure> {
    call("cargo", &["fmt", "--all", "--check"], &[])
}

fn lint() -> Result<(), Failure> {
    call(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )
}

fn document() -> Result<(), Failure> {
    call(
        "cargo",
        &["doc", "--workspace", "--no-deps", "--quiet"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )
}

fn test() -> Result<(), Failure> {
    call("cargo", &["test", "--workspace"], &[])
}
