//! Dialogs come from the server: a title, what will happen, a small form, and for grave acts a name to type (ux.md §8).

use crate::form::Form;
use crate::object::ObjectRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a dialog acts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialogTarget {
    Objects { objects: Vec<ObjectRef> },
    Cluster { cluster: crate::ClusterId },
    Account { account: crate::AccountId },
    Session { session: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dialog {
    pub action: String,
    pub target: DialogTarget,
    pub title: String,
    /// What will happen, one line each; the first is the sentence, the rest the impact list.
    pub text: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    pub data: Value,
    /// The confirm button stays off until exactly this is typed (level c).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    pub confirm: String,
    pub danger: bool,
    /// Cannot be done at all (level d): the reason; only a close button is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Something to read and copy (credentials, kubectl commands).
    #[serde(default)]
    pub snippets: Vec<Snippet>,
    /// Closing without an answer leaves things as they are; nothing to confirm.
    #[serde(default)]
    pub informational: bool,
}

/// A text to copy or to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    pub label: String,
    pub text: String,
    /// Offered as a file of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Masked until asked for.
    #[serde(default)]
    pub secret: bool,
    #[serde(default)]
    pub hint: String,
}
