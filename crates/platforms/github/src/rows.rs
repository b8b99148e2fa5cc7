//! Facts about the world, read from data files: fields between tabs, `#` before what is said to the reader.

/// The rows of a data file.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}
