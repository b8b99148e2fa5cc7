//! Whatever lies in a folder of exports, the program says which file is bad and where, ends in time, and still answers
//! from the good files beside it.
//!
//! Every test puts bad files beside two good ones and asks about these. All data is made here. What a machine cannot
//! run is told on standard error as `not run: …`.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod estate;
mod files;
mod meaning;
mod servers;
mod size;
mod text;
#[cfg(unix)]
mod unix;
