//! Tokens that identities of one platform present to another, who can have which, and who accepts which; and identities
//! that one platform makes on another.
//!
//! Neither half is a way by itself. Whoever joins them finds the claims that an issuer can put into a token and a
//! target accepts.

use leastwise_permset::{Atom, Label, PermissionSet};
use serde::{Deserialize, Serialize};

use crate::Text;
use crate::identity::IdentityIndex;
use crate::opportunity::TechniqueIndex;
use crate::snapshot::InstanceIndex;
use crate::step::Location;

/// An instance that issues tokens to its identities. Where a holder says nothing else, the subject of a token is the
/// name of the identity, and the only other claim that decides is its audience.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issuer {
    /// The instance.
    pub instance: InstanceIndex,
    /// What its tokens name as their issuer: a URL; `None` where that is not known.
    pub url: Option<Text>,
    /// The instance of another platform on whose machines it runs, by name, where that is known.
    pub host: Option<Text>,
    /// Whether nothing of it runs on machines of another platform, so that no `host` has to be known.
    #[serde(default)]
    pub hostless: bool,
    /// Identities that act on other platforms by means that no export tells (a key in a secret, the machine they run
    /// on), with the gap that says so.
    #[serde(default)]
    pub strays: Vec<Stray>,
    /// Whether the estate holds everybody to whom it issues tokens, so that a subject that nobody has does not exist.
    #[serde(default)]
    pub whole: bool,
    /// Identities that hold tokens for an audience without doing anything for it.
    pub holders: Vec<TokenHolder>,
    /// What its identities ask to become elsewhere.
    #[serde(default)]
    pub requests: Vec<TokenRequest>,
    /// Ways of becoming an identity by which one has its token issued for whatever audience one likes.
    pub free: Vec<TechniqueIndex>,
    /// Identities that stand for whoever signs up, where anybody can: what admits one of their tokens admits everybody.
    #[serde(default)]
    pub strangers: Vec<IdentityIndex>,
    /// Identities that stand for whoever takes a name that is given up ([`Renaming`](crate::Renaming)).
    #[serde(default)]
    pub takers: Vec<IdentityIndex>,
    /// Whether what has its tokens does what is written down for it, in files that people change: pipelines.
    #[serde(default)]
    pub pipelines: bool,
    /// Subjects of which the estate knows everybody who can have them.
    #[serde(default)]
    pub known: Vec<KnownSubjects>,
    /// Names in its subjects that their holders can give up.
    #[serde(default)]
    pub named: Vec<NamedSubjects>,
    /// Claims that its tokens may have and of which nothing is told, by name; one that ends in `*` stands for all that
    /// begin so.
    #[serde(default)]
    pub untold: Vec<Text>,
}

/// Subjects that begin alike, of all of which it is known who can have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSubjects {
    /// How they begin.
    pub beginning: Text,
    /// How those go on that somebody can have.
    pub taken: Vec<Text>,
    /// How those go on whose holder is kept and does nothing any more.
    pub idle: Vec<Text>,
}

/// Subjects that call their holder by a name that it can give up: they end with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSubjects {
    /// What is called so, as people say it.
    pub called: Text,
    /// How a pattern of subjects begins that asks for the name and nothing else, wildcards and all.
    pub beginning: Text,
    /// Whether whoever takes the name has subjects that such a pattern admits; `None` where that is not known.
    pub taken: Option<bool>,
    /// What a trust could ask for in its place, that no change of names touches.
    pub instead: Text,
}

impl Issuer {
    /// Whether its tokens may have a claim of which nothing is told.
    #[must_use]
    pub fn leaves_untold(&self, claim: &str) -> bool {
        self.untold.iter().any(|untold| match untold.strip_suffix('*') {
            Some(beginning) => claim.starts_with(beginning),
            None => **untold == *claim,
        })
    }
}

/// An identity with a token of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenHolder {
    /// Who.
    pub identity: IdentityIndex,
    /// For which audience; `None` for the one that is usual where the token is accepted.
    pub audience: Option<Text>,
    /// What its tokens can say, where that is more than a name and an audience: the contexts in which requests lie
    /// within, whose keys are claims by their own names (`sub`, `aud`, `ref`); a claim that a region does not speak of
    /// is not in the token. The holder can have any of these tokens.
    #[serde(default, with = "crate::format::presence")]
    pub claims: Option<PermissionSet>,
    /// What says so.
    #[serde(with = "crate::format::label_option")]
    pub step: Option<Label>,
}

/// An identity that asks to become another with its token. Only the one who is asked decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Who asks.
    pub identity: IdentityIndex,
    /// To become whom: the name of that one where the token is accepted, or what else is told of it.
    pub asks: Text,
    /// What keeps it from having a token to ask with; `None` where nothing does.
    #[serde(default)]
    pub lacks: Option<Text>,
    /// What would tell whether the one who is asked admits it.
    pub settle: Text,
}

/// An identity that may act on other platforms by means that are not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// Who.
    pub identity: IdentityIndex,
    /// What is not known.
    #[serde(with = "crate::format::atom")]
    pub gap: Atom,
}

/// What admits somebody of another platform to an identity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acceptance {
    /// Whom one becomes.
    pub target: IdentityIndex,
    /// Of whom.
    pub admits: Accepted,
    /// By which technique.
    pub technique: TechniqueIndex,
    /// The action by which one becomes the target, as the target's platform writes it.
    pub action: Text,
    /// The target, as that action names it.
    pub resource: Text,
    /// The requests that are admitted: claims are keys of their context.
    #[serde(skip)]
    pub set: PermissionSet,
    /// Its statement.
    #[serde(with = "crate::format::label")]
    pub step: Label,
}

/// Whom an [`Acceptance`] admits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accepted {
    /// Who presents a token.
    Token {
        /// The issuer that must have signed it: a URL.
        issuer: Text,
        /// What the names of keys begin with that hold claims of the token: `sub`, `aud` and others follow.
        claims: Text,
        /// The audience that is usual there.
        audience: Text,
        /// The claims that it looks at, by their names; `None` for every claim.
        reads: Option<Vec<Text>>,
    },
    /// What runs on machines of the target's instance, if it runs as the target.
    Machine,
    /// An identity of another platform, by its id there.
    Identity {
        /// The id.
        id: Text,
    },
}

/// An identity that one platform makes, or holds the credentials of, on another: whoever is the first becomes the second.
///
/// The platform that makes it tells where, and what it says there; what comes of that is the other's to know. So the one
/// that makes is compiled before the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mint {
    /// The identity of the platform that makes it: its id.
    pub by: Text,
    /// What kind of server it is made on, in the words of the one who makes it; `None` where that is not known.
    pub kind: Option<Text>,
    /// Where clients find that server: `host` or `host:port`; `None` where that is not known.
    pub address: Option<Text>,
    /// The part of the server that statements are given to, such as a database.
    pub place: Option<Text>,
    /// As whom the maker is known there.
    pub maker: Option<Text>,
    /// What it makes.
    pub makes: Made,
    /// What would tell what is not known of this.
    pub settle: Text,
    /// Where it is said.
    pub location: Option<Location>,
}

/// What a [`Mint`] makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// Credentials of one that is there, by its name there.
    Existing(Text),
    /// A new one, by statements in the language of the server, in which `{{name}}` stands for its name.
    New(Vec<Text>),
}
