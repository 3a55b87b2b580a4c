//! An object of a cluster as JSON, with the questions that every kind asks. Never a typed struct: those drop the
//! fields they do not know.

use serde_json::Value;
use std::ops::Deref;

/// The JSON of one Kubernetes object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object(pub Value);

impl Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Object {
    /// The text at a JSON pointer; absent and other types are empty.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        text(&self.0, pointer)
    }

    /// The whole number at a JSON pointer; absent and other types are 0.
    #[must_use]
    pub fn number(&self, pointer: &str) -> i64 {
        self.0.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
    }

    #[must_use]
    pub fn flag(&self, pointer: &str) -> bool {
        self.0.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The list at a JSON pointer; absent is empty.
    #[must_use]
    pub fn list(&self, pointer: &str) -> &[Value] {
        list(&self.0, pointer)
    }

    /// A time at a JSON pointer in epoch milliseconds.
    #[must_use]
    pub fn time(&self, pointer: &str) -> Option<i64> {
        time(self.text(pointer))
    }

    /// The pairs of a string map (labels, annotations, selectors).
    pub fn pairs(&self, pointer: &str) -> impl Iterator<Item = (&str, &str)> {
        let map = self.0.pointer(pointer).and_then(Value::as_object);
        map.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    #[must_use]
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `None` for objects of the cluster.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        Some(self.text("/metadata/namespace")).filter(|text| !text.is_empty())
    }

    #[must_use]
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    #[must_use]
    pub fn version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    #[must_use]
    pub fn created(&self) -> Option<i64> {
        self.time("/metadata/creationTimestamp")
    }

    /// A deletion was asked for and finalizers or a grace period hold it.
    #[must_use]
    pub fn deleting(&self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }

    #[must_use]
    pub fn conditions(&self) -> &[Value] {
        self.list("/status/conditions")
    }

    /// The condition of a type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Value> {
        self.conditions().iter().find(|condition| text(condition, "/type") == kind)
    }

    /// The controller among the owners, else the first owner.
    #[must_use]
    pub fn owner(&self) -> Option<&Value> {
        let owners = self.list("/metadata/ownerReferences");
        owners
            .iter()
            .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
            .or_else(|| owners.first())
    }
}

/// The text at a JSON pointer of any value; absent and other types are empty.
#[must_use]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a JSON pointer of any value; absent is empty.
#[must_use]
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// An RFC 3339 time (`metav1.Time`, `MicroTime`) in epoch milliseconds; empty and broken text is `None`.
#[must_use]
pub fn time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// Keeps only the named keys of an object.
pub fn keep(value: &mut Value, keys: &[&str]) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| keys.contains(&key.as_str()));
    }
}

/// Keeps only the named keys of each element of the list at `pointer`.
pub fn keep_each(value: &mut Value, pointer: &str, keys: &[&str]) {
    if let Some(list) = value.pointer_mut(pointer).and_then(Value::as_array_mut) {
        list.iter_mut().for_each(|item| keep(item, keys));
    }
}
