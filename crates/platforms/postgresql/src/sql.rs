//! The part of SQL that says who may do what: roles, memberships, grants, owners.
//!
//! One reading of the text, linear in it. What is not understood is told as such, with its place: nothing is guessed.

pub(crate) mod apply;
pub(crate) mod cursor;
pub(crate) mod grants;
pub(crate) mod lex;
pub(crate) mod roles;
