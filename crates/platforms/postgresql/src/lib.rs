//! PostgreSQL compiled into permission sets: roles, memberships, grants, ownership, attributes and row security.
//!
//! ```
//! use leastwise_document::{Limits, read};
//! use leastwise_model::{File, Platform, Settings, Snapshot};
//! use leastwise_permset::Request;
//! use leastwise_postgresql::PostgreSql;
//!
//! // What `psql -XAtq -f export.sql` prints; the query is `leastwise_postgresql::export_query()`.
//! let export = include_bytes!("../cases/a-table-privilege-needs-usage-on-the-schema/shop.json");
//! let mut snapshot = Snapshot::new();
//! let file = snapshot.add_file(File { path: "shop.json".into(), unit: "shop.json".into() });
//! let mut reader = PostgreSql.reader(&Settings::default());
//! read(export, &Limits::default(), &mut |item| {
//!     let _ = reader.take(file, "shop.json", item);
//! });
//! reader.compile(&mut snapshot);
//!
//! let holds = |name: &str| {
//!     let role = snapshot.identities.iter().find(|one| &*one.name == name).unwrap();
//!     role.holding.effective().contains(&Request::new("table:select", "shop/app/orders"))
//! };
//! assert!(holds("reader"));
//! assert!(!holds("outsider"), "it has SELECT on the table, and no USAGE on the schema");
//! ```
//!
//! What is read, what each rule means, and what is not evaluated: `docs/semantics/postgresql.md`. Everything here is
//! linear in the export, but for what roles inherit: a role costs as much as the roles that it inherits from. Nothing
//! here connects to a server.

mod acl;
mod audited;
mod catalogue;
mod collect;
mod compile;
#[cfg(test)]
mod concrete;
mod dump;
mod hba;
mod mint;
mod object;
mod reader;
mod roles;
mod server;
mod spell;
mod sql;
mod usage;

use leastwise_document::Item;
use leastwise_model::{
    ActionCatalogue, Collector, InstanceIndex, KeyOrigin, Logged, Platform, PolicyReading, Reader,
    RoleLanguage, Settings, Snapshot, Text, Wanted,
};
use leastwise_permset::{Key, PermissionSet, Strings};

/// The PostgreSQL platform.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgreSql;

/// The query that makes an export: text for `psql -XAtq -d DATABASE -f FILE`, to be run once in each database. It only
/// reads the catalogs of PostgreSQL 15 to 18, and nothing secret in them.
#[must_use]
pub fn export_query() -> &'static str {
    include_str!("../data/export.sql")
}

impl Platform for PostgreSql {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn title(&self) -> &'static str {
        "PostgreSQL"
    }

    fn reader(&self, settings: &Settings) -> Box<dyn Reader> {
        Box::new(reader::ServerReader::new(settings))
    }

    fn catalogue(&self) -> &dyn ActionCatalogue {
        &*catalogue::CATALOGUE
    }

    /// Which policies a row passes, and who makes an object later, is a matter of the world.
    fn key_origin(&self, _key: &Key) -> KeyOrigin {
        KeyOrigin::World
    }

    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        spell::requests(action, resource)
    }

    fn objection(&self, action: &str, resource: &str) -> Option<Text> {
        spell::objection(action, resource)
    }

    /// Passing every check.
    fn administration(&self, _snapshot: &Snapshot, _instance: InstanceIndex) -> PermissionSet {
        spell::region(["server:superuser"], Strings::literal(spell::SERVER)).into()
    }

    fn collects(&self) -> &'static [&'static str] {
        &["postgresql"]
    }

    fn collector(&self, wanted: &Wanted) -> Option<Box<dyn Collector>> {
        Some(Box::new(collect::PostgreSqlCollector::new(wanted)))
    }

    fn logged(&self) -> Option<&'static dyn Logged> {
        Some(&usage::AuditLog)
    }

    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        Some(&roles::PostgreSqlRoles)
    }

    /// There are no stand-alone policy documents.
    fn policy(&self, _item: &Item) -> Option<PolicyReading> {
        None
    }
}
