//! Conditions of a template, in three values: they hold, they do not, nobody knows.
//!
//! Source: AWS CloudFormation User Guide, "Condition functions".

use leastwise_document::Node;

use super::scope::{DEEP, Scope, function};
use crate::policy::is_settled;

impl Scope<'_> {
    /// Whether a condition holds; `None` where that is not known.
    pub fn holds(&self, name: &str, depth: u8) -> Option<bool> {
        self.decided(self.section("Conditions")?.get(name)?, depth + 1)
    }

    fn decided(&self, node: &Node, depth: u8) -> Option<bool> {
        if depth >= DEEP || self.is_tired() {
            return None;
        }
        let (name, given) = function(node)?;
        let each = || given.list().iter().map(|one| self.decided(one, depth + 1));
        match name {
            "Condition" => self.holds(given.text()?, depth),
            "Equals" => {
                let [a, b] = given.list() else { return None };
                let (a, b) = (self.words(a, depth)?, self.words(b, depth)?);
                (is_settled(&a) && is_settled(&b)).then_some(a == b)
            }
            "Not" => each().next().flatten().map(|holds| !holds),
            "And" if each().any(|holds| holds == Some(false)) => Some(false),
            "And" => each().all(|holds| holds == Some(true)).then_some(true),
            "Or" if each().any(|holds| holds == Some(true)) => Some(true),
            "Or" => each().all(|holds| holds == Some(false)).then_some(false),
            _ => None,
        }
    }
}
