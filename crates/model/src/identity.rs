//! Identities, and what is known about each beside its permissions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::Text;
use crate::gap::Assumption;
use crate::holding::Holding;
use crate::snapshot::InstanceIndex;
use crate::step::Location;

/// The place of an identity in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdentityIndex(pub u32);

/// What sort of actor an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IdentityKind {
    /// A named account that presents credentials of its own.
    User,
    /// An identity without credentials of its own that others take on.
    Role,
    /// The identity of workloads on an orchestrator.
    ServiceAccount,
    /// Whoever another system says is a member; holds grants, cannot be named as one actor.
    Group,
    /// The owner of a whole account, whom no policy of the account binds.
    Root,
}

/// Whether a human being or a machine acts as this identity, and how one knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nature {
    /// A human.
    Human(Vec<Evidence>),
    /// A machine.
    NonHuman(Vec<Evidence>),
    /// Both: signs of a machine, and of a human using it.
    Mixed(Vec<Evidence>),
    /// Nothing tells.
    Unknown,
}

/// One sign of who acts as an identity, in words such as `console password enabled` or `trusted by a service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether it speaks for a human.
    pub human: bool,
    /// The sign.
    pub what: Text,
}

/// When something was last used, as far as the estate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LastUse {
    /// The estate does not say.
    Unknown,
    /// It says: never, or not within the time the platform remembers.
    Never,
    /// At this moment, in the platform's granularity.
    At(Timestamp),
}

/// What kind of secret a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CredentialKind {
    /// A long-lived key for programs.
    Key,
    /// A password for people.
    Password,
    /// A bearer token that does not end by itself.
    Token,
    /// A certificate with its private key.
    Certificate,
}

/// A credential of an identity; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// How people tell it from the holder's others, such as `access key 1`.
    pub name: Text,
    /// Whether it can be used now.
    pub active: bool,
    /// When it was made or last rotated.
    pub rotated: Option<Timestamp>,
    /// When it was last used.
    pub last_use: LastUse,
    /// Where the estate says so.
    pub location: Option<Location>,
}

/// Something that runs as an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Workload {
    /// The platform's word for what it is, such as `Deployment`.
    pub kind: Text,
    /// Its name, such as `payments/api`.
    pub name: Text,
    /// Whether something of it runs now; `None` where the input cannot tell (manifests).
    pub running: Option<bool>,
    /// Where it is declared.
    pub location: Option<Location>,
}

/// Who is accountable, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The team.
    pub team: Text,
    /// Where that is written: a tag, a label, the settings.
    pub source: Text,
}

/// An actor that can authenticate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// Canonical, unique in the snapshot.
    pub id: Text,
    /// Further spellings by which it can be asked for, as its platform writes them.
    pub names: Vec<Text>,
    /// Its short name, without account or namespace.
    pub name: Text,
    /// What sort of actor it is.
    pub kind: IdentityKind,
    /// The account, cluster or server it belongs to.
    pub instance: InstanceIndex,
    /// Human, machine, or unknown.
    pub nature: Nature,
    /// What it holds.
    pub holding: Holding,
    /// Layers of which nothing is known, on which answers about it rest.
    pub assumptions: Vec<Assumption>,
    /// Credentials.
    pub credentials: Vec<Credential>,
    /// What runs as it.
    pub workloads: Vec<Workload>,
    /// Whether the estate holds workloads at all, so that having none means something.
    pub workloads_known: bool,
    /// Tags or labels and annotations, as the platform has them.
    pub labels: BTreeMap<Text, Text>,
    /// What somebody wrote about it.
    pub description: Text,
    /// Accountable team, where a source says so.
    pub owner: Option<Owner>,
    /// The stage it belongs to, such as `production`.
    pub environment: Option<Text>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it last did anything.
    pub last_use: LastUse,
    /// Where it is declared; `None` for what is only mentioned (the subject of a binding).
    pub location: Option<Location>,
    /// Whether the platform's owner made it.
    pub provided: bool,
    /// Whether it stands for whoever is outside of the estate: nobody's, and anybody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranger: bool,
    /// Whether its platform lets it do everything, past every statement; the words for why.
    pub unbounded: Option<Text>,
}

impl Identity {
    /// One of which nothing is known but what it is called, what sort of actor it is, and where it belongs: it holds nothing.
    #[must_use]
    pub fn new(id: Text, name: Text, kind: IdentityKind, instance: InstanceIndex) -> Self {
        Self {
            id,
            names: Vec::new(),
            name,
            kind,
            instance,
            nature: Nature::Unknown,
            holding: Holding::default(),
            assumptions: Vec::new(),
            credentials: Vec::new(),
            workloads: Vec::new(),
            workloads_known: false,
            labels: BTreeMap::new(),
            description: Text::default(),
            owner: None,
            environment: None,
            created: None,
            last_use: LastUse::Unknown,
            location: None,
            provided: false,
            stranger: false,
            unbounded: None,
        }
    }
}
