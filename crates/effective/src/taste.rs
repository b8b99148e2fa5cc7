//! Which requests make natural examples on a platform.

use leastwise_model::Platform;
use leastwise_permset::{Pattern, Strings, Taste};

/// Witnesses within the catalogue of a platform.
pub struct Catalogued(pub &'static dyn Platform);

impl Taste for Catalogued {
    fn actions(&self, within: &Strings) -> Vec<Box<str>> {
        actions(self.0, within, usize::MAX)
    }

    fn resources(&self, action: &str) -> Vec<Pattern> {
        self.0.catalogue().natural_shapes(action)
    }
}

/// The same, where to look through all actions is not worth its time.
pub(crate) struct FewActions(pub &'static dyn Platform);

impl Taste for FewActions {
    fn actions(&self, within: &Strings) -> Vec<Box<str>> {
        const FEW: usize = 64;
        actions(self.0, within, FEW)
    }

    fn resources(&self, action: &str) -> Vec<Pattern> {
        self.0.catalogue().natural_shapes(action)
    }
}

/// Witnesses with one action of the catalogue, on a resource of a shape that it takes.
pub struct OneAction<'a>(pub &'static dyn Platform, pub &'a str);

impl Taste for OneAction<'_> {
    fn actions(&self, _within: &Strings) -> Vec<Box<str>> {
        vec![Box::from(self.1)]
    }

    fn resources(&self, action: &str) -> Vec<Pattern> {
        self.0.catalogue().natural_shapes(action)
    }
}

fn actions(platform: &dyn Platform, within: &Strings, most: usize) -> Vec<Box<str>> {
    let catalogue = platform.catalogue();
    catalogue
        .select(within)
        .iter()
        .take(most)
        .map(|action| Box::from(catalogue.name(action)))
        .collect()
}
