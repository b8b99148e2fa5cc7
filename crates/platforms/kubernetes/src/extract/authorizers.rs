//! The configuration of an API server that names whom it asks whether a request may pass.
//!
//! Source: Kubernetes documentation, "Authorization" (Configuring the API Server using an authorization config file).

use leastwise_document::Node;

use super::{From, Odd, list};
use crate::object::Authorizer;

pub(super) const GROUP: &str = "apiserver.config.k8s.io";

impl From<'_, '_> {
    /// In the order in which they are asked. What webhooks are told about and how they are reached is left out.
    pub(super) fn authorizers(&mut self, node: &Node) -> Result<Box<[Authorizer]>, Odd> {
        list(node, "authorizers")?
            .iter()
            .map(|one| {
                Ok(Authorizer {
                    kind: self.text(one, "type")?,
                    name: self.text(one, "name")?,
                })
            })
            .collect()
    }
}
