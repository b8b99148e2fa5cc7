//! Policies that are attached to resources, as the AWS command line prints them.
//!
//! Most outputs do not name the resource; a wrapper does (see [`crate::output`]). A resource of which nothing was exported
//! is not here: that is different from one of which is known that it has no policy.

mod grants;
mod take;

use std::collections::BTreeMap;

use leastwise_model::{Remark, Text};

use crate::export::Spot;
use crate::lower::account_of;
use crate::policy::Document;
pub use grants::{Grant, Ungranted};

/// What is known of the policy of a resource.
#[derive(Clone, Debug)]
pub enum Policy {
    /// It has none.
    None,
    /// This one.
    Document(Document),
    /// It could not be read, because of this.
    Unread(Text),
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The account that owns it, where its name or a wrapper tells.
    pub owner: Option<Text>,
    /// Its policy.
    pub policy: Policy,
    /// The command that shows it again.
    pub settle: Text,
    /// Where it stands.
    pub spot: Spot,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// What it leads to, such as `com.amazonaws.eu-west-1.s3`.
    pub service: Text,
    /// Its policy.
    pub document: Document,
    /// Where it stands.
    pub spot: Spot,
}

/// All that was exported of resources.
#[derive(Debug, Default)]
pub struct Resources {
    /// Policies by ARN.
    pub policies: BTreeMap<Text, Exported>,
    /// Grants of keys, by key and by what names them there.
    pub grants: BTreeMap<(Text, Text), Grant>,
    /// Keys of which not all grants are known.
    pub ungranted: Vec<Ungranted>,
    /// VPC endpoints by id.
    pub endpoints: BTreeMap<Text, Endpoint>,
    /// Whether public policies are kept from letting other accounts in, by bucket and by account.
    restricts: BTreeMap<Text, bool>,
    /// What to tell about the input.
    pub remarks: Vec<Remark>,
}

impl Resources {
    /// Whether a public policy of a bucket lets nobody of other accounts in; `None` where that was not exported.
    pub fn restricted(&self, bucket: &str, owner: &str) -> Option<bool> {
        let by = |name: &str| self.restricts.get(name).copied();
        match (by(bucket), by(owner)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// What the policies say.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let policies = self.policies.values().filter_map(|one| match &one.policy {
            Policy::Document(document) => Some(document),
            Policy::None | Policy::Unread(_) => None,
        });
        let endpoints = self.endpoints.values().map(|one| &one.document);
        policies.chain(endpoints)
    }

    /// Resources whose names carry no account, with their owners.
    pub fn owned(&self) -> impl Iterator<Item = (&Text, &Text)> {
        let unnamed = self.policies.iter().filter(|(arn, _)| account_of(arn).is_none());
        unnamed.filter_map(|(arn, one)| Some((arn, one.owner.as_ref()?)))
    }
}

/// Whether a resource is a key, for which policies of identities count only where its own policy lets them.
pub fn is_key(arn: &str) -> bool {
    service(arn) == "kms"
}

/// Whether a resource is a bucket.
pub fn is_bucket(arn: &str) -> bool {
    service(arn) == "s3"
}

/// The service in an ARN.
pub fn service(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}
