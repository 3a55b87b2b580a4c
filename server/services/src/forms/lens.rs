//! Lenses: how a field of a form meets an object. `put` changes what the field names and nothing else.
//!
//! The laws, held by property tests over generated and real objects:
//! `get(put(o, v)) == v` · `put(o, get(o)) == o`, byte for byte · `put(put(o, a), b) == put(o, b)`.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A place in an object, or in an item of a list, by keys.
pub type Path = &'static [&'static str];

pub trait Lens: Send + Sync {
    /// The value that the form shows.
    fn get(&self, object: &Value) -> Value;

    /// The object with this value. Called only for a value that differs from `get`.
    fn set(&self, object: &Value, value: &Value) -> Value;

    /// The object with this value; an untouched value leaves the object as it is, whatever its spelling.
    fn put(&self, object: &Value, value: &Value) -> Value {
        if self.get(object) == *value { object.clone() } else { self.set(object, value) }
    }

    /// Marks the paths of the object that the lens shows.
    fn shown(&self, object: &Value, marks: &mut Marks);
}

/// The shown paths, collected over nested lists.
#[derive(Default)]
pub struct Marks {
    at: Vec<String>,
    pub shown: BTreeSet<Vec<String>>,
}

impl Marks {
    pub fn mark<S: AsRef<str>>(&mut self, path: &[S]) {
        let mut whole = self.at.clone();
        whole.extend(path.iter().map(|part| part.as_ref().to_owned()));
        self.shown.insert(whole);
    }

    /// Marks inside a list's item.
    pub fn within(&mut self, path: Path, index: usize, inner: impl FnOnce(&mut Self)) {
        let length = self.at.len();
        self.at.extend(path.iter().map(|part| (*part).to_owned()));
        self.at.push(index.to_string());
        inner(self);
        self.at.truncate(length);
    }
}

pub fn read<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, key| value.get(*key))
}

/// Sets a value, making the maps on the way. What is no map on the way is replaced.
pub fn write(object: &mut Value, path: &[&str], value: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut place = object;
    for key in parents {
        place = map_of(place).entry(*key).or_insert_with(|| Value::Object(Map::new()));
    }
    map_of(place).insert((*last).to_owned(), value);
}

fn map_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made a map above"),
    }
}

/// Removes a value and then the maps above it that became empty, but none of the first `keep` levels.
pub fn remove(object: &mut Value, path: &[&str], keep: usize) {
    let Some((first, rest)) = path.split_first() else { return };
    let Some(map) = object.as_object_mut() else { return };
    if rest.is_empty() {
        map.remove(*first);
        return;
    }
    let Some(inner) = map.get_mut(*first) else { return };
    remove(inner, rest, keep.saturating_sub(1));
    if keep == 0 && inner.as_object().is_some_and(Map::is_empty) {
        map.remove(*first);
    }
}

/// A scalar as people type it.
pub fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(bool)) => bool.to_string(),
        _ => String::new(),
    }
}

/// A text at a path; an empty one removes the key. The checker judges a line without the blanks around it, so they are
/// not written either.
pub struct Text {
    pub path: Path,
    /// Several lines: written as typed.
    pub lines: bool,
    /// Levels that stay although empty.
    pub keep: usize,
    /// What an absent key means and is shown as.
    pub absent: &'static str,
}

impl Text {
    pub const fn at(path: Path) -> Self {
        Self { path, lines: false, keep: 0, absent: "" }
    }
}

impl Lens for Text {
    fn get(&self, object: &Value) -> Value {
        let text = text_of(read(object, self.path));
        Value::String(if text.is_empty() { self.absent.to_owned() } else { text })
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let text = value.as_str().unwrap_or_default();
        match if self.lines { text } else { text.trim() } {
            "" => remove(&mut object, self.path, self.keep),
            text => write(&mut object, self.path, Value::String(text.to_owned())),
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(self.path);
    }
}

/// A whole number as text; what is no number is written as the text it is, so that the YAML view shows it.
pub struct Number {
    pub path: Path,
}

impl Lens for Number {
    fn get(&self, object: &Value) -> Value {
        Value::String(text_of(read(object, self.path)))
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let text = value.as_str().unwrap_or_default().trim();
        match (text, text.parse::<i64>()) {
            ("", _) => remove(&mut object, self.path, 1),
            (_, Ok(number)) => write(&mut object, self.path, Value::from(number)),
            (_, Err(_)) => write(&mut object, self.path, Value::String(text.to_owned())),
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(self.path);
    }
}

/// A list of texts, one item per line.
pub struct Lines {
    pub path: Path,
}

impl Lens for Lines {
    fn get(&self, object: &Value) -> Value {
        let items = read(object, self.path).and_then(Value::as_array);
        items
            .map_or_else(Vec::new, |items| items.iter().map(|item| Value::String(text_of(Some(item)))).collect())
            .into()
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let items = value.as_array().map_or_else(Vec::new, |items| {
            items
                .iter()
                .map(|item| text_of(Some(item)))
                .map(|item| item.strip_suffix('\r').map_or(item.clone(), str::to_owned))
                .collect()
        });
        let items = model::form::lines::without_blank_ends(items);
        if items.is_empty() {
            remove(&mut object, self.path, 0);
        } else {
            write(&mut object, self.path, items.into());
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(self.path);
    }
}
