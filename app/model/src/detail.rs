//! The detail page of an object: head, conditions, sections, containers. The cluster side fills text keys and codes;
//! the services translate them in place (`title`, `label`, `word`, the labels of actions and tabs).

use crate::object::ObjectRef;
use crate::table::{Action, Cell, Family, RowAction, State};
use serde::{Deserialize, Serialize};

/// Everything the detail page of an object shows, except YAML, logs and the tables of its tabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailView {
    pub target: ObjectRef,
    /// Name of the kind (`kind-deployment`).
    pub kind: String,
    /// Lucide icon.
    pub icon: String,
    pub state: State,
    /// The controller that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cell>,
    pub sections: Vec<DetailSection>,
    /// All conditions; those with a family other than success stand above the tabs.
    pub conditions: Vec<ConditionLine>,
    pub containers: Vec<ContainerLine>,
    pub tabs: Vec<DetailTab>,
    /// Opened when the address names no tab.
    pub default_tab: String,
    pub actions: Vec<Action>,
    /// Actions that this object does not offer now, with the reason where it is one to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RowAction>,
    pub labels: Vec<(String, String)>,
    pub annotations: Vec<(String, String)>,
    /// Changes with every write to the object.
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailTab {
    pub id: String,
    /// `detail-tab-<id>`.
    pub label: String,
}

/// A titled list of label and value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailSection {
    pub id: String,
    /// `detail-section-<id>`.
    pub title: String,
    pub rows: Vec<DetailRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailRow {
    /// `detail-<id>`.
    pub label: String,
    pub value: Cell,
}

impl DetailSection {
    /// A section with its text keys made from ids.
    #[must_use]
    pub fn new(id: &str, rows: Vec<(&str, Cell)>) -> Self {
        let rows =
            rows.into_iter().map(|(label, value)| DetailRow { label: format!("detail-{label}"), value }).collect();
        Self { id: id.to_owned(), title: format!("detail-section-{id}"), rows }
    }
}

/// A condition of the object's status. `kind` and `reason` are Kubernetes' own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionLine {
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    pub family: Family,
    pub reason: String,
    pub message: String,
    /// Last transition in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
}

/// What part a container has in its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerRole {
    #[default]
    Main,
    /// Runs to its end before the main ones.
    Init,
    /// An init container with `restartPolicy: Always`: it keeps running beside the main ones.
    Sidecar,
    /// Attached for debugging.
    Ephemeral,
}

/// A container of a Pod (with its run) or of a Pod template (without).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContainerLine {
    pub name: String,
    pub role: ContainerRole,
    pub image: String,
    pub pull_policy: String,
    /// `None` in a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<i64>,
    /// Start of the present run, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<i64>,
    /// How the last run ended (`Error`, exit code 1, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<ContainerEnd>,
    /// `containerd://…` as the node names it.
    pub id: String,
    /// `http 8080/TCP`.
    pub ports: Vec<String>,
    /// Quantities as written; empty is not set (no limit).
    pub cpu_request: String,
    pub cpu_limit: String,
    pub memory_request: String,
    pub memory_limit: String,
    pub env: Vec<EnvLine>,
    /// `volume → /path (ro)`.
    pub mounts: Vec<String>,
    pub working_dir: String,
    pub command: Vec<String>,
    pub args: Vec<String>,
    /// `liveness`, `readiness`, `startup` with the probe in one line.
    pub probes: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerEnd {
    pub reason: String,
    pub exit_code: i64,
    pub signal: i64,
    pub message: String,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// A variable of the environment: a value as written, or where it comes from. Values of Secrets are never read here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvLine {
    pub name: String,
    pub value: String,
    /// `ConfigMap app-config / key`; empty for a written value.
    pub source: String,
}
