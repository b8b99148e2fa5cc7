//! The laws of the algebra, tried on random sets and compared with the naive twin.
//!
//! One binary, so that the generators are compiled once. `docs/properties.md` lists every law.

mod algebra;
mod cases;
mod engine;
mod fuzzed;
mod meaning;
mod patterns;
mod support;
mod table;
mod values;
mod verdicts;
