//! A form sends its changed paths and nothing else, so it never overwrites what somebody else changed beside them. This
//! finds what was changed meanwhile in the very same place: that is a conflict, and its field can be named.

use serde_json::{Map, Value};

/// A place that both changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Overtaken {
    /// As the apiserver writes it: `spec.replicas`, `metadata.annotations[a.example/b]`, `…containers[0].image`.
    pub path: String,
    /// What stands there now; `None` when it was removed.
    pub now: Option<Value>,
}

/// `was` is the object as the person read it, `new` what they made of it, `live` the object now.
#[must_use]
pub fn overtaken(was: &Value, new: &Value, live: &Value) -> Vec<Overtaken> {
    let mut out = Vec::new();
    compare(Some(was), Some(new), Some(live), String::new(), &mut out);
    out
}

fn compare(was: Option<&Value>, new: Option<&Value>, live: Option<&Value>, path: String, out: &mut Vec<Overtaken>) {
    if was == new || live == was || live == new {
        return;
    }
    let empty = Value::Object(Map::new());
    match (was.unwrap_or(&empty), new.unwrap_or(&empty), live.unwrap_or(&empty)) {
        (Value::Object(before), Value::Object(after), Value::Object(now))
            if was.or(new).is_some_and(Value::is_object) =>
        {
            let mut keys: Vec<&String> =
                before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))).collect();
            keys.sort();
            for key in keys {
                compare(before.get(key), after.get(key), now.get(key), join(&path, key), out);
            }
        }
        // Items are the same ones only as long as their lists are; else the patch's own tests refuse it.
        (Value::Array(before), Value::Array(after), Value::Array(now))
            if before.len() == now.len() && after.len() == now.len() =>
        {
            for (index, ((before, after), now)) in before.iter().zip(after).zip(now).enumerate() {
                let name = |item: &Value| item.get("name").cloned();
                if name(before) == name(now) {
                    compare(Some(before), Some(after), Some(now), format!("{path}[{index}]"), out);
                }
            }
        }
        (Value::Array(_), Value::Array(_), Value::Array(_)) if was.is_some() && new.is_some() => {}
        _ => out.push(Overtaken { path, now: live.cloned() }),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else if key.contains(['.', '/']) {
        format!("{path}[{key}]")
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(was: Value, new: Value, live: Value) -> Vec<(String, Option<Value>)> {
        overtaken(&was, &new, &live).into_iter().map(|place| (place.path, place.now)).collect()
    }

    /// [W-79] for the form: the same scalar, label or list item changed by two people.
    #[test]
    fn only_the_same_place_is_a_conflict() {
        let was = json!({"metadata": {"labels": {"a": "1", "b.c/d": "1"}}, "spec": {"replicas": 1, "paused": false,
            "containers": [{"name": "x", "image": "i:1", "command": ["a"]}, {"name": "y", "image": "j:1"}]}});
        let with = |change: &dyn Fn(&mut Value)| {
            let mut object = was.clone();
            change(&mut object);
            object
        };
        let scaled = with(&|o| o["spec"]["replicas"] = json!(2));
        let other = with(&|o| o["spec"]["replicas"] = json!(5));
        assert_eq!(found(was.clone(), scaled.clone(), was.clone()), []);
        assert_eq!(found(was.clone(), scaled.clone(), with(&|o| o["spec"]["paused"] = json!(true))), []);
        assert_eq!(found(was.clone(), scaled.clone(), scaled.clone()), [], "both meant the same");
        assert_eq!(found(was.clone(), scaled, other), [("spec.replicas".into(), Some(json!(5)))]);

        let labelled = with(&|o| o["metadata"]["labels"]["b.c/d"] = json!("mine"));
        let removed = with(&|o| drop(o["metadata"]["labels"].as_object_mut().unwrap().remove("b.c/d")));
        assert_eq!(found(was.clone(), labelled.clone(), removed.clone()), [("metadata.labels[b.c/d]".into(), None)]);
        assert_eq!(found(was.clone(), removed, labelled), [("metadata.labels[b.c/d]".into(), Some(json!("mine")))]);

        let image = |tag: &'static str| with(&|o| o["spec"]["containers"][0]["image"] = json!(tag));
        assert_eq!(
            found(was.clone(), image("i:2"), image("i:3")),
            [("spec.containers[0].image".into(), Some(json!("i:3")))]
        );
        let second = with(&|o| o["spec"]["containers"][1]["image"] = json!("j:2"));
        assert_eq!(found(was.clone(), image("i:2"), second), []);
        let env = |value: &'static str| with(&|o| o["spec"]["containers"][1]["env"] = json!([{"name": value}]));
        assert_eq!(
            found(was.clone(), env("A"), env("B")),
            [("spec.containers[1].env".into(), Some(json!([{"name": "B"}])))],
            "a list that both made"
        );
    }

    #[test]
    fn what_both_added_beside_each_other_is_none() {
        let was = json!({"metadata": {}});
        let mine = json!({"metadata": {"annotations": {"description": "x"}}});
        let theirs = json!({"metadata": {"annotations": {"revision": "1"}}});
        assert_eq!(found(was.clone(), mine.clone(), theirs), []);
        let theirs = json!({"metadata": {"annotations": {"description": "y"}}});
        assert_eq!(found(was, mine, theirs), [("metadata.annotations.description".into(), Some(json!("y")))]);
    }
}
