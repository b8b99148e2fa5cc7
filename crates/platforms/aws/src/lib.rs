//! AWS IAM compiled into permission sets.
