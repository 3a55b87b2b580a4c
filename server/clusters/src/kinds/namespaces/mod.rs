//! Namespaces of the cluster.

pub mod namespace;
