//! The smallest change from one object to another: saving nothing sends nothing, a touched field sends its path.

use serde_json::{Map, Value, json};

/// A change as the apiserver takes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// JSON merge patch (RFC 7396): only maps differ.
    Merge(Value),
    /// JSON patch (RFC 6902): a list changes in place. Each list item on the way and each replaced value is tested
    /// first, so that what somebody else changed meanwhile is a refusal and not overwritten.
    Json(Value),
}

/// `None` when nothing differs.
#[must_use]
pub fn diff_patch(old: &Value, new: &Value) -> Option<Patch> {
    if old == new {
        return None;
    }
    if let Some(patch) = merge(old, new) {
        return Some(Patch::Merge(patch));
    }
    let mut operations = Vec::new();
    operate(old, new, "", false, &mut operations);
    Some(Patch::Json(Value::Array(operations)))
}

/// A merge patch, or `None` where it cannot say the difference: in a list, or with a null in what is new.
fn merge(old: &Value, new: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return None };
    let mut out = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        out.insert(key.clone(), Value::Null);
    }
    for (key, value) in new {
        let change = match old.get(key) {
            Some(before) if before == value => continue,
            Some(before @ Value::Object(_)) if value.is_object() => merge(before, value)?,
            // A list that was there changes in place; a map put where a scalar was would be merged the same way.
            Some(Value::Array(_)) => return None,
            _ if has_null(value) => return None,
            _ => value.clone(),
        };
        out.insert(key.clone(), change);
    }
    Some(Value::Object(out))
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

fn operate(old: &Value, new: &Value, path: &str, tested: bool, out: &mut Vec<Value>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
                let path = join(path, key);
                out.push(json!({ "op": "test", "path": path, "value": value }));
                out.push(json!({ "op": "remove", "path": path }));
            }
            for (key, value) in after {
                match before.get(key) {
                    Some(was) => operate(was, value, &join(path, key), false, out),
                    None => out.push(json!({ "op": "add", "path": join(path, key), "value": value })),
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => list(before, after, path, out),
        (old, new) => {
            if !tested {
                out.push(json!({ "op": "test", "path": path, "value": old }));
            }
            out.push(json!({ "op": "replace", "path": path, "value": new }));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// What an item of a list is known by.
fn identity(item: &Value) -> Option<(&'static str, &Value)> {
    ["name", "containerPort", "mountPath", "key", "ip"].into_iter().find_map(|key| item.get(key).map(|value| (key, value)))
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((identity(a), identity(b)), (Some(a), Some(b)) if a == b)
}

/// Longer lists that differ are replaced as a whole.
const MAX_COMPARED: usize = 1_000_000;

fn list(before: &[Value], after: &[Value], path: &str, out: &mut Vec<Value>) {
    if before.len().saturating_mul(after.len()) > MAX_COMPARED {
        out.push(json!({ "op": "test", "path": path, "value": before }));
        out.push(json!({ "op": "replace", "path": path, "value": after }));
        return;
    }
    let mut pairs = common(before, after);
    // A renamed item in a list that kept its length is the same item.
    if before.len() == after.len() && pairs.iter().all(|(i, j)| i == j) {
        pairs = (0..before.len()).map(|i| (i, i)).collect();
    }
    let kept = |i: usize| pairs.iter().any(|(old, _)| *old == i);
    for i in (0..before.len()).rev().filter(|i| !kept(*i)) {
        let path = format!("{path}/{i}");
        out.push(json!({ "op": "test", "path": path, "value": before[i] }));
        out.push(json!({ "op": "remove", "path": path }));
    }
    for (j, value) in after.iter().enumerate() {
        if !pairs.iter().any(|(_, new)| *new == j) {
            out.push(json!({ "op": "add", "path": format!("{path}/{j}"), "value": value }));
        }
    }
    for (i, j) in pairs {
        if before[i] == after[j] {
            continue;
        }
        let path = format!("{path}/{j}");
        let mut tested = false;
        if let Some((key, value)) = identity(&before[i]) {
            out.push(json!({ "op": "test", "path": join(&path, key), "value": value }));
            tested = true;
        }
        match (&before[i], &after[j]) {
            (Value::Object(was), Value::Object(now)) if tested => {
                // The identity's own change needs no second test.
                let key = identity(&before[i]).map_or("", |(key, _)| key);
                if let (Some(was), Some(now)) = (was.get(key), now.get(key)) {
                    operate(was, now, &join(&path, key), true, out);
                }
                let without = |map: &Map<String, Value>| {
                    let mut map = map.clone();
                    if was.contains_key(key) && now.contains_key(key) {
                        map.remove(key);
                    }
                    Value::Object(map)
                };
                operate(&without(was), &without(now), &path, false, out);
            }
            (was, now) => operate(was, now, &path, false, out),
        }
    }
}

/// The longest common run of same items, as pairs of places.
fn common(before: &[Value], after: &[Value]) -> Vec<(usize, usize)> {
    let (n, m) = (before.len(), after.len());
    let mut length = vec![vec![0usize; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            length[i][j] = if same(&before[i], &after[j]) {
                length[i + 1][j + 1] + 1
            } else {
                length[i + 1][j].max(length[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < n && j < m {
        if same(&before[i], &after[j]) && length[i][j] == length[i + 1][j + 1] + 1 {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if length[i + 1][j] >= length[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}
