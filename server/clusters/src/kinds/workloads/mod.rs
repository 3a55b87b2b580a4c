//! Workloads: what runs Pods, and the Pods. A kind with a Pod template takes its parts from [`pod_template`].

pub mod deployment;
pub mod pod;
pub mod pod_resources;
pub mod pod_status;
pub mod pod_template;
pub mod replica_set;
pub mod replicas;
pub mod stateful_set;
