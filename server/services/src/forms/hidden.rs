//! "N fields not shown here": the leaves of an object that no lens shows.

use super::lens::{Lens, Marks};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the server writes by itself; it is no field that the form could lose.
const SERVER: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];
const SERVER_ANNOTATIONS: &[&str] =
    &["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/// Paths as people read them: `spec.template.spec.containers[0].livenessProbe.httpGet.path`,
/// `metadata.annotations["a.example/b"]`.
#[must_use]
pub fn hidden_paths(lens: &dyn Lens, fixed: &[Vec<&str>], object: &Value) -> Vec<String> {
    let mut marks = Marks::default();
    lens.shown(object, &mut marks);
    for path in fixed {
        marks.mark(path);
    }
    let mut out = Vec::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "apiVersion" | "kind" | "status") {
            walk(value, &mut vec![key.clone()], key.clone(), &marks.shown, &mut out);
        }
    }
    out
}

fn walk(value: &Value, at: &mut Vec<String>, text: String, shown: &BTreeSet<Vec<String>>, out: &mut Vec<String>) {
    let server = match at.as_slice() {
        [a, b] => a == "metadata" && SERVER.contains(&b.as_str()),
        [a, b, c] => a == "metadata" && b == "annotations" && SERVER_ANNOTATIONS.contains(&c.as_str()),
        _ => false,
    };
    if server || shown.contains(at.as_slice()) {
        return;
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                let text = if plain { format!("{text}.{key}") } else { format!("{text}[{key:?}]") };
                at.push(key.clone());
                walk(value, at, text, shown, out);
                at.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                at.push(index.to_string());
                walk(value, at, format!("{text}[{index}]"), shown, out);
                at.pop();
            }
        }
        // `resources: {}`: nothing that a shown field below it could not say.
        Value::Object(_) | Value::Array(_) if begins_shown(at, shown) => {}
        _ => out.push(text),
    }
}

/// Whether a shown path begins with this one.
fn begins_shown(at: &[String], shown: &BTreeSet<Vec<String>>) -> bool {
    shown.range(at.to_vec()..).next().is_some_and(|path| path.starts_with(at))
}
