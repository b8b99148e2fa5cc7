//! What an export says, with places.

use leastwise_model::{Location, Text};
use leastwise_permset::Atom;

use crate::acl::Acl;

/// One export: the whole server's roles and databases, and the objects of one database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Export {
    /// `server_version_num` / 10000.
    pub version: u32,
    /// The version as people read it.
    pub release: Text,
    /// The identifier that a server gets when it is made.
    pub system: Text,
    /// `cluster_name`, where it is set.
    pub name: Option<Text>,
    /// The database whose objects these are.
    pub database: Text,
    pub roles: Vec<Role>,
    pub memberships: Vec<Membership>,
    pub databases: Vec<Database>,
    pub tablespaces: Vec<Owned>,
    pub parameters: Vec<Owned>,
    /// The rules of `pg_hba.conf`, in order; `None` where they could not be read.
    pub hba: Option<Vec<HbaRule>>,
    pub schemas: Vec<Owned>,
    pub relations: Vec<Relation>,
    pub functions: Vec<Function>,
    pub languages: Vec<Owned>,
    pub wrappers: Vec<Owned>,
    pub servers: Vec<Owned>,
    /// Foreign server and role (`None` is PUBLIC) of each user mapping.
    pub mappings: Vec<(Text, Option<Text>)>,
    pub defaults: Vec<DefaultPrivileges>,
    /// Extensions whose objects are not told of, and their schemas.
    pub extensions: Vec<(Text, Option<Text>)>,
    /// Whether it is the text of a dump, which says nothing of the server's own objects.
    pub dumped: bool,
}

/// A role and its attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Role {
    pub name: Text,
    pub oid: u64,
    pub superuser: bool,
    pub inherit: bool,
    pub createrole: bool,
    pub createdb: bool,
    pub login: bool,
    pub replication: bool,
    pub bypassrls: bool,
    /// How many connections it may have; below 0 any number.
    pub connections: i64,
    pub valid_until: Option<Text>,
    pub comment: Option<Text>,
    /// The identity of another system that makes such roles; this one stands for them.
    pub made_by: Option<Text>,
    /// What stands in the way of knowing what it holds.
    pub unread: Option<Atom>,
    pub at: Option<Location>,
}

/// One grant of a role to a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Membership {
    pub role: Text,
    pub member: Text,
    pub grantor: Text,
    pub admin: bool,
    /// From 16 on; before, the member's attribute decides.
    pub inherit: Option<bool>,
    /// From 16 on; before, every membership allows it.
    pub set: Option<bool>,
    pub at: Option<Location>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Database {
    pub owned: Owned,
    pub connectable: bool,
    pub connections: i64,
}

/// Anything with a name, an owner and a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    pub name: Text,
    pub owner: Text,
    pub acl: Acl,
    pub at: Option<Location>,
}

/// One line of `pg_hba.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HbaRule {
    /// Names and words; a name that only looks like a word stands in quotes.
    pub databases: Vec<Text>,
    pub roles: Vec<Text>,
    pub rejects: bool,
    /// Whether it matches from everywhere by this type of connection, in the families of addresses that it speaks of.
    pub everywhere: bool,
    /// Whether it speaks of IPv4.
    pub four: bool,
    /// Whether it speaks of IPv6.
    pub six: bool,
    /// `local`, `host`, ...
    pub kind: Text,
    pub address: Option<Text>,
    pub method: Text,
    pub at: Option<Location>,
}

impl Default for HbaRule {
    fn default() -> Self {
        Self {
            databases: Vec::new(),
            roles: Vec::new(),
            rejects: false,
            everywhere: false,
            four: true,
            six: true,
            kind: "".into(),
            address: None,
            method: "".into(),
            at: None,
        }
    }
}

/// A table, view, sequence and the like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relation {
    pub schema: Text,
    pub owned: Owned,
    /// `pg_class.relkind`.
    pub kind: char,
    /// Every column with its list, where any column has one.
    pub columns: Vec<(Text, Acl)>,
    /// Whether it has columns besides that are not told.
    pub partial: bool,
    pub row_security: bool,
    pub forced: bool,
    pub policies: Vec<Policy>,
    pub view: Option<View>,
    pub extension: Option<Text>,
}

/// A row security policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub name: Text,
    /// `*`, `r`, `a`, `w`, `d`.
    pub command: char,
    pub permissive: bool,
    /// `None` is PUBLIC.
    pub roles: Vec<Option<Text>>,
    pub using: Option<Text>,
    pub check: Option<Text>,
    pub at: Option<Location>,
}

/// What a view is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Whether it runs with the rights of whoever asks.
    pub invoker: bool,
    /// Bits of the commands that rewrite to its one relation: 4 update, 8 insert, 16 delete.
    pub updatable: u32,
    /// Whether rules or triggers of its own say what writing does.
    pub scripted: bool,
    /// Whether it is not known what it reads.
    pub unread: bool,
    pub uses: Vec<Use>,
}

/// A relation that a view reads, and its columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    pub schema: Text,
    pub name: Text,
    /// None where no column is named (it only counts rows).
    pub columns: Vec<Text>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    pub schema: Text,
    pub owned: Owned,
    pub arguments: Text,
    /// Whether it runs with the rights of its owner.
    pub definer: bool,
    pub language: Text,
    /// Where it looks for names, if it fixes that.
    pub search_path: Option<Text>,
    pub extension: Option<Text>,
}

/// What objects get that a role makes later.
#[derive(Clone, Debug, Default)]
pub(crate) struct DefaultPrivileges {
    pub role: Text,
    pub schema: Option<Text>,
    /// `r` tables, `S` sequences, `f` functions, `T` types, `n` schemas, `L` large objects.
    pub kind: char,
    pub acl: Acl,
    pub at: Option<Location>,
}
