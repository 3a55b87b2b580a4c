//! Differences between two objects as lines of their YAML, with what the server changed by itself marked apart.

use model::change::DiffLine;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

/// Lines kept around a change.
const CONTEXT: usize = 3;

/// What the server writes by itself and nobody reads in a difference.
pub fn without_server_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"] {
            metadata.remove(key);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            annotations.remove("deployment.kubernetes.io/revision");
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    object
}

/// The difference from `old` to `new`; `foreign` are paths that neither the person nor the old object gave.
pub fn lines(old: &str, new: &str, foreign: &BTreeSet<String>) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(old, new);
    let mut out = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            out.push(DiffLine { sign: '…', text: String::new(), old_line: None, new_line: None });
        }
        for op in group {
            for change in diff.iter_changes(op) {
                let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
                let sign = match change.tag() {
                    ChangeTag::Equal => ' ',
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert if foreign.contains(text.trim()) => '~',
                    ChangeTag::Insert => '+',
                };
                let line = |n: Option<usize>| n.map(|n| u32::try_from(n + 1).unwrap_or(u32::MAX));
                out.push(DiffLine {
                    sign,
                    text: visible(&text),
                    old_line: line(change.old_index()),
                    new_line: line(change.new_index()),
                });
            }
        }
    }
    out
}

/// Shows what the eye would miss: carriage returns, blanks at the end, odd line separators.
fn visible(text: &str) -> String {
    let trimmed = text.trim_end_matches(' ');
    let mut out: String = trimmed
        .chars()
        .map(|c| match c {
            '\r' => '␍',
            '\t' => '⇥',
            '\u{2028}' | '\u{2029}' => '␤',
            c => c,
        })
        .collect();
    out.extend(std::iter::repeat_n('·', text.len() - trimmed.len()));
    out
}

/// What somebody else changed in the answer of a dry run: given values that came back different, and labels,
/// annotations or list items that were not sent. Defaults (new keys of other maps) are not counted.
pub fn foreign_changes(sent: &Value, answered: &Value) -> Vec<Foreign> {
    let mut out = Vec::new();
    walk(&without_server_fields(sent), &without_server_fields(answered), &mut String::new(), &mut out);
    out
}

#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    pub path: String,
    pub value: Value,
}

fn walk(sent: &Value, answered: &Value, path: &mut String, out: &mut Vec<Foreign>) {
    match (sent, answered) {
        (Value::Object(sent), Value::Object(answered)) => {
            let open = path.ends_with("labels") || path.ends_with("annotations") || path.ends_with("nodeSelector");
            for (key, value) in answered {
                let length = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                match sent.get(key) {
                    Some(given) => walk(given, value, path, out),
                    None if open => out.push(Foreign { path: path.clone(), value: value.clone() }),
                    None => {}
                }
                path.truncate(length);
            }
        }
        (Value::Array(sent), Value::Array(answered)) => {
            for (index, value) in answered.iter().enumerate() {
                let given = match value.get("name").and_then(Value::as_str) {
                    Some(name) => sent.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(name)),
                    None => sent.get(index),
                };
                let length = path.len();
                path.push_str(&format!("[{index}]"));
                match given {
                    Some(given) => walk(given, value, path, out),
                    None => out.push(Foreign { path: path.clone(), value: value.clone() }),
                }
                path.truncate(length);
            }
        }
        (sent, answered) if sent != answered && !same_quantity(sent, answered) && !sent.is_null() => {
            out.push(Foreign { path: path.clone(), value: answered.clone() });
        }
        _ => {}
    }
}

/// The server writes quantities its own way (`0.5` comes back as `500m`): that is no change.
fn same_quantity(sent: &Value, answered: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (Some(sent), Some(answered)) = (text(sent), text(answered)) else { return false };
    match (model::quantity::Quantity::parse(&sent), model::quantity::Quantity::parse(&answered)) {
        (Ok(sent), Ok(answered)) => sent == answered,
        _ => false,
    }
}

/// The YAML lines in which foreign values stand, for marking them in the difference.
pub fn foreign_lines(foreign: &[Foreign], to_yaml: impl Fn(&Value) -> String) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for change in foreign {
        let key = change.path.rsplit('.').next().unwrap_or(&change.path);
        match &change.value {
            Value::Object(_) | Value::Array(_) => {
                out.extend(to_yaml(&change.value).lines().map(|line| line.trim().to_owned()));
                if let Some(first) = to_yaml(&change.value).lines().next() {
                    out.insert(format!("- {}", first.trim()));
                }
            }
            scalar => {
                let mut object = serde_json::Map::new();
                object.insert(key.to_owned(), scalar.clone());
                out.extend(to_yaml(&Value::Object(object)).lines().map(|line| line.trim().to_owned()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_webhooks_work_is_told_from_defaults() {
        let sent = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"name": "c", "image": "x", "resources": {"limits": {"cpu": "0.5"}}}]}});
        let answered = json!({"metadata": {"uid": "u", "labels": {"a": "1", "injected": "yes"}}, "spec": {
            "terminationGracePeriodSeconds": 30,
            "containers": [{"name": "c", "image": "mirror/x", "resources": {"limits": {"cpu": "500m"}}}, {"name": "sidecar"}]}});
        let paths: Vec<_> = foreign_changes(&sent, &answered).into_iter().map(|change| change.path).collect();
        assert_eq!(paths, ["metadata.labels.injected", "spec.containers[0].image", "spec.containers[1]"]);
    }

    #[test]
    fn invisible_characters_are_seen() {
        let lines = lines("a\n", "a \r\nb\u{2028}\n", &BTreeSet::new());
        let added: Vec<_> = lines.iter().filter(|line| line.sign == '+').map(|line| line.text.as_str()).collect();
        assert_eq!(added, ["a·", "b␤"]);
    }
}
