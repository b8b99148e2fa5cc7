//! Fit: the role that gives an identity what it needs, and nothing that it does not hold, with the proof.
//!
//! What is needed is what is declared and, unless only that is wanted, what was used. The proposal is a file of a role, read
//! again by the ordinary reader and understood by the ordinary language of its platform: what is proved is proved of what the
//! file says. needed ∩ held ⊆ role, and role ⊆ granted: denials and bounds stay where they are, so that what is held with the role
//! in the place of the statements lies between the need and what is held today. What the role gives beyond the need is told, and
//! every observed use is replayed against it. Where a platform's words cannot say it exactly, nothing is proposed; nothing is ever widened.
//!
//! Cost: a few comparisons of sets for each use and each statement that gives it.

mod candidates;
mod proof;
mod removal;
#[cfg(test)]
mod tests;
mod write;

use leastwise_effective::World;
use leastwise_model::{IdentityIndex, Platform};
use leastwise_permset::{PermissionSet, Witness};

use crate::excess::{Evidence, Split};
use crate::files::{Folder, RoleFault};

pub use proof::{Beyond, Proof, Replay, Replayed};
pub use removal::{Handle, Loss, removal};

/// What is asked of the role.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its environment.
    pub environment: &'a str,
    /// Whether use that nobody declares is left out.
    pub declared_only: bool,
}

/// A role that fits, and what is proved of it.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Whose.
    pub identity: IdentityIndex,
    /// Its id.
    pub id: String,
    /// All that it allows.
    pub set: PermissionSet,
    /// The file of the role, in canonical form.
    pub file: String,
    /// The same in the usual format of its platform, or in the one that was asked for.
    pub native: Option<String>,
    /// What is proved of it.
    pub proof: Proof,
    /// Declared, and not held: action and resource.
    pub unheld: Vec<(String, String)>,
}

/// Why there is no role.
#[derive(Clone, Debug)]
pub enum Unfit {
    /// The platform's roles cannot be written.
    Language(&'static str),
    /// Nothing is needed.
    Nothing,
    /// What is needed cannot be said without giving more than is held; a request that is needed and left out.
    Inexpressible {
        /// The request.
        witness: Option<Box<Witness>>,
        /// What stands in the way.
        why: String,
    },
    /// The platform does not understand, or cannot say, what was put together.
    Faults(Vec<RoleFault>),
    /// The role would give more than is held, or it could not be decided.
    Unproved(String),
}

/// Proposes a role for an identity; `format` asks for it in a format of its platform too.
///
/// # Errors
/// Where no role gives what is needed and nothing that is not held.
pub fn fit(
    evidence: &Evidence<'_>,
    split: &Split,
    wish: &Wish<'_>,
    format: Option<&str>,
    platforms: &[&'static dyn Platform],
) -> Result<Fit, Unfit> {
    let world: &World = evidence.world();
    let index = split.identity;
    let (Some(platform), Some(identity)) = (world.platform_of(index), world.snapshot().identity(index))
    else {
        return Err(Unfit::Nothing);
    };
    let Some(language) = platform.roles() else {
        return Err(Unfit::Language(platform.title()));
    };
    let wanted = candidates::wanted(evidence, index, split, wish.declared_only);
    let (said, unheld) = candidates::say(world, index, language, &wanted)?;
    if said.is_empty() {
        return Err(Unfit::Nothing);
    }
    let file = write::role(evidence, identity, platform, wish, &said).map_err(Unfit::Faults)?;
    let mut folder = Folder::default();
    folder.add("role.yaml", file.as_bytes());
    let (roles, faults) = folder.finish();
    let role = roles.technical.values().next();
    let Some(role) = role.filter(|_| faults.is_empty()) else {
        return Err(Unfit::Faults(faults));
    };
    let meaning = crate::meaning::meaning(&roles, role, platforms).map_err(Unfit::Faults)?;
    let proof = proof::prove(evidence, split, &wanted, &meaning)?;
    let native = match format {
        Some(format) => Some(meaning.render(format).map_err(Unfit::Faults)?),
        None => None,
    };
    Ok(Fit {
        identity: index,
        id: wish.id.to_owned(),
        set: meaning.set(),
        file,
        native,
        proof,
        unheld,
    })
}
