//! What an organization lets through, decided level by level.

use std::collections::BTreeMap;

use leastwise_document::{Limits, read};

use super::world::organization::{ID, Organization};
use super::{Asked, says};
use crate::policy::{Document, Effect, parse_encoded};

/// The policies above accounts; `None` stands for the one that allows everything.
#[derive(Default)]
pub struct Above {
    service: BTreeMap<String, Vec<Vec<Option<Document>>>>,
    resource: BTreeMap<String, Vec<Document>>,
    /// The path to each account.
    paths: BTreeMap<String, String>,
}

/// A document read.
pub fn parsed(text: &str) -> Document {
    let mut document = None;
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    read(text.as_bytes(), &limits, &mut |item| {
        document = Some(parse_encoded(&item.node, ""));
    });
    document.expect("one document")
}

impl Above {
    pub fn of(organization: &Organization) -> Self {
        let mut above = Self::default();
        for (account, chain) in &organization.chains {
            let at = |node: &str, service: bool| {
                organization
                    .policies
                    .iter()
                    .filter(move |policy| policy.service == service)
                    .filter(|policy| policy.targets.contains(&node))
                    .map(|policy| policy.document.as_ref().map(|text| parsed(&text.to_string())))
                    .collect::<Vec<_>>()
            };
            let levels = chain.iter().map(|node| at(node, true)).collect();
            above.service.insert((*account).to_owned(), levels);
            let refusing = chain.iter().flat_map(|node| at(node, false)).flatten().collect();
            above.resource.insert((*account).to_owned(), refusing);
            let path = format!("{ID}/{}/", chain[..chain.len() - 1].join("/"));
            above.paths.insert((*account).to_owned(), path);
        }
        above
    }

    /// Whether a request of somebody of `home` on a resource of `owner` passes.
    pub fn passes(&self, home: &str, owner: &str, asked: &Asked<'_>) -> bool {
        for level in self.service.get(home).into_iter().flatten() {
            let said = |effect| level.iter().flatten().any(|one| says(one, effect, asked));
            let full = level.iter().any(Option::is_none);
            if said(Effect::Deny) || !full && !said(Effect::Allow) {
                return false;
            }
        }
        let bound = ["s3:", "sqs:", "sts:"]
            .iter()
            .any(|head| asked.action.starts_with(head));
        let refusing = self.resource.get(owner).into_iter().flatten();
        !bound || asked.resource == "*" || !refusing.into_iter().any(|one| says(one, Effect::Deny, asked))
    }

    /// The organization of a resource's owner.
    pub fn of_resource(&self, owner: &str, context: &mut BTreeMap<String, Vec<String>>) {
        if self.paths.contains_key(owner) {
            context.insert("aws:resourceorgid".into(), vec![ID.to_owned()]);
        }
    }

    /// The keys of the organization in requests of an account's identities.
    pub fn context(&self, home: &str, context: &mut BTreeMap<String, Vec<String>>) {
        if let Some(path) = self.paths.get(home) {
            context.insert("aws:principalorgid".into(), vec![ID.to_owned()]);
            context.insert("aws:principalorgpaths".into(), vec![path.clone()]);
        }
    }
}
