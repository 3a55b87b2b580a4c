//! Three-way merge: what a person made of the object as they read it, put onto the object as it is now.

use serde_json::{Map, Value};

/// `was` is the object as the person read it, `new` what they made of it, `live` the object now. Where both changed the
/// same place, the person's value stands; [`super::overtaken::overtaken`] names these places.
#[must_use]
pub fn merged(was: &Value, new: &Value, live: &Value) -> Value {
    merge(Some(was), Some(new), Some(live)).unwrap_or_default()
}

fn merge(was: Option<&Value>, new: Option<&Value>, live: Option<&Value>) -> Option<Value> {
    if new == was {
        return live.cloned();
    }
    if live == was || live == new {
        return new.cloned();
    }
    match (was, new, live) {
        (_, Some(Value::Object(after)), Some(Value::Object(now))) => {
            let empty = Map::new();
            let before = was.and_then(Value::as_object).unwrap_or(&empty);
            let keys = now.keys().chain(after.keys().filter(|key| !now.contains_key(*key)));
            let values = keys.filter_map(|key| {
                merge(before.get(key), after.get(key), now.get(key)).map(|value| (key.clone(), value))
            });
            Some(Value::Object(values.collect()))
        }
        (Some(Value::Array(before)), Some(Value::Array(after)), Some(Value::Array(now)))
            if named(before) && named(after) && named(now) =>
        {
            let of = |list: &[Value], item: &Value| list.iter().find(|other| other["name"] == item["name"]).cloned();
            let mine = after.iter().filter_map(|item| {
                let (was, live) = (of(before, item), of(now, item));
                merge(was.as_ref(), Some(item), live.as_ref())
            });
            let theirs = now.iter().filter(|item| of(before, item).is_none() && of(after, item).is_none()).cloned();
            Some(Value::Array(mine.chain(theirs).collect()))
        }
        _ => new.cloned(),
    }
}

/// A list whose items are known by their names, each once.
fn named(list: &[Value]) -> bool {
    let names: std::collections::BTreeSet<&str> = list.iter().filter_map(|item| item["name"].as_str()).collect();
    names.len() == list.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// [W-79]
    #[test]
    fn both_changes_stand_and_the_persons_own_wins() {
        let was = json!({"metadata": {"labels": {"a": "1", "b": "1"}}, "spec": {"replicas": 1, "paused": false,
            "containers": [{"name": "x", "image": "i:1", "args": ["a"]}, {"name": "y", "image": "j:1"}]}});
        let new = json!({"metadata": {"labels": {"b": "1", "c": "mine"}}, "spec": {"replicas": 3, "paused": false,
            "containers": [{"name": "x", "image": "i:2", "args": ["a"]}, {"name": "y", "image": "j:1"}, {"name": "n"}]}});
        let live = json!({"metadata": {"labels": {"a": "1", "b": "theirs", "d": "1"}}, "spec": {"replicas": 5, "paused": true,
            "containers": [{"name": "s"}, {"name": "x", "image": "i:1", "args": ["b"]}]}});
        assert_eq!(
            merged(&was, &new, &live),
            json!({"metadata": {"labels": {"b": "theirs", "d": "1", "c": "mine"}}, "spec": {"replicas": 3, "paused": true,
                "containers": [{"name": "x", "image": "i:2", "args": ["b"]}, {"name": "n"}, {"name": "s"}]}})
        );
        assert_eq!(merged(&was, &was, &live), live, "nothing of mine");
        assert_eq!(merged(&was, &new, &was), new, "nothing of theirs");
    }

    #[test]
    fn lists_without_names_are_the_persons_as_a_whole() {
        let list = |items: Value| json!({"args": items});
        let mine = merged(&list(json!(["a"])), &list(json!(["a", "b"])), &list(json!(["c", "a"])));
        assert_eq!(mine, list(json!(["a", "b"])));
        let twice = json!([{"name": "a"}, {"name": "a", "v": 1}]);
        assert_eq!(merged(&list(json!([])), &list(twice.clone()), &list(json!([{"name": "z"}]))), list(twice));
    }
}
