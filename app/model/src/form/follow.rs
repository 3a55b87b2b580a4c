//! Values that follow other fields: the default label is the workload's name while one types it (W-30).

use super::{Form, Widget};
use serde_json::{Value, json};

/// Brings rows that follow another field up to date. Called after every change in the browser and again on the server.
pub fn settle(form: &Form, data: &mut Value) {
    for field in form.sections.iter().flat_map(|section| &section.fields) {
        if field.locked.is_some() || !matches!(field.widget, Widget::KeyValue { .. }) {
            continue;
        }
        for (key, source) in &field.follows {
            let value = data.get(source).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
            let Some(rows) = data.get_mut(&field.id).and_then(Value::as_array_mut) else { continue };
            match rows.iter_mut().find(|row| row.get("key").and_then(Value::as_str) == Some(key)) {
                Some(row) => row["value"] = Value::String(value),
                None => rows.insert(0, json!({ "key": key, "value": value })),
            }
        }
    }
}
