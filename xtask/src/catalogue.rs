//! `cargo xtask catalogue <platform> [--check]`: rebuilds the action catalogues that the platform crates embed.

mod aws;

use crate::report::Failure;

/// Runs the command. Without `--check` the file in the repository is replaced, with it the two are compared.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["aws"] => aws::rebuild(aws::Mode::Write),
        ["aws", "--check"] => aws::rebuild(aws::Mode::Compare),
        _ => Err(Failure("usage: cargo xtask catalogue aws [--check]".to_owned())),
    }
}
