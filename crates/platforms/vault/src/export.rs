//! What is kept of an export: the parts of the server's answers that privileges depend on, and no secret.

mod connection;
mod names;
mod take;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use leastwise_model::{Location, Text};

use crate::policy::{Policy, PolicyFault};
use crate::product::Product;

pub(crate) use connection::ConnectionUrl;
pub(crate) use names::{claim_name, policy_name};
pub(crate) use take::recognize;

/// Everything that was read of one server.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// The product, where an export says so.
    pub product: Option<Product>,
    /// The server's own name for its cluster.
    pub cluster_name: Option<Text>,
    /// The release.
    pub version: Option<Text>,
    /// When the server was asked.
    pub time: Option<Timestamp>,
    /// By path: `""` is the root namespace, others end in `/`.
    pub namespaces: BTreeMap<Text, Namespace>,
}

/// What was read of one namespace.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    pub policies: BTreeMap<Text, StoredPolicy>,
    /// The names of all policies there are.
    pub policy_names: Option<BTreeSet<Text>>,
    /// By path with final `/`, as `auth/jwt/`.
    pub auth: Option<BTreeMap<Text, Mount>>,
    /// By path with final `/`.
    pub mounts: Option<BTreeMap<Text, Mount>>,
    /// Issuers by the path of the auth mount.
    pub issuers: BTreeMap<Text, Text>,
    /// Mounts whose configuration says which issuer it is, not only where its keys are.
    pub named_issuers: BTreeSet<Text>,
    /// By path, as `auth/jwt/role/ci`.
    pub roles: BTreeMap<Text, Role>,
    /// By name.
    pub token_roles: BTreeMap<Text, TokenRole>,
    /// By path, as `database/roles/app`.
    pub engine_roles: BTreeMap<Text, EngineRole>,
    /// By path, as `database/config/shop`.
    pub connections: BTreeMap<Text, Connection>,
    /// By id.
    pub entities: BTreeMap<Text, Entity>,
    /// By id.
    pub groups: BTreeMap<Text, Group>,
    /// By accessor.
    pub tokens: BTreeMap<Text, Token>,
    /// What lists name, by the path of the list with final `/`.
    pub lists: BTreeMap<Text, BTreeSet<Text>>,
    /// Paths that the exporter was refused.
    pub refused: BTreeMap<Text, Location>,
}

/// A policy as it is stored.
#[derive(Debug)]
pub(crate) struct StoredPolicy {
    pub text: StoredText,
    pub expires: Option<Timestamp>,
    /// Values of templates may hold `/`.
    pub slashes: bool,
    /// Values of templates may hold `*` and `+`.
    pub wildcards: bool,
    pub location: Location,
}

/// The text of a policy, or what could be made of it at once.
#[derive(Debug)]
pub(crate) enum StoredText {
    /// As the server answered.
    Raw(Box<str>),
    /// A file of its own, read already: positions in it are positions in the file.
    Read(Result<Policy, PolicyFault>),
}

/// Where a plugin is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub kind: Text,
    pub accessor: Text,
}

/// A role of an auth method, a user, or a group of a directory: what a login through it gives.
#[derive(Debug)]
pub(crate) struct Role {
    /// With final `/`, as `auth/jwt/`.
    pub mount: Text,
    /// As `role`, `users`, `certs`.
    pub collection: Text,
    pub name: Text,
    pub policies: Vec<Text>,
    pub default_policy: bool,
    /// Networks from which its tokens can be used.
    pub networks: Vec<Text>,
    /// What it asks of whoever logs in.
    pub bounds: BTreeMap<Text, Vec<Text>>,
    /// Values of bound claims that are no texts but booleans or numbers, with the bound they are of.
    pub no_texts: BTreeSet<(Text, Text)>,
    /// The claims that must be there to name whoever logs in, and their groups.
    pub naming: Vec<Text>,
    /// Whether values of bound claims are globs.
    pub globs: bool,
    /// Whether a person logs in with a browser.
    pub interactive: bool,
    pub location: Location,
}

/// A role of the token store.
#[derive(Debug)]
pub(crate) struct TokenRole {
    pub allowed: Vec<Text>,
    pub allowed_globs: Vec<Text>,
    pub disallowed: Vec<Text>,
    pub disallowed_globs: Vec<Text>,
    pub default_policy: bool,
    pub orphan: bool,
    pub networks: Vec<Text>,
    pub location: Location,
}

/// A role of a secrets engine: what it mints elsewhere.
#[derive(Debug)]
pub(crate) struct EngineRole {
    /// With final `/`.
    pub mount: Text,
    /// As `roles`, `static-roles`, `keys`.
    pub collection: Text,
    pub name: Text,
    /// What it says about the identity that it mints, without secrets.
    pub about: BTreeMap<Text, Text>,
    /// What it says to the other server to make it; never printed.
    pub statements: Vec<Text>,
    pub location: Location,
}

/// How a database engine reaches a server.
#[derive(Debug)]
pub(crate) struct Connection {
    /// With final `/`.
    pub mount: Text,
    pub name: Text,
    /// What kind of server it is, as its plugin is called.
    pub kind: Option<Text>,
    /// `host` or `host:port`.
    pub address: Option<Text>,
    pub database: Option<Text>,
    pub username: Option<Text>,
    /// Roles that may use it, as globs.
    pub allowed: Vec<Text>,
    pub location: Location,
}

/// An entity.
#[derive(Debug)]
pub(crate) struct Entity {
    pub name: Text,
    pub policies: Vec<Text>,
    pub disabled: bool,
    pub metadata: BTreeMap<Text, Text>,
    pub aliases: Vec<Alias>,
    /// Groups as the entity's own answer tells, by id; `None` where it does not.
    pub groups: Option<Vec<Text>>,
    pub created: Option<Timestamp>,
    pub location: Location,
}

/// Under which name an entity is known at an auth mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alias {
    pub id: Text,
    pub name: Text,
    pub accessor: Text,
    pub mount: Text,
    pub kind: Text,
    pub metadata: BTreeMap<Text, Text>,
    pub custom: BTreeMap<Text, Text>,
}

/// A group.
#[derive(Debug)]
pub(crate) struct Group {
    pub name: Text,
    pub external: bool,
    pub policies: Vec<Text>,
    pub metadata: BTreeMap<Text, Text>,
    /// Entities by id.
    pub members: Vec<Text>,
    /// Groups within it, by id.
    pub member_groups: Vec<Text>,
    pub location: Location,
}

/// A token, by its accessor.
#[derive(Debug)]
pub(crate) struct Token {
    pub name: Text,
    pub policies: Vec<Text>,
    pub entity: Option<Text>,
    pub kind: Text,
    pub orphan: bool,
    pub path: Text,
    pub created: Option<Timestamp>,
    pub expires: bool,
    pub location: Location,
}
