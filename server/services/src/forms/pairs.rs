//! Key-value lists: environment variables (a list with entries that the form does not show) and maps of labels.

use super::lens::{Lens, Marks, Path, read, remove, text_of, write};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The filled rows of a key-value field.
fn rows(value: &Value) -> Vec<(String, String)> {
    let rows = value.as_array().map_or(&[] as &[Value], Vec::as_slice);
    let rows = rows.iter().map(|row| (text_of(row.get("key")), text_of(row.get("value"))));
    rows.filter(|(key, value)| !key.is_empty() || !value.is_empty()).collect()
}

fn value_of(rows: impl IntoIterator<Item = (String, String)>) -> Value {
    rows.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>().into()
}

/// Environment variables with a value of their own. Those that come from elsewhere (`valueFrom`) are not shown and
/// keep their places; the order matters, since a variable may name an earlier one.
pub struct Env {
    pub path: Path,
}

impl Env {
    fn items<'a>(&self, object: &'a Value) -> &'a [Value] {
        read(object, self.path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

fn plain(item: &Value) -> bool {
    item.get("valueFrom").is_none_or(Value::is_null) && item.get("name").is_some_and(Value::is_string)
}

/// The item with this name and value, changed only where it differs.
fn with(item: &Value, key: &str, value: &str) -> Value {
    let mut item = item.clone();
    if text_of(item.get("name")) != key {
        item["name"] = Value::String(key.to_owned());
    }
    if text_of(item.get("value")) != value {
        item["value"] = Value::String(value.to_owned());
    }
    item
}

impl Lens for Env {
    fn get(&self, object: &Value) -> Value {
        let shown = self.items(object).iter().filter(|item| plain(item));
        value_of(shown.map(|item| (text_of(item.get("name")), text_of(item.get("value")))))
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let old = self.items(object);
        let rows = rows(value);
        let shown: Vec<usize> = (0..old.len()).filter(|i| plain(&old[*i])).collect();
        let origins = origins(&rows, &shown.iter().map(|i| text_of(old[*i].get("name"))).collect::<Vec<_>>());

        let kept: BTreeSet<usize> = origins.iter().flatten().map(|at| shown[*at]).collect();
        let fresh = json!({});
        let item = |row: usize| {
            let (key, value) = &rows[row];
            match origins[row] {
                Some(at) => with(&old[shown[at]], key, value),
                None => {
                    let mut item = with(&fresh, key, value);
                    item["value"] = Value::String(value.clone());
                    item
                }
            }
        };
        // Kept places are filled in the order of the rows; a new row follows the row before it.
        let mut items = Vec::new();
        let mut next = 0;
        let mut places = 0;
        for (index, entry) in old.iter().enumerate() {
            if !plain(entry) {
                items.push(entry.clone());
            } else if kept.contains(&index) {
                while next < rows.len() && origins[next].is_none() {
                    items.push(item(next));
                    next += 1;
                }
                items.push(item(next));
                next += 1;
                places += 1;
                let last = places == kept.len();
                while !last && next < rows.len() && origins[next].is_none() {
                    items.push(item(next));
                    next += 1;
                }
            }
        }
        items.extend((next..rows.len()).map(item));

        let mut object = object.clone();
        if items.is_empty() {
            remove(&mut object, self.path, 0);
        } else {
            write(&mut object, self.path, Value::Array(items));
        }
        object
    }

    fn shown(&self, object: &Value, marks: &mut Marks) {
        if self.items(object).is_empty() {
            marks.mark(self.path);
        }
        for (index, _) in self.items(object).iter().enumerate().filter(|(_, item)| plain(item)) {
            marks.within(self.path, index, |marks| {
                marks.mark(&["name"]);
                marks.mark(&["value"]);
            });
        }
    }
}

/// Which old entry each row is: by name, then a renamed row by its place.
fn origins(rows: &[(String, String)], names: &[String]) -> Vec<Option<usize>> {
    let mut used = BTreeSet::new();
    let mut out: Vec<Option<usize>> = rows
        .iter()
        .map(|(key, _)| {
            let at = (0..names.len()).find(|at| !used.contains(at) && names[*at] == *key)?;
            used.insert(at);
            Some(at)
        })
        .collect();
    if rows.len() == names.len() {
        for (at, origin) in out.iter_mut().enumerate() {
            if origin.is_none() && !used.contains(&at) {
                used.insert(at);
                *origin = Some(at);
            }
        }
    }
    out
}

/// A map of texts that stands in one place or, on create, in several (labels: object, selector, template, spec 30 R-2).
pub struct Labels {
    /// The first is what is shown; changes go to all.
    pub places: &'static [Path],
    /// A key that stands first, and its twin that is written along and not shown.
    pub twin: Option<(&'static str, &'static str)>,
}

impl Labels {
    fn map<'a>(&self, object: &'a Value) -> Option<&'a Map<String, Value>> {
        read(object, self.places[0]).and_then(Value::as_object)
    }

    fn rows(&self, object: &Value) -> Vec<(String, String)> {
        let hidden = |key: &String| self.twin.is_some_and(|(_, twin)| twin == key);
        let mut rows: Vec<_> = self
            .map(object)
            .into_iter()
            .flatten()
            .filter(|(key, _)| !hidden(key))
            .map(|(key, value)| (key.clone(), text_of(Some(value))))
            .collect();
        rows.sort_by_key(|(key, _)| (self.twin.is_none_or(|(first, _)| first != key), key.clone()));
        rows
    }
}

impl Lens for Labels {
    fn get(&self, object: &Value) -> Value {
        value_of(self.rows(object))
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let old = self.rows(object);
        let new = rows(value);
        let mut object = object.clone();
        for place in self.places {
            let put = |object: &mut Value, key: &str, value: Option<&str>| {
                let path: Vec<&str> = place.iter().copied().chain([key]).collect();
                match value {
                    Some(value) => write(object, &path, Value::String(value.to_owned())),
                    None => remove(object, &path, 1),
                }
            };
            let mut change = |key: &str, value: Option<&str>| {
                put(&mut object, key, value);
                if let Some((first, twin)) = self.twin
                    && first == key
                {
                    put(&mut object, twin, value);
                }
            };
            for (key, _) in old.iter().filter(|(key, _)| !new.iter().any(|(k, _)| k == key)) {
                change(key, None);
            }
            for (key, value) in &new {
                if !key.is_empty() && !old.contains(&(key.clone(), value.clone())) {
                    change(key, Some(value));
                }
            }
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        for place in self.places {
            marks.mark(place);
        }
    }
}
