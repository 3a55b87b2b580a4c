//! Everything that talks to Kubernetes: which clusters there are and how they are ([`Clusters`], [`Health`]), calls as
//! the person ([`UserClient`]), access reviews, kubeconfigs, credentials, roles, logs and terminals, and the watch
//! caches and kinds that lists and details are made of.
//!
//! Nothing here speaks a human language: errors and states are codes, only a cluster's own message passes through.
//! The console's own client never leaves this crate.

pub mod access;
pub mod cache;
pub mod connection;
pub mod credential;
pub mod detail;
pub mod discovery;
pub mod error;
pub mod exec;
pub mod health;
pub mod kinds;
pub mod kubeconfig;
pub mod logs;
pub mod rbac;
pub mod registry;
pub mod table;
mod tls;
mod transport;
pub mod user;
pub mod write;

pub use access::{Ask, Decision, Scope};
pub use discovery::Resource;
pub use error::{ApiError, Cause, ClusterError, TlsProblem};
pub use health::Health;
pub use registry::{Caller, ClusterConfig, Clusters, IdentityMode, Settings, Source};
pub use user::{ListQuery, UserClient};
pub use write::{Action, Write, Written};
