//! Audit logs folded into observed use: who used which action on what, how it ended, how often, when first and last.
//!
//! ```
//! use jiff::Timestamp;
//! use leastwise_model::{Actor, Basis, Event, Source, Use, UseOutcome};
//! use leastwise_usage::Rollup;
//!
//! let actor = Actor { identity: "reader", incarnation: "", session: "", issuer: "", via: "" };
//! let source = Source { platform: "example", instance: "here", area: "", kind: "calls" };
//! let read = [Use { action: "files:Read", basis: Basis::Exact, resource: Some("/a") }];
//! let mut event = Event {
//!     id: "1", part: 0, at: Timestamp::UNIX_EPOCH, alike: None, source, actor, operation: "read",
//!     outcome: UseOutcome::Allowed, uses: &read,
//! };
//! let mut rollup = Rollup::default();
//! rollup.take(&event);
//! rollup.take(&event); // delivered twice
//! event.id = "2";
//! rollup.take(&event);
//! assert_eq!(rollup.rows()[0].count, 2);
//! assert_eq!(rollup.duplicates(), 1);
//! ```
//!
//! [`Reading`] takes files as streams, plain or compressed, finds the records in them and offers each to the platforms;
//! [`Rollup`] keeps what their events say. Rollups of parts merge, in any order and grouping, into the rollup of the whole.
//!
//! **Growth.** Time is linear in the bytes. Memory is that of the answer and not that of the logs: one record at a time, one
//! tally for each row, and a window of event ids in which duplicates are found ([`seen`]). What could make rows without
//! end is folded: sessions of an identity and resources of a line beyond a limit ([`Limits`]) count together.
//!
//! [`reconcile`] asks an estate about all that was observed, and names who may be wrong where it says something else.
//!
//! **What this crate does not know**: any platform's words, files, the clock, how answers look.

mod asked;
mod days;
mod fold;
mod names;
pub mod neutral;
mod observed;
mod quarantine;
pub mod reconcile;
mod rollup;
pub mod seen;
mod stream;
mod tally;

pub use asked::{action_strings, called, requests};
pub use days::Days;
pub use fold::Limits;
pub use observed::{LeftOut, Observation, Observed, ObservedLog, RollupError};
pub use quarantine::{Place, Quarantine, Skipped};
pub use rollup::{Rollup, Row, SourceRow};
pub use stream::{Ended, FileReading, Reading};
pub use tally::Tally;
