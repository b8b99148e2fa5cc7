//! AWS IAM compiled into permission sets.
//!
//! What is read: account authorization details (`aws iam get-account-authorization-details`, in pages, files and accounts
//! of any mix) and credential reports. What comes out: users, roles and root users, each with what its policies let it do,
//! who may become whom, and what is not known. `docs/semantics/aws.md` says rule by rule what is implemented.
//!
//! Entry points: [`Aws`], the platform; [`catalogue`], the actions that exist.
//!
//! What this crate does not know: files, the clock, how answers look, any other platform.

mod actions;
pub mod catalogue;
mod compile;
#[cfg(test)]
mod concrete;
mod credentials;
mod export;
mod keys;
mod lower;
mod platform;
mod policy;

pub use platform::Aws;

/// The platform's name, as in canonical ids.
pub const NAME: &str = "aws";
