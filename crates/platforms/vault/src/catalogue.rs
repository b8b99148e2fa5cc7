//! The operations as a catalogue of actions.

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
use leastwise_permset::{Case, Context, Element, Pattern, Strings};

use crate::operation::Operation;

/// The ten operations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalogue;

impl ActionCatalogue for Catalogue {
    fn version(&self) -> &'static str {
        "operations of OpenBao 2.7 and Vault 1.20"
    }

    fn len(&self) -> usize {
        Operation::ALL.len()
    }

    fn name(&self, action: usize) -> &str {
        Operation::ALL
            .get(action)
            .map_or("", |operation| operation.as_str())
    }

    fn find(&self, name: &str) -> Option<usize> {
        Operation::ALL
            .iter()
            .position(|operation| operation.as_str() == name)
    }

    fn class(&self, name: &str) -> ActionClass {
        Operation::named(name).map_or(ActionClass::new(Verb::Write, Target::Data), Operation::class)
    }

    fn classes(&self, name: &str) -> ActionClasses {
        ActionClasses::default().with(self.class(name))
    }

    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        let context = Context::new();
        for (at, operation) in Operation::ALL.iter().enumerate() {
            if actions.contains(operation.as_str(), &context) {
                bits.insert(at);
            }
        }
        bits
    }

    fn resource_shapes(&self, name: &str) -> Vec<Pattern> {
        let mut elements = vec![Element::OneExcept('/'), Element::Many];
        if Operation::named(name).is_some_and(Operation::lists) {
            elements.push(Element::Text("/".into()));
        }
        vec![Pattern::new(elements, Case::Exact)]
    }
}
