//! Exact sets of requests: which action, on which resource, in which context.
//!
//! Every platform compiles what an identity holds into one [`PermissionSet`]; every question about
//! privileges is then set algebra, and every difference carries a request that proves it.
//!
//! ```
//! use leastwise_permset::{Case, Context, Pattern, PermissionSet, Region, Request, Strings};
//!
//! let read = Region::new(
//!     Strings::one(Pattern::glob("s3:Get*", Case::Folded)),
//!     Strings::one(Pattern::glob("arn:aws:s3:::reports/*", Case::Exact)),
//! );
//! let secret = Region::new(Strings::any(), Strings::one(Pattern::glob("*/secret/*", Case::Exact)));
//! let held = PermissionSet::from(read).difference(&PermissionSet::from(secret));
//!
//! assert!(held.contains(&Request::new("s3:GetObject", "arn:aws:s3:::reports/june")));
//! assert!(!held.contains(&Request::new("s3:GetObject", "arn:aws:s3:::reports/secret/june")));
//! ```
//!
//! - [`Pattern`] and [`Strings`]: languages of strings, and their complements.
//! - [`Test`], [`Condition`], [`Literal`], [`Guard`]: what a request's context must satisfy.
//! - [`Region`]: action strings × resource strings × guard.
//! - [`PermissionSet`]: regions under union, intersection and difference, kept as they were written, with
//!   a [`Label`] on every part that a path will want to name.
//! - [`Request`] and [`Context`]: one concrete point, the thing a witness is.
//! - [`PermissionSet::included_in`], [`meets`](PermissionSet::meets), [`compare`](PermissionSet::compare) and
//!   [`emptiness`](PermissionSet::emptiness): questions about all requests, answered with a [`Witness`].
//! - [`PermissionSet::verdict`] and [`on_action`](PermissionSet::on_action): one action, with the context open.
//! - [`naive`]: the same questions answered by trying every request of a small universe.
//!
//! How questions grow: membership is linear in the regions; comparing two sets of ordinary policies takes some
//! microseconds, and grows with the regions of the one times those of the other that a request hits. In the worst
//! case (patterns that overlap in every way, exceptions that overlap in several dimensions) the questions are
//! exponential, so each counts its steps against [`Limits`] and answers *unknown* where they run out.
//!
//! What this crate does not know: platforms, identities, files, any format. It never fails; what it cannot
//! decide within its limits it says.

mod answers;
mod automaton;
mod bounds;
mod cells;
mod context;
mod copied;
mod depth;
mod display;
#[doc(hidden)]
pub mod fuzz;
mod glob;
mod guard;
mod limits;
pub mod naive;
mod pattern;
mod reduce;
mod region;
mod search;
mod set;
mod settled;
mod slices;
mod strings;
mod taste;
mod texts;
mod values;
mod verdict;

pub use answers::{Comparison, Emptiness, Inclusion, Meeting, Relation, Witness};
pub use context::{Answers, Atom, Context, Key, Request, Values};
pub use guard::{Condition, Guard, Literal};
pub use limits::{Limit, Limits};
pub use pattern::{Case, Element, Pattern};
pub use region::Region;
pub use set::{Label, Node, PermissionSet, Trail};
pub use slices::Slice;
pub use strings::Strings;
pub use taste::Taste;
pub use values::{Decimal, Instant, Network, Range, Test};
pub use verdict::{Openness, Question, Verdict};
