//! Claims on the embedded catalogue. Counts are those of the pinned package version and change with it.

mod classes;
mod conditions;
mod facts;
mod patterns;

use super::{ActionId, Catalogue};

/// The embedded catalogue.
fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

/// An action that must exist.
fn action(name: &str) -> ActionId {
    catalogue()
        .find(name)
        .unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}
