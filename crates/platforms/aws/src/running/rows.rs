//! Rows of `data/running.tsv`.

use std::sync::OnceLock;

/// How an output tells what runs as a role.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it is.
    pub word: &'static str,
    /// The command whose output tells it.
    pub command: &'static str,
    /// Where in the output it is.
    pub at: &'static str,
    /// Where in each its ARN is; empty where the ARN has to be put together.
    pub arn: &'static str,
    /// Where in each the ARN of its role is.
    pub role: &'static str,
    /// Whether an output tells all of an account and region.
    pub all: bool,
    /// What its ARN is like.
    pub pattern: &'static str,
}

/// All rows, in the order of the file. A malformed row is left out; a test makes sure that none is.
pub fn kinds() -> &'static [Kind] {
    static ROWS: OnceLock<Vec<Kind>> = OnceLock::new();
    ROWS.get_or_init(|| lines().filter_map(parse).collect())
}

pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../../data/running.tsv");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Kind> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Kind {
        word: next()?,
        command: next()?,
        at: next()?,
        arn: next()?,
        role: next()?,
        all: match next()? {
            "all" => true,
            "some" => false,
            _ => return None,
        },
        pattern: next()?,
    })
}
