//! The forms engine: a form is a value, not a component. One island renders every form, one checker ([`check`]) runs in
//! the browser while typing and on the server again, always. Labels and messages arrive translated.

mod build;
mod check;
mod follow;
mod format;
pub mod image;
pub mod lines;
mod rules;

pub use check::{check, check_field, check_touched, defaults, visible};
pub use follow::settle;
pub use rules::{Format, Rule};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A form as the island draws it. Its data is a JSON object: field id → value, groups are lists of such objects.
///
/// Keys of the data that begin with `_` belong to the server (`_at`: which item of the object a group item was read
/// from; `_object`: the draft's object after an edit as YAML). They are kept with their item and sent back untouched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    pub id: String,
    pub sections: Vec<Section>,
    /// Message templates by code with `{arg}` places (`too-long` → "At most {max} characters"). A field may have its
    /// own: `name.required`, `containers.name.required`.
    pub messages: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub hint: String,
    pub fields: Vec<Field>,
    /// Folded behind "show advanced settings" until opened, filled or refused.
    #[serde(default)]
    pub advanced: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub hint: String,
    /// Documentation for the side pane: what the field means, in a sentence or three.
    #[serde(default)]
    pub doc: String,
    /// The path in the object that the documentation names (`resources.limits.memory`).
    #[serde(default)]
    pub path: String,
    pub widget: Widget,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Shown only while another field of the same level (or of the form, with a leading `/`) has one of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Cannot be changed; the reason is shown beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<String>,
    #[serde(default)]
    pub placeholder: String,
    /// Value of a new form or of a new group item.
    #[serde(default)]
    pub default: Value,
    /// Inside a group: folded behind the item's own "advanced" fold.
    #[serde(default)]
    pub advanced: bool,
    /// Rows of a key-value list whose value is that of another field (key → field id); see [`settle`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<(String, String)>,
    /// Neighbours with the same row label may be drawn beside each other (`CPU: request – limit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Row>,
}

/// A field's place in a shared row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Label of the row.
    pub label: String,
    /// The short word at the field itself (`request`); the field's own label stays its full name.
    pub word: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    pub field: String,
    pub is: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    #[serde(default)]
    pub hint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
}

/// The widgets. Data types: text-like = string; `Number` = string as typed, kept as written; `Switch` = bool;
/// `KeyValue` = list of `{key, value}`; `Lines` = list of strings; `Group` = list of objects; `MultiSelect` = list of strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Widget {
    Text {
        #[serde(default)]
        mono: bool,
    },
    TextArea {
        #[serde(default)]
        mono: bool,
        #[serde(default)]
        rows: u8,
    },
    Password,
    /// A whole number as text, with an optional unit word behind it.
    Number {
        #[serde(default)]
        unit: String,
    },
    /// A Kubernetes quantity typed as people write it; `unit` is what a bare number means and is shown behind the field.
    Quantity {
        unit: QuantityUnit,
    },
    Select {
        choices: Vec<Choice>,
    },
    MultiSelect {
        choices: Vec<Choice>,
    },
    Radio {
        choices: Vec<Choice>,
    },
    Switch,
    /// Pairs; `locked` keys cannot be changed or removed (with the reason).
    KeyValue {
        #[serde(default)]
        locked: Vec<(String, String)>,
        add: String,
        /// Values may span lines (environment variables).
        #[serde(default)]
        multiline: bool,
    },
    /// One item per line, each line is one argument, nothing is parsed; [`lines`] has the two directions. An item with
    /// a line break of its own (from YAML) makes the list one that is edited item by item.
    Lines {
        #[serde(default)]
        rows: u8,
    },
    /// A list of cards, each with the same fields. `title` is the field that names the card; `summary` are the fields
    /// whose values are shown on a closed card.
    Group {
        fields: Vec<Field>,
        add: String,
        min: usize,
        title: String,
        summary: Vec<String>,
        table: bool,
    },
    /// Code with an editor (`yaml`).
    Code {
        language: String,
    },
    /// Text pasted or read from a file of the person's disk, up to `max_bytes`.
    Upload {
        max_bytes: usize,
        accept: String,
    },
    /// Read-only text.
    Static,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityUnit {
    /// A bare number is cores (0.5 = 500m).
    Cores,
    /// A bare number is MiB (256.5 = 268959744 bytes, W-39).
    Mib,
}

/// A refused value: where, which rule, with which arguments; the text comes from [`Form::messages`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub path: String,
    pub code: String,
    #[serde(default)]
    pub args: Vec<(String, String)>,
}

impl Form {
    /// The message of a refusal in the form's language, the field's own before the general one.
    #[must_use]
    pub fn message(&self, refusal: &Refusal) -> String {
        let words: Vec<&str> =
            refusal.path.split('.').filter(|part| !part.bytes().all(|b| b.is_ascii_digit())).collect();
        let own =
            (0..words.len()).find_map(|from| self.template(&format!("{}.{}", words[from..].join("."), refusal.code)));
        let text = own.or_else(|| self.template(&refusal.code));
        let mut text = text.cloned().unwrap_or_else(|| refusal.code.clone());
        for (name, value) in &refusal.args {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    fn template(&self, code: &str) -> Option<&String> {
        self.messages.iter().find(|(known, _)| known == code).map(|(_, text)| text)
    }
}

/// A form page: the draft in both views and what surrounds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormView {
    pub form: Form,
    pub data: Value,
    /// What the form edits; sent back with every call.
    pub target: FormTarget,
    /// The object as it was read (update) or as it starts (create); the lenses put the data into it.
    pub object: Value,
    /// Paths of the object that the form does not show.
    pub hidden_paths: Vec<String>,
    /// Has a YAML view.
    pub yaml: bool,
    pub submit_label: String,
    pub cancel_href: String,
    /// The person may look but not submit: the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Which form, on what. The server finds lenses and permissions by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormTarget {
    /// `workload`, `cluster-import`, `account`, …
    pub form: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<crate::ClusterId>,
    /// The kind that is created or updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<crate::object::KindKey>,
    /// The object that is updated; `None` creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<crate::object::ObjectRef>,
}
