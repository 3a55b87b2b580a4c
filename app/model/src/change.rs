//! The changes engine's words: a plan of changes, its review (dry run as the user) and its outcome.

use crate::AppError;
use crate::dialog::Snippet;
use crate::object::ObjectRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change to one object. Form, YAML, row action, bulk and restore all end in a list of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Create {
        target: ObjectRef,
        object: Value,
    },
    /// JSON merge patch with exactly the changed paths; `version` is the resourceVersion it was made against.
    Patch {
        target: ObjectRef,
        patch: Value,
        #[serde(default)]
        version: Option<String>,
    },
    /// JSON patch (RFC 6902), where a list must change in place.
    JsonPatch {
        target: ObjectRef,
        patch: Value,
    },
    /// The whole object as edited in YAML, against the version it was read at.
    Replace {
        target: ObjectRef,
        object: Value,
        version: String,
    },
    /// `scale`, `eviction`, … as a merge patch or a created subresource object.
    Subresource {
        target: ObjectRef,
        subresource: String,
        body: Value,
        create: bool,
    },
    Delete {
        target: ObjectRef,
        propagation: Propagation,
        #[serde(default)]
        force: bool,
    },
}

impl Change {
    #[must_use]
    pub const fn target(&self) -> &ObjectRef {
        match self {
            Self::Create { target, .. }
            | Self::Patch { target, .. }
            | Self::JsonPatch { target, .. }
            | Self::Replace { target, .. }
            | Self::Subresource { target, .. }
            | Self::Delete { target, .. } => target,
        }
    }
}

/// What becomes of dependents; always sent (traps: a delete without it orphans a Job's Pods).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Propagation {
    #[default]
    Background,
    Foreground,
    Orphan,
}

pub type Plan = Vec<Change>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Created,
    Changed,
    Unchanged,
    Deleted,
    Refused,
}

/// One line of a difference. `sign` is ` `, `+`, `-`, or `~` for what a webhook or a default of the server changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub sign: char,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_line: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_line: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewItem {
    pub target: ObjectRef,
    /// "Deployment payment/api", ready to show.
    pub title: String,
    pub verdict: Verdict,
    pub diff: Vec<DiffLine>,
    /// The apiserver's `Warning:` headers.
    pub warnings: Vec<String>,
    /// Why the dry run refused it; with `fields` where the cluster named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<AppError>,
    /// Effects in words ("All 3 Pods are replaced"), translated.
    #[serde(default)]
    pub effects: Vec<String>,
}

/// What the plan would do. Apply without a look is allowed only when `quiet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    pub items: Vec<ReviewItem>,
    /// No refusal, no warning, no change by somebody else, no conflict.
    pub quiet: bool,
}

impl Review {
    #[must_use]
    pub fn refused(&self) -> bool {
        self.items.iter().any(|item| item.verdict == Verdict::Refused)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeItem {
    pub target: ObjectRef,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<AppError>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub items: Vec<OutcomeItem>,
    /// Where to go now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// One sentence for the toast, translated.
    pub message: String,
    /// Something that is shown once, to be copied (a one-time password): the dialog stays open with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snippets: Vec<Snippet>,
}

impl Outcome {
    #[must_use]
    pub fn failed(&self) -> usize {
        self.items.iter().filter(|item| item.error.is_some()).count()
    }
}
