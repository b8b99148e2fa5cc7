//! Technical roles: bundles of permissions that give what is needed and no more.
//!
//! ```
//! use leastwise_roles::{assignments::Reader, mining::{Limits, mine}};
//!
//! let mut reader = Reader::default();
//! reader.feed(b"reporter s3:GetObject\nreporter s3:ListBucket\nloader s3:GetObject\nloader s3:PutObject\n");
//! let needed = reader.finish().assignments;
//! let mining = mine(&needed, Limits::default())?;
//! assert_eq!(mining.roles.len(), 2);
//! assert_eq!(mining.gap(), 0);
//! # Ok::<(), leastwise_roles::mining::MiningError>(())
//! ```
//!
//! - [`files`]: roles as code, one file a role;
//! - [`meaning`]: what they allow, in their platforms' words;
//! - [`lints`]: signs that one is misused;
//! - [`excess`]: what somebody holds, by what is known of the need for it;
//! - [`fit`]: the role that gives what is needed and no more, with its proof, and what to take away then;
//! - [`assignments`]: who needs what, read as a stream;
//! - [`mining`]: roles that give exactly that, with a proof of how few are possible;
//! - [`checker`]: accepts or refuses the proof, and shares no code with the miner;
//! - [`plan`]: what access is gained and lost when they change;
//! - [`naive`]: the fewest roles by trying all, for tiny matrices.
//!
//! What this crate does not do: it opens no file, knows no platform by name, and decides nothing about people; a role says what an
//! identity may do, never why.

pub mod assignments;
pub mod checker;
pub mod duties;
pub mod excess;
pub mod files;
pub mod fit;
pub mod lints;
mod lists;
pub mod meaning;
pub mod mining;
pub mod naive;
pub mod plan;
