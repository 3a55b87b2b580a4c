//! Nodes of the cluster.

pub mod node;
