//! The calls of the islands: each is a type with its address and answer, so browser and server cannot disagree.
//! `ui::call` posts it as JSON, the server's table of calls maps it to one service function behind a permission.

use crate::change::{Outcome, Review};
use crate::clusters::{ConnectionReport, ImportCandidate};
use crate::dialog::{Dialog, DialogTarget};
use crate::form::FormTarget;
use crate::table::{Page, Query, TableSource};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call: `POST PATH` with the value as JSON, answered by `Out` or by [`crate::AppError`] with its status.
pub trait Call: Serialize + DeserializeOwned {
    const PATH: &'static str;
    type Out: Serialize + DeserializeOwned;
}

macro_rules! call {
    ($name:ty => $out:ty, $path:literal) => {
        impl Call for $name {
            const PATH: &'static str = $path;
            type Out = $out;
        }
    };
}

/// One page of a table, for islands that change the query without a page load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadTable {
    pub source: TableSource,
    pub query: Query,
}
call!(ReadTable => Page, "/api/table/read");

/// The dialog of an action on these targets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenDialog {
    pub action: String,
    pub target: DialogTarget,
}
call!(OpenDialog => Dialog, "/api/dialog/open");

/// What confirming the dialog would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubmitDialog {
    pub action: String,
    pub target: DialogTarget,
    pub data: Value,
    /// The typed name of a level c dialog.
    #[serde(default)]
    pub typed: String,
}
call!(SubmitDialog => Outcome, "/api/dialog/submit");

/// A draft of a form page: the data of the form view or the text of the YAML view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draft {
    Form { data: Value },
    Yaml { text: String },
}

/// Switches a draft to the other view. `object` is the object that the draft stands on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SwitchView {
    pub target: FormTarget,
    pub object: Value,
    pub draft: Draft,
}
/// The same draft in the other view. With text, problems are in `diagnostics` and the draft is `None`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SwitchedView {
    pub draft: Option<Draft>,
    pub object: Value,
    pub hidden_paths: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
}
/// A problem in a text, 1-based.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub line: u32,
    pub column: u32,
    pub message: String,
    /// `error` or `warning`.
    pub severity: String,
}
call!(SwitchView => SwitchedView, "/api/form/switch");

/// Builds the form anew for these values: a field marked `refresh` decides what other fields offer (the contexts of a
/// pasted kubeconfig).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshForm {
    pub target: FormTarget,
    pub data: Value,
}
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshedForm {
    pub form: crate::form::Form,
    pub data: Value,
}
call!(RefreshForm => RefreshedForm, "/api/form/refresh");

/// Dry run of a draft as the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReviewDraft {
    pub target: FormTarget,
    pub object: Value,
    pub draft: Draft,
}
call!(ReviewDraft => Review, "/api/form/review");

/// Applies a draft. Without `reviewed` it applies only when the dry run is quiet, else answers with the review.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplyDraft {
    pub target: FormTarget,
    pub object: Value,
    pub draft: Draft,
    pub reviewed: bool,
}
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    Done {
        outcome: Outcome,
    },
    /// Nothing was changed: look at this first.
    Look {
        review: Review,
    },
}
call!(ApplyDraft => Applied, "/api/form/apply");

/// After a conflict: the draft put onto the object as it is now, so that it can be applied. What somebody else changed
/// stands, unless the draft changes the same place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RebaseDraft {
    pub target: FormTarget,
    /// The object that the draft stands on.
    pub object: Value,
    pub draft: Draft,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RebasedDraft {
    /// In the same view as before.
    pub draft: Draft,
    /// The object that the draft stands on now, and its text to compare with.
    pub object: Value,
    pub yaml: String,
    pub hidden_paths: Vec<String>,
    /// Places that both changed; the draft's values were kept.
    pub kept: Vec<String>,
}
call!(RebaseDraft => RebasedDraft, "/api/form/rebase");

/// The contexts of a pasted or uploaded kubeconfig.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadKubeconfig {
    pub text: String,
}
call!(ReadKubeconfig => Vec<ImportCandidate>, "/api/clusters/read-kubeconfig");

/// Tests the connection of one context (or of the in-cluster service account when `text` is empty).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestConnection {
    pub text: String,
    pub context: String,
}
call!(TestConnection => ConnectionReport, "/api/clusters/test-connection");

/// Language and theme of the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetPreference {
    pub locale: Option<crate::Locale>,
    pub theme: Option<crate::Theme>,
}
call!(SetPreference => (), "/api/profile/preference");
