//! Kubernetes RBAC compiled into permission sets.
