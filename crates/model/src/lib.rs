//! The vocabulary of leastwise: what every platform is translated into, and what everything above it speaks.
//!
//! A [`Platform`] reads native exports into a [`Snapshot`]: [`Identity`]s with what they hold ([`Holding`]), the
//! [`Opportunity`]s by which one may become another, the [`Entitlement`]s that were granted, the [`Trust`]s that
//! admit others, and the [`Gap`]s of what is not known. Each part remembers the native [`Step`] that says so.
//!
//! What this crate does not know: any platform's own words, files, the clock, how answers look.

mod action;
mod collect;
mod entitlement;
pub mod format;
mod gap;
mod holding;
mod identity;
mod nearest;
mod opportunity;
mod platform;
mod role;
mod settings;
mod shown;
mod snapshot;
mod spread;
pub mod stage;
mod step;
mod token;
mod uses;

pub use action::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
pub use collect::{Choice, Collector, Command, Heard, Least, Secret, Wanted};
pub use entitlement::{Admits, Dangling, DanglingKind, Entitlement, Statement, Trust};
pub use gap::{Assumption, Gap, Side};
pub use holding::{Effect, Facts, Holding, Layer};
pub use identity::{
    Credential, CredentialKind, Evidence, Identity, IdentityIndex, IdentityKind, LastUse, Nature, Owner,
    Workload,
};
pub use nearest::nearest;
pub use opportunity::{Gain, Need, NeedSide, Opportunity, Targets, Technique, TechniqueIndex};
pub use platform::{Begun, Disputed, KeyOrigin, Passed, Platform, PolicyReading, Reader, Taken};
pub use role::{
    Change, NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Written, shell_word,
};
pub use settings::{
    AccountSettings, ClusterSettings, CrownJewel, Declared, DeclaredPermission, EnvironmentRule, OwnerRule,
    Partner, Renaming, Settings, Thresholds,
};
pub use shown::{LogCoverage, LogScope, Reported, ShownBy, Sighting, Unshown};
pub use snapshot::{File, FileIndex, Instance, InstanceIndex, Remark, Snapshot, Told, redacted};
pub use spread::{STACK, spread};
pub use step::{Location, Step};
pub use token::{
    Acceptance, Accepted, Issuer, KnownSubjects, Made, Mint, NamedSubjects, Stray, TokenHolder, TokenRequest,
};
pub use uses::{
    Actor, Alike, Basis, Engine, Event, LogFormat, LogReader, Logged, Recorded, Source, TextForm, Use,
    UseOutcome, log_instant, workload_of,
};

/// A piece of text that many values share.
pub type Text = std::sync::Arc<str>;
