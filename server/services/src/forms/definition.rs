//! A form with its lenses: what it shows of an object and what it writes back.

use super::hidden;
use super::lens::Lens;
use super::record::Record;
use model::form::{Form, defaults};
use serde_json::Value;

/// The key of a draft's data for the object after an edit as YAML; without it, the draft stands on the object as read.
pub const OBJECT: &str = "_object";

/// The key of a draft's data for the text that was edited as YAML: its comments come back as long as the form changes
/// nothing.
pub const TEXT: &str = "_text";

pub struct FormDefinition {
    pub form: Form,
    pub record: Record,
    /// Written by the form without a field of its own; not counted as hidden.
    pub fixed: Vec<Vec<&'static str>>,
}

impl FormDefinition {
    /// No fields: a kind that is edited as YAML alone.
    #[must_use]
    pub fn none() -> Self {
        let form = Form { id: "object".to_owned(), sections: Vec::new(), messages: Vec::new() };
        Self { form, record: Record::default(), fixed: Vec::new() }
    }

    /// The data that an empty form starts with.
    #[must_use]
    pub fn defaults(&self) -> Value {
        let mut data = serde_json::Map::new();
        for section in &self.form.sections {
            if let Value::Object(values) = defaults(&section.fields) {
                data.extend(values);
            }
        }
        let mut data = Value::Object(data);
        model::form::settle(&self.form, &mut data);
        data
    }

    /// What the form shows of an object.
    #[must_use]
    pub fn data(&self, object: &Value) -> Value {
        self.record.get(object)
    }

    /// The object with the form's values; locked fields and everything that the form does not show stay as they are.
    #[must_use]
    pub fn apply(&self, object: &Value, data: &Value) -> Value {
        let fields = self.form.sections.iter().flat_map(|section| &section.fields);
        let locked: Vec<&str> = fields.filter(|field| field.locked.is_some()).map(|field| field.id.as_str()).collect();
        self.record.put_except(object, data, &locked)
    }

    /// As [`Self::apply`], with the locked fields too.
    #[must_use]
    pub fn record_put(&self, object: &Value, data: &Value) -> Value {
        self.record.put(object, data)
    }

    /// The paths of an object that the form does not show.
    #[must_use]
    pub fn hidden_paths(&self, object: &Value) -> Vec<String> {
        hidden::hidden_paths(&self.record, &self.fixed, object)
    }
}
