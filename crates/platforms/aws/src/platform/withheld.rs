//! Requests about which policies of identities do not decide: rows of `data/withheld.tsv`.

use std::sync::OnceLock;

use leastwise_permset::{Case, Pattern, Strings};

/// One row.
struct Row {
    actions: Vec<&'static str>,
    resources: Strings,
    why: &'static str,
}

fn lines() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../../data/withheld.tsv");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let row = Row {
        actions: fields.next()?.split(' ').collect(),
        resources: Strings::one(Pattern::glob(fields.next()?, Case::Exact)),
        why: fields.next()?,
    };
    fields.next().map(|_| row)
}

/// Why an action on a resource is nothing that policies give; `None` where they may. A malformed row is left out; a test makes
/// sure that none is.
pub(super) fn withheld(action: &str, resource: &str) -> Option<&'static str> {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| lines().filter_map(parse).collect());
    let speaks = |row: &&Row| {
        let named = row.actions.iter().any(|name| name.eq_ignore_ascii_case(action));
        named
            && row
                .resources
                .contains(resource, &leastwise_permset::Context::new())
    };
    rows.iter().find(speaks).map(|row| row.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_row_is_read_and_names_actions_that_exist() {
        for line in lines() {
            let row = parse(line).unwrap_or_else(|| panic!("malformed row: {line}"));
            for action in row.actions {
                assert!(Catalogue::embedded().find(action).is_some(), "{action}");
            }
        }
    }
}
