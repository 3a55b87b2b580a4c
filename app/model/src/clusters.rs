//! Clusters as the console shows them.

use crate::table::{Freshness, State};
use crate::{AppError, ClusterId};
use serde::{Deserialize, Serialize};

/// The six states of spec 10 R-2 plus what an imported cluster can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterState {
    Creating,
    Scaling,
    Running,
    Upgrading,
    Deleting,
    Abnormal,
    /// Answers nothing since a while.
    Unreachable,
    /// Answers, but refuses our credential.
    CredentialRefused,
    /// Not asked yet.
    Unknown,
}

/// The cluster in the head of every page of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterHead {
    pub id: ClusterId,
    pub name: String,
    /// One of the palette (`red`, `amber`, `green`, `teal`, `blue`, `violet`, `grey`).
    pub color: String,
    /// Word on the badge; empty is none.
    pub badge: String,
    /// The badge is filled red.
    pub production: bool,
    pub version: String,
    pub state: State,
    pub freshness: Freshness,
}

/// Used against what can be allocated. CPU in cores, memory in bytes, Pods in numbers. `None` is unknown, never 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    pub cpu_capacity: Option<f64>,
    pub cpu_allocatable: Option<f64>,
    pub cpu_requests: Option<f64>,
    pub cpu_limits: Option<f64>,
    pub cpu_used: Option<f64>,
    pub memory_capacity: Option<f64>,
    pub memory_allocatable: Option<f64>,
    pub memory_requests: Option<f64>,
    pub memory_limits: Option<f64>,
    pub memory_used: Option<f64>,
    pub pods_allocatable: Option<f64>,
    pub pods: Option<f64>,
}

/// One context of a kubeconfig, as the import form offers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportCandidate {
    pub context: String,
    pub cluster: String,
    pub user: String,
    pub namespace: Option<String>,
    pub server: String,
    /// What kind of credential it is: `certificate`, `token`, `basic`.
    pub credential: String,
    /// Why it cannot be imported (exec plugin, path on the user's disk, broken data …), translated.
    pub refused: Option<String>,
    /// Suggested name for the console.
    pub name: String,
}

/// One step of the connection test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckLine {
    /// `dns`, `connect`, `tls`, `authenticate`, `version`, `rights`.
    pub id: String,
    pub label: String,
    pub state: State,
    pub detail: String,
}

/// The answer of the connection test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionReport {
    pub context: String,
    pub ok: bool,
    pub lines: Vec<CheckLine>,
    pub version: Option<String>,
    pub nodes: Option<usize>,
    /// Rights that are missing for full use (`impersonate users`, `create selfsubjectaccessreviews` …).
    pub missing_rights: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<AppError>,
}
