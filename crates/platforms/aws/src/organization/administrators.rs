//! Who administers a service for the whole organization.
//!
//! Sources: AWS Organizations API Reference, "ListDelegatedAdministrators", "ListDelegatedServicesForAccount"; AWS Organizations
//! User Guide, "Delegated administrator for AWS services that work with Organizations".

use std::collections::BTreeSet;

use leastwise_document::Node;
use leastwise_model::Text;

use super::{Listed, Organization};
use crate::output::Output;

/// The accounts to which the administration of a service is delegated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delegates {
    /// These.
    pub these: BTreeSet<Text>,
    /// Whether there are no others.
    pub all: bool,
}

/// The option of the command that names a service.
const SERVICE: &str = "--service-principal";

impl Organization {
    /// The management account, where it is one.
    pub fn management(&self) -> Option<&Text> {
        self.management.first().filter(|_| self.management.len() == 1)
    }

    /// Who administers a service beside the management account.
    pub fn delegates(&self, service: &str) -> Delegates {
        let told = self.delegates.get(service);
        // A list that was asked for without a service tells who administers none.
        let any = self.delegates.get("");
        let all = |listed: Option<&Listed>| listed.is_some_and(|listed| listed.all);
        Delegates {
            these: told.map(|listed| listed.these.clone()).unwrap_or_default(),
            all: all(told) || any.is_some_and(|any| any.all && any.these.is_empty()),
        }
    }

    /// Takes an output about delegated administrators; says whether it is one.
    pub(super) fn delegated(&mut self, output: &Output<'_>) -> bool {
        if let Some((accounts, all)) = output.list("DelegatedAdministrators") {
            let words = output.command.unwrap_or_default().split_ascii_whitespace();
            let service = words
                .skip_while(|word| *word != SERVICE)
                .nth(1)
                .unwrap_or_default();
            // As it prints, the list of one service looks like that of all.
            let all = all && output.command.is_some();
            let known = self.delegates.entry(service.into()).or_default();
            known.all |= all;
            known.these.extend(accounts.iter().filter_map(super::take::id));
            accounts.iter().for_each(|account| self.seen(account));
            return true;
        }
        let Some((services, _)) = output.list("DelegatedServices") else {
            return false;
        };
        if self.attributed(output, "the account") {
            let account: Text = output.of.unwrap_or_default().into();
            let names = services
                .iter()
                .filter_map(|one| one.get("ServicePrincipal").and_then(Node::text));
            for name in names {
                let known = self.delegates.entry(name.into()).or_default();
                known.these.insert(account.clone());
            }
        }
        true
    }
}
