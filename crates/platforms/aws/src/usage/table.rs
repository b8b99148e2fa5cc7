//! Rows of the data files, and patterns in them.

/// The fields of each row that is not a comment.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

/// Whether `text` is as `pattern` says, where one `*` may stand for any text.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, behind)) => {
            text.len() >= before.len() + behind.len() && text.starts_with(before) && text.ends_with(behind)
        }
    }
}
