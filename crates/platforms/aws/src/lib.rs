//! AWS IAM compiled into permission sets.
//!
//! What is read: account authorization details (`aws iam get-account-authorization-details`, in pages, files and accounts
//! of any mix) and credential reports. What comes out: users, roles and root users, each with what its policies let it do,
//! who may become whom, and what is not known. `docs/semantics/aws.md` says rule by rule what is implemented.
//!
//! ```
//! use leastwise_aws::Aws;
//! use leastwise_document::{Limits, read};
//! use leastwise_model::{File, Platform, Settings, Snapshot};
//! use leastwise_permset::Request;
//!
//! let export = br#"{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/reader", "RoleName": "reader",
//!     "RolePolicyList": [{"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement":
//!         [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"}]}}]}]}"#;
//! let mut snapshot = Snapshot::new();
//! let file = snapshot.add_file(File { path: "export.json".into(), unit: "export.json".into() });
//! let mut reader = Aws.reader(&Settings::default());
//! read(export, &Limits::default(), &mut |item| {
//!     reader.take(file, "export.json", item);
//! });
//! reader.compile(&mut snapshot);
//!
//! let held = snapshot.identities[0].holding.effective();
//! assert!(held.contains(&Request::new("s3:GetObject", "arn:aws:s3:::reports/june")));
//! assert!(!held.contains(&Request::new("s3:PutObject", "arn:aws:s3:::reports/june")));
//! ```
//!
//! Entry points: [`Aws`], the platform; [`catalogue`], the actions that exist.
//!
//! What this crate does not know: files, the clock, how answers look, any other platform.

mod actions;
pub mod catalogue;
mod cloudformation;
mod collect;
mod compile;
#[cfg(test)]
mod concrete;
mod config;
mod credentials;
mod declared;
mod export;
mod iam_collect;
mod identity_center;
mod keys;
mod lower;
mod organization;
mod output;
mod platform;
mod policy;
mod resources;
mod roles;
mod running;
mod sessions;
mod terraform;
mod told;
mod trails;
mod usage;

pub use platform::Aws;

/// The platform's name, as in canonical ids.
pub const NAME: &str = "aws";
