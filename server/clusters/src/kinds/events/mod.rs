//! Events of the cluster.

pub mod event;
