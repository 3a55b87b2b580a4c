//! Real Kubernetes for tests: etcd, the control plane and, if wanted, a node on which pods really run, started from
//! programs that are built once and cached.
//!
//! Two kinds of cluster ([`Kind`]):
//!
//! * **Plane**: etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback, with free ports. Needs no
//!   root. With kwok ([`Options::load`]) it plays thousands of nodes and pods ([`load`]).
//! * **Node**: the same plus containerd, kubelet and kube-proxy, all in one private network, mount and pid namespace.
//!   Needs root. Pods have logs, exec, probes, Services, metrics, names and a registry to pull from.
//!
//! A cluster lives in the process that calls [`Cluster::start`]: the kernel kills its programs when that process ends, even
//! by SIGKILL. [`keep`] and [`up_detached`] put it into a process of its own; [`fixture`] is what tests use.
//!
//! What is shared by clusters on one machine (addresses, ports, interface and cgroup names) follows from a slot number that
//! is locked while the cluster runs, see `slot.rs`. What a killed cluster leaves (a folder, empty cgroups, two routes)
//! is removed by the next start or by [`down`].

pub mod api;
pub mod certificates;
mod cluster;
mod control;
pub mod fixture;
pub mod images;
mod keeper;
mod kwok;
pub mod load;
mod lock;
mod node;
pub mod packages;
mod parts;
mod plane;
mod process;
pub mod registry;
mod services;
mod slot;
mod state;
mod supervisor;
pub mod tools;

pub use cluster::{Cluster, Kind, Options};
pub use control::Order;
pub use keeper::{ClusterStatus, down, down_all, keep, log_path, status, up_detached};
pub use process::wait_until;
pub use services::wait_metrics;
pub use state::{Step, default_root};
