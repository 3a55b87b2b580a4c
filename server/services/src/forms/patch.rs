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
    ["name", "containerPort", "mountPath", "key", "ip"]
        .into_iter()
        .find_map(|key| item.get(key).map(|value| (key, value)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(old: &Value, patch: &Patch) -> Value {
        let mut object = old.clone();
        match patch {
            Patch::Merge(patch) => json_patch::merge(&mut object, patch),
            Patch::Json(patch) => {
                let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
                json_patch::patch(&mut object, &patch).unwrap();
            }
        }
        object
    }

    #[test]
    fn the_request_holds_exactly_the_changed_path() {
        let old = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"replicas": 1, "list": [{"name": "x", "image": "i:1", "probe": {}}, {"name": "y"}]}});
        let with = |change: &dyn Fn(&mut Value)| {
            let mut new = old.clone();
            change(&mut new);
            diff_patch(&old, &new)
        };
        assert_eq!(with(&|_| {}), None);
        assert_eq!(
            with(&|new| new["spec"]["replicas"] = json!(2)),
            Some(Patch::Merge(json!({"spec": {"replicas": 2}})))
        );
        assert_eq!(
            with(&|new| drop(new["metadata"]["labels"].as_object_mut().unwrap().remove("a"))),
            Some(Patch::Merge(json!({"metadata": {"labels": {"a": null}}})))
        );
        assert_eq!(
            with(&|new| new["spec"]["list"][0]["image"] = json!("i:2")),
            Some(Patch::Json(json!([
                {"op": "test", "path": "/spec/list/0/name", "value": "x"},
                {"op": "test", "path": "/spec/list/0/image", "value": "i:1"},
                {"op": "replace", "path": "/spec/list/0/image", "value": "i:2"},
            ])))
        );
        assert_eq!(
            with(&|new| new["spec"]["list"][0]["name"] = json!("z")),
            Some(Patch::Json(json!([
                {"op": "test", "path": "/spec/list/0/name", "value": "x"},
                {"op": "replace", "path": "/spec/list/0/name", "value": "z"},
            ])))
        );
        assert_eq!(
            with(&|new| new["spec"]["list"].as_array_mut().unwrap().insert(1, json!({"name": "new"}))),
            Some(Patch::Json(json!([{"op": "add", "path": "/spec/list/1", "value": {"name": "new"}}])))
        );
        assert_eq!(
            with(&|new| drop(new["spec"]["list"].as_array_mut().unwrap().remove(0))),
            Some(Patch::Json(json!([
                {"op": "test", "path": "/spec/list/0", "value": {"name": "x", "image": "i:1", "probe": {}}},
                {"op": "remove", "path": "/spec/list/0"},
            ])))
        );
    }

    /// What somebody else changed meanwhile is not overwritten.
    #[test]
    fn a_changed_list_is_noticed() {
        let old = json!({"list": [{"name": "x", "image": "i:1"}]});
        let Some(Patch::Json(patch)) = diff_patch(&old, &json!({"list": [{"name": "x", "image": "i:2"}]})) else {
            panic!()
        };
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        for live in [
            json!({"list": [{"name": "w"}, {"name": "x", "image": "i:1"}]}),
            json!({"list": [{"name": "x", "image": "i:9"}]}),
        ] {
            assert!(json_patch::patch(&mut live.clone(), &patch).is_err(), "{live}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), (0u8..3).prop_map(Value::from), "[a-b]{0,2}".prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 4, |inner| {
            let key = prop_oneof![Just("name".to_owned()), Just("a/b~c".to_owned()), Just("x".to_owned()), "[a-d]"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn the_patch_makes_the_new_value(old in value(), new in value()) {
            let (old, new) = (json!({"o": old}), json!({"o": new}));
            match diff_patch(&old, &new) {
                None => prop_assert_eq!(old, new),
                Some(patch) => {
                    prop_assert_ne!(&old, &new);
                    prop_assert_eq!(apply(&old, &patch), new, "{:?}", patch);
                }
            }
        }
    }
}
