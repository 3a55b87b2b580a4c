//! Building forms in few words.

use super::{Choice, Field, Row, Rule, Section, Widget};
use serde_json::Value;

impl Field {
    #[must_use]
    pub fn new(id: &str, label: impl Into<String>, widget: Widget) -> Self {
        Self {
            id: id.to_owned(),
            label: label.into(),
            hint: String::new(),
            doc: String::new(),
            path: String::new(),
            widget,
            required: false,
            rules: Vec::new(),
            when: None,
            locked: None,
            placeholder: String::new(),
            default: Value::Null,
            advanced: false,
            follows: Vec::new(),
            row: None,
        }
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[must_use]
    pub const fn advanced(mut self) -> Self {
        self.advanced = true;
        self
    }

    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    #[must_use]
    pub fn format(self, format: super::Format) -> Self {
        self.rule(Rule::Format { format })
    }

    #[must_use]
    pub fn max_length(self, max: usize) -> Self {
        self.rule(Rule::MaxLength { max })
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub fn doc(mut self, path: &str, doc: impl Into<String>) -> Self {
        path.clone_into(&mut self.path);
        self.doc = doc.into();
        self
    }

    #[must_use]
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }

    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = value.into();
        self
    }

    #[must_use]
    pub fn row(mut self, label: impl Into<String>, word: impl Into<String>) -> Self {
        self.row = Some(Row { label: label.into(), word: word.into() });
        self
    }

    /// Locks the field when there is a reason.
    #[must_use]
    pub fn locked(mut self, reason: Option<String>) -> Self {
        self.locked = reason;
        self
    }
}

impl Section {
    #[must_use]
    pub fn new(id: &str, title: impl Into<String>, fields: Vec<Field>) -> Self {
        Self { id: id.to_owned(), title: title.into(), hint: String::new(), fields, advanced: false }
    }
}

impl Choice {
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new(), disabled: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}
