//! What a change adds, and what of it people have accepted.
//!
//! - [`gate`]: what is new between two estates: accesses, ways of becoming others, findings; and what cannot be told;
//! - [`exceptions`]: what people accept for a while, with who answers for it, why and until when;
//! - [`baseline`]: what was there when somebody began to look, and stays visible;
//! - [`excuses`]: what of these two a change brings itself.
//!
//! ```
//! use leastwise_governance::exceptions::Exceptions;
//!
//! let text = "\
//! [[exception]]
//! id = \"EX-1\"
//! owner = \"shop\"
//! reason = \"restores need it until the new tool is there\"
//! expires = \"2026-12-31\"
//! identity = \"kubernetes:*:system:serviceaccount:shop:restore\"
//! acions = [\"core/secrets:get\"]
//! ";
//! assert_eq!(
//!     Exceptions::parse(text).unwrap_err().to_string(),
//!     "7:1: `acions` is no field of an exception; did you mean `actions`?",
//! );
//! ```
//!
//! What this crate does not do: it opens no file, knows no platform by name and no clock ("now" is an argument), and does not
//! know how answers look.

pub mod baseline;
pub mod exceptions;
pub mod excuses;
pub mod gate;
