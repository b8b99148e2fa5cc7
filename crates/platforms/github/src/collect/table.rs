//! What is asked beside owners, repositories and workflows: `data/collect.tsv`.

const ASKED: &str = include_str!("../../data/collect.tsv");

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Of what it is asked.
    pub of: &'static str,
    pub path: &'static str,
    /// The fields that are kept.
    pub kept: &'static str,
    /// What is asked of each element, and where the elements stand: `kind:path`.
    pub each: &'static str,
    pub permission: &'static str,
}

/// The rows of the table.
pub(super) fn rows() -> impl Iterator<Item = Row> {
    crate::rows::rows(ASKED).filter_map(|row| match *row {
        [of, path, kept, each, permission, ..] => Some(Row {
            of,
            path,
            kept,
            each,
            permission,
        }),
        _ => None,
    })
}
