//! Technical roles as code: one YAML file a role, read strictly.
//!
//! ```
//! use leastwise_roles::files::Folder;
//!
//! let file = "\
//! id: report-reader
//! name: Read reports
//! platform: aws
//! environment: production
//! state: active
//! permisions: []
//! ";
//! let mut folder = Folder::default();
//! folder.add("report-reader.yaml", file.as_bytes());
//! let (_, faults) = folder.finish();
//! assert_eq!(
//!     faults[0].to_string(),
//!     "report-reader.yaml:6:1: `permisions` is no field of a role; did you mean `permissions`?",
//! );
//! ```
//!
//! A [`Role`] belongs to exactly one platform and one environment. A [`BusinessRole`] says why, points at technical roles,
//! and holds no permission. [`Folder`] takes the files and gives [`Roles`]: every id once, every reference resolved, no
//! circle of inclusion; what is wrong is a [`RoleFault`] with its place. [`canonical`] writes a file as it is best written,
//! [`role_schema`] says the same as the reader to an editor. All of them are made from one table of fields.
//!
//! Reading is linear in the files. What a permission means is for its platform to say.

mod canonical;
mod fields;
mod folder;
mod read;
mod role;
mod schema;
#[cfg(test)]
mod tests;

pub use canonical::{Canonical, canonical};
pub use folder::{Folder, Roles};
pub use role::{Assignment, BusinessRole, Due, Evidence, Permission, Role, RoleFault, State};
pub use schema::{business_roles as business_roles_schema, role as role_schema};
