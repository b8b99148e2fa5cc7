//! Paths with root protection: they ask for the capability `sudo` besides that of the operation.

use leastwise_permset::{Case, Element, Pattern, Strings};

use crate::product::Product;

const ROWS: &str = include_str!("../data/protected.tsv");

/// The rows of a data file: lines without comment, split at tabs.
pub(crate) fn rows(data: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    data.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

/// The mounts that every server has, by type.
pub(crate) const BUILT_IN: [(&str, &str); 2] = [("system", "sys/"), ("token", "auth/token/")];

/// The paths with root protection on a server with these mounts: type, and path with namespace and final `/`.
pub(crate) fn paths<'m>(product: Product, mounts: impl IntoIterator<Item = (&'m str, &'m str)>) -> Strings {
    let mut patterns = Vec::new();
    for (kind, mount) in mounts {
        // In the root namespace the system backend is of type `system`, elsewhere of `ns_system`.
        let kind = kind.strip_prefix("ns_").unwrap_or(kind);
        for row in rows(ROWS) {
            let [of, path, products, ..] = *row else { continue };
            if of != kind || !products.split(',').any(|name| name == product.as_str()) {
                continue;
            }
            patterns.push(pattern(&format!("{mount}{path}")));
        }
    }
    Strings::any_of(patterns)
}

/// A path in which `*` at the end stands for any text.
pub(crate) fn pattern(path: &str) -> Pattern {
    match path.strip_suffix('*') {
        Some(begin) => Pattern::new([Element::Text(begin.into()), Element::Many], Case::Exact),
        None => Pattern::literal(path),
    }
}
