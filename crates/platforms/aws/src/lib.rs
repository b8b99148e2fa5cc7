//! AWS IAM compiled into permission sets.

pub mod catalogue;
