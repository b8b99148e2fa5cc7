//! Vault and OpenBao policies compiled into permission sets.
//!
//! ```
//! use leastwise_permset::Request;
//! use leastwise_vault::{Policy, Product, allows};
//!
//! let policy = Policy::parse(
//!     r#"path "secret/*" { capabilities = ["read"] }
//!        path "secret/+/app" { capabilities = ["update"] }"#,
//!     Product::OpenBao,
//!     None,
//! )
//! .unwrap();
//! let set = allows(&[policy], Product::OpenBao, None);
//!
//! // One pattern decides, and it is the one whose first wildcard stands further behind or, as here, has no `*` at its end.
//! assert!(set.contains(&Request::new("update", "secret/data/app")));
//! assert!(!set.contains(&Request::new("read", "secret/data/app")));
//! assert!(set.contains(&Request::new("read", "secret/data/other")));
//! ```
//!
//! What is read, what each rule means, and what is not evaluated: `docs/semantics/vault.md`. [`concrete`] is the server's
//! lookup itself, one request at a time; compiled sets are compared with it, and it with a real server. Everything is linear
//! in the input, but for the patterns of one identity's policies, each of which is compared with those that may match the
//! same path. Nothing here reads files, talks to a server, or keeps a token, a secret id or a password.

mod catalogue;
mod collect;
mod compile;
pub mod concrete;
mod devices;
mod export;
mod hcl;
mod lower;
mod operation;
mod path;
mod policy;
mod product;
mod protected;
mod reader;
mod roles;
mod spell;
mod template;
mod usage;
mod words;

use jiff::Timestamp;
use leastwise_document::{Item, Position};
use leastwise_model::{
    ActionCatalogue, Collector, InstanceIndex, KeyOrigin, Location, Logged, Platform, PolicyReading, Reader,
    Remark, RoleLanguage, Settings, Snapshot, Text, Wanted,
};
use leastwise_permset::{Key, Label, PermissionSet, Region, Strings};

pub use operation::{Operation, Operations};
pub use policy::{Constraints, Given, Policy, PolicyFault, Rule};
pub use product::Product;

/// Vault and OpenBao.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vault;

/// The requests that a token under all of `policies` may make on a server without further mounts, templates left open; each
/// rule under a label that numbers it over all policies. `now`: what ended before is over.
#[must_use]
pub fn allows(policies: &[Policy], product: Product, now: Option<Timestamp>) -> PermissionSet {
    let protected = protected::paths(product, protected::BUILT_IN);
    let held: Vec<lower::Held<'_>> = policies
        .iter()
        .flat_map(|policy| &policy.rules)
        .zip(0..)
        .map(|(rule, number)| lower::Held {
            rule,
            namespace: "",
            label: Label(number),
            until: None,
        })
        .collect();
    let world = lower::World {
        product,
        now,
        protected: &protected,
    };
    lower::lower(&held, &world, &|_| path::Value::Open).set
}

fn reading((product, policy): (Product, Result<Policy, PolicyFault>)) -> PolicyReading {
    let mut remarks = Vec::new();
    let mut statements = Vec::new();
    let location = |at: Position| Location {
        file: leastwise_model::FileIndex(0),
        line: at.line,
        column: at.column,
        pointer: Box::default(),
    };
    let allows = match policy {
        Ok(policy) => {
            statements.extend(policy.rules.iter().map(|rule| location(rule.at)));
            allows(&[policy], product, None)
        }
        Err(fault) => {
            remarks.push(Remark {
                location: Some(location(fault.at)),
                what: fault.what.into(),
                hint: "correct the policy; a server would refuse to store it".into(),
                loses: true,
            });
            PermissionSet::empty()
        }
    };
    PolicyReading {
        allows,
        denies: PermissionSet::empty(),
        statements,
        remarks,
    }
}

impl Platform for Vault {
    fn name(&self) -> &'static str {
        "vault"
    }

    fn title(&self) -> &'static str {
        "Vault/OpenBao"
    }

    fn reader(&self, _settings: &Settings) -> Box<dyn Reader> {
        Box::new(reader::VaultReader::default())
    }

    fn catalogue(&self) -> &dyn ActionCatalogue {
        &catalogue::Catalogue
    }

    fn key_origin(&self, key: &Key) -> KeyOrigin {
        match key.as_str() {
            lower::PARAMETERS | lower::WRAP | lower::LIMIT => KeyOrigin::Caller,
            lower::TIME | lower::APPROVED | lower::MFA | compile::ADDRESS => KeyOrigin::World,
            _ => KeyOrigin::Identity,
        }
    }

    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        spell::requests(action, resource)
    }

    fn objection(&self, action: &str, resource: &str) -> Option<Text> {
        spell::objection(action, resource)
    }

    /// Writing every policy: whoever can write the policies that it is under itself can do anything.
    fn administration(&self, _snapshot: &Snapshot, _instance: InstanceIndex) -> PermissionSet {
        let policies = protected::pattern("sys/policies/acl/*");
        Region::new(
            Strings::literal(Operation::Update.as_str()),
            Strings::one(policies),
        )
        .into()
    }

    fn collects(&self) -> &'static [&'static str] {
        &["vault", "openbao"]
    }

    fn collector(&self, wanted: &Wanted) -> Option<Box<dyn Collector>> {
        Some(Box::new(collect::VaultCollector::new(wanted)))
    }

    fn logged(&self) -> Option<&'static dyn Logged> {
        Some(&usage::AuditLog)
    }

    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        Some(&roles::VaultRoles)
    }

    /// A policy written as JSON, as a token under it alone, without further mounts.
    fn policy(&self, item: &Item) -> Option<PolicyReading> {
        if item.from.is_some() || !item.pointer.is_empty() || !reader::is_policy(&item.node) {
            return None;
        }
        Some(reading(reader::either(|product| {
            Policy::of_json(&item.node, product, None)
        })))
    }

    /// A policy in HCL, as a token under it alone, without further mounts.
    fn policy_text(&self, text: &str) -> Option<PolicyReading> {
        reader::is_policy_text(text)
            .then(|| reading(reader::either(|product| Policy::parse(text, product, None))))
    }
}
