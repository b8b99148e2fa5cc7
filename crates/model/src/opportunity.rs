//! Ways of becoming another identity, or of giving oneself more, in words that no platform owns.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use leastwise_permset::{Label, PermissionSet};

use crate::Text;
use crate::identity::IdentityIndex;

/// The place of a technique in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TechniqueIndex(pub u32);

/// A known way of becoming somebody or of widening a grant; a row of a platform's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// Short and stable, such as `aws:assume-role`.
    pub id: Text,
    /// What it does, as a verb phrase: `assume the role`, `start a pod as the service account`.
    pub title: Text,
    /// Where its semantics come from.
    pub source: Text,
    /// Whether the actor runs as the target, or only has chosen calls made as it, and the like: one word of
    /// `run-as`, `act-as`, `mint`, `impersonate`, `grant`, `uncap`, `host` (takes over the machine that the target is).
    pub effect: Text,
}

/// Whose set a need is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NeedSide {
    /// The actor must hold it.
    Holder,
    /// The target's side grants it, so the actor's side must only not refuse it.
    NotRefused,
}

/// One request, or one of several like requests, that the actor must be able to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Whose set decides.
    pub side: NeedSide,
    /// The one action.
    pub action: Text,
    /// The one resource where there is one, else `None`: any resource within `set` will do. Opportunities whose
    /// first need names a resource are found by index, others by trying each actor.
    pub resource: Option<Text>,
    /// The requests of which at least one must be possible, with what the target's side asks of their context.
    #[serde(skip)]
    pub set: PermissionSet,
}

/// Who gains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Targets {
    /// The actor itself.
    Actor,
    /// These, sorted.
    These(Arc<[IdentityIndex]>),
}

/// What is gained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gain {
    /// The actor acts as the targets.
    Become,
    /// The targets come to hold this as well.
    Grant(#[serde(skip)] PermissionSet),
}

/// One concrete way open in this estate. All needs must be met within one identity's set, each by a request of
/// its own. An identity never has an opportunity to become itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opportunity {
    /// By which technique.
    pub technique: TechniqueIndex,
    /// What the actor must be able to do, most telling first.
    pub needs: Vec<Need>,
    /// Whom it is open to, sorted: at most those whom its platform knows, since who holds everything elsewhere would meet
    /// its needs too.
    pub bearers: Arc<[IdentityIndex]>,
    /// Who gains.
    pub targets: Targets,
    /// What.
    pub gain: Gain,
    /// The native statement on the target's side that makes it possible, if there is one.
    #[serde(with = "crate::format::label_option")]
    pub step: Option<Label>,
}
