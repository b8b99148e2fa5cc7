//! Answers as people and as programs read them: text for a terminal, tab-separated lines for a pipe, CSV, and JSON
//! in an envelope that names its schema.
//!
//! ```
//! use leastwise_report::table::{Column, Table};
//!
//! let mut table = Table::new(&[Column::long("identity"), Column::number("actions")]);
//! table.push(["arn:aws:iam::111122223333:role/reports".into(), "12".into()]);
//! assert_eq!(table.plain(), "arn:aws:iam::111122223333:role/reports\t12\n");
//! ```
//!
//! One module a kind of answer, each with a serde structure that programs read (its JSON Schema is in [`schema`])
//! and a text that people read. [`table`], [`path`] and [`guard`] are what they share.
//!
//! What this crate does not do: it opens nothing, knows no terminal beyond its width, and decides nothing: every
//! word here comes from an answer. Texts carry colors as escape codes, to be stripped where they are not wanted.
//! Text that comes from an estate is cleaned of control characters before it is printed.

pub mod answer;
pub mod ask;
pub mod beside;
pub mod collected;
pub mod compare;
pub mod cut_set;
pub mod detail;
pub mod doctor;
pub mod drawing;
pub mod envelope;
pub mod excess;
pub mod finding;
pub mod findings;
pub mod fit;
pub mod fold;
pub mod gate;
pub mod guard;
pub mod identities;
pub mod path;
pub mod reach;
pub mod reach_to;
pub mod renamed;
pub mod revoked;
pub mod roles_code;
pub mod roles_lint;
pub mod roles_mining;
pub mod roles_plan;
pub mod sarif;
pub mod scan;
pub mod schema;
pub mod style;
pub mod table;
pub mod text;
pub mod usage;
pub mod usage_reconcile;
pub mod what;
pub mod who;
pub mod why;
mod words;
