//! Differences between two objects as lines of their YAML, with what the server changed by itself marked apart.

use model::change::DiffLine;
use serde_json::{Map, Value};
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
    walk(&without_server_fields(sent), &without_server_fields(answered), &mut Vec::new(), &mut out);
    out
}

#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    /// By parts: the key of an annotation holds dots.
    pub path: Vec<Step>,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// Maps whose keys nobody but a person or a webhook chooses.
fn is_open(key: &str) -> bool {
    matches!(key, "labels" | "annotations" | "nodeSelector")
}

fn walk(sent: &Value, answered: &Value, path: &mut Vec<Step>, out: &mut Vec<Foreign>) {
    match (sent, answered) {
        (Value::Object(sent), Value::Object(answered)) => {
            let open = matches!(path.last(), Some(Step::Key(key)) if is_open(key));
            for (key, value) in answered {
                path.push(Step::Key(key.clone()));
                // A list of objects is no default of the server either: somebody put a volume or a sidecar in.
                let put_in = open || matches!(value, Value::Array(items) if items.iter().any(Value::is_object));
                match sent.get(key) {
                    Some(given) => walk(given, value, path, out),
                    None if put_in => out.push(Foreign { path: path.clone(), value: value.clone() }),
                    None if is_open(key) => walk(&Value::Object(Map::new()), value, path, out),
                    None => {}
                }
                path.pop();
            }
        }
        (Value::Array(sent), Value::Array(answered)) => {
            for (index, value) in answered.iter().enumerate() {
                let given = match value.get("name").and_then(Value::as_str) {
                    Some(name) => sent.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(name)),
                    None => sent.get(index),
                };
                path.push(Step::Index(index));
                match given {
                    Some(given) => walk(given, value, path, out),
                    None => out.push(Foreign { path: path.clone(), value: value.clone() }),
                }
                path.pop();
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
        let mut keys = change.path.iter().filter_map(|step| if let Step::Key(key) = step { Some(key) } else { None });
        let Some(key) = keys.next_back() else { continue };
        match &change.value {
            Value::Object(_) | Value::Array(_) => {
                out.extend(to_yaml(&change.value).lines().map(|line| line.trim().to_owned()));
                if let Some(first) = to_yaml(&change.value).lines().next() {
                    out.insert(format!("- {}", first.trim()));
                }
            }
            scalar => {
                let mut object = Map::new();
                object.insert(key.clone(), scalar.clone());
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
        assert_eq!(
            paths(&sent, &answered),
            ["/metadata/labels/injected", "/spec/containers/0/image", "/spec/containers/1"]
        );
    }

    fn paths(sent: &Value, answered: &Value) -> Vec<String> {
        let text = |step: &Step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Index(index) => format!("/{index}"),
        };
        foreign_changes(sent, answered).iter().map(|change| change.path.iter().map(text).collect()).collect()
    }

    /// What a sidecar injector writes into an object that had none of it: whole maps and lists, keys with dots.
    #[test]
    fn what_a_webhook_puts_into_an_empty_place_is_seen() {
        let sent = json!({"metadata": {"name": "a"}, "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}});
        let answered = json!({"metadata": {"name": "a", "annotations": {"sidecar.example.org/status": "in"}}, "spec": {
            "strategy": {"type": "RollingUpdate"},
            "template": {"spec": {
                "containers": [{"name": "c", "imagePullPolicy": "Always", "env": [{"name": "A", "value": "1"}]}],
                "volumes": [{"name": "token"}],
                "dnsPolicy": "ClusterFirst"}}}});
        assert_eq!(
            paths(&sent, &answered),
            [
                "/metadata/annotations/sidecar.example.org/status",
                "/spec/template/spec/containers/0/env",
                "/spec/template/spec/volumes"
            ]
        );
        let lines = foreign_lines(&foreign_changes(&sent, &answered), crate::forms::yaml::to_yaml);
        assert!(lines.contains("sidecar.example.org/status: in"), "{lines:?}");
    }

    #[test]
    fn invisible_characters_are_seen() {
        let lines = lines("a\n", "a \r\nb\u{2028}\n", &BTreeSet::new());
        let added: Vec<_> = lines.iter().filter(|line| line.sign == '+').map(|line| line.text.as_str()).collect();
        assert_eq!(added, ["a·", "b␤"]);
    }
}
