//! YAML text to an object, as kubectl would read it, with the place of every problem and of every key.
//!
//! Bombs end early: depth, nodes and bytes (those that aliases copy included) are bounded, so a hostile text is refused
//! within milliseconds and nothing grows.

use super::scalar;
use serde_json::{Map, Value};
use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span, Tag};
use std::collections::HashMap;

/// Larger texts are no object that an apiserver would take (its limit is 3 MiB).
pub const MAX_BYTES: usize = 3 << 20;
const MAX_DEPTH: usize = 100;
const MAX_NODES: usize = 100_000;
/// What aliases and anchors may copy.
const MAX_COPIED: usize = 4 << 20;
/// Bytes of paths that are kept for pointing at keys.
const MAX_PATHS: usize = 4 << 20;

/// A problem with its place (1-based) and the arguments of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub line: usize,
    pub column: usize,
    /// Text key without the prefix `forms-yaml-`.
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
    pub warning: bool,
}

/// Where a key stands, by its path as the apiserver writes it (`spec.template.spec.containers[0].image`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    pub path: String,
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Default)]
pub struct Reading {
    pub value: Option<Value>,
    pub problems: Vec<Problem>,
    pub keys: Vec<KeyPlace>,
}

impl Reading {
    /// Whether the text can be used.
    pub fn usable(&self) -> bool {
        self.value.is_some() && self.problems.iter().all(|problem| problem.warning)
    }
}

/// Reads a text with exactly one document, which is a map.
#[must_use]
pub fn read(text: &str) -> Reading {
    let mut reader = Reader::default();
    if text.len() > MAX_BYTES {
        let max = (MAX_BYTES >> 20).to_string();
        reader.problem(1, 1, "too-large", vec![("max", max)]);
        return reader.out;
    }
    let options = granit_parser::options! {
        // As libyaml and kubectl: a block scalar that ends with the text has no line feed of its own.
        block_scalar_eof_without_line_feed: true,
        emit_comments: false,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let done = match event {
            Ok((event, span)) => reader.event(event, span),
            // JSON indented with tabs is no YAML, but kubectl takes it.
            Err(_) if text.trim_start().starts_with('{') && json(text).is_some() => {
                return Reading { value: json(text), ..Reading::default() };
            }
            Err(error) => {
                let (line, column) = (error.marker().line(), error.marker().col() + 1);
                match tab_near(text, line) {
                    Some(line) => reader.problem(line, 1, "tab", vec![]),
                    None => reader.problem(line, column, "syntax", vec![("detail", error.info())]),
                }
                Err(Stop)
            }
        };
        if done.is_err() {
            reader.out.value = None;
            return reader.out;
        }
    }
    if reader.out.value.is_none() && reader.out.problems.is_empty() {
        reader.problem(1, 1, "empty", vec![]);
    }
    reader.out
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}

/// The line at or beside this one that is indented with a tab: the reason behind what the parser stumbled over.
fn tab_near(text: &str, line: usize) -> Option<usize> {
    let indented = |line: &str| line[..line.len() - line.trim_start_matches([' ', '\t']).len()].contains('\t');
    let lines = text.lines().enumerate().skip(line.saturating_sub(2)).take(3);
    let mut near: Vec<_> = lines.filter(|(_, text)| indented(text)).map(|(index, _)| index + 1).collect();
    near.sort_by_key(|found| found.abs_diff(line));
    near.first().copied()
}

/// Reading ends here; the problem is noted.
struct Stop;

/// A collection that is being filled.
struct Open {
    value: Value,
    anchor: usize,
    /// Length of the path up to this collection.
    path: usize,
    /// Of a map: the key that waits for its value.
    key: Option<(String, usize, usize)>,
    /// Of a map: the line of each key.
    lines: HashMap<String, usize>,
    /// Of a map: values of `<<`, applied at the end.
    merges: Vec<Value>,
    size: Size,
    place: (usize, usize),
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    /// Collections inside each other.
    depth: usize,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
        self.depth = self.depth.max(other.depth + 1);
    }
}

#[derive(Default)]
struct Reader {
    out: Reading,
    stack: Vec<Open>,
    path: String,
    anchors: HashMap<usize, (Value, Size)>,
    documents: usize,
    nodes: usize,
    copied: usize,
    /// Bytes of the paths kept so far.
    paths: usize,
}

const MERGE: &str = "<<";

impl Reader {
    fn problem(&mut self, line: usize, column: usize, code: &'static str, args: Vec<(&'static str, String)>) {
        self.out.problems.push(Problem { line, column, code, args, warning: false });
    }

    fn stop<T>(
        &mut self,
        place: (usize, usize),
        code: &'static str,
        args: Vec<(&'static str, String)>,
    ) -> Result<T, Stop> {
        self.problem(place.0, place.1, code, args);
        Err(Stop)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let place = (span.start.line().max(1), span.start.col() + 1);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), place)?;
                let size = Size { nodes: 1, bytes: text.len(), depth: 0 };
                self.value(value, anchor, size, place, style == ScalarStyle::Plain && text == MERGE)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Value::Array(Vec::new()), anchor, tag.as_deref(), place)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Value::Object(Map::new()), anchor, tag.as_deref(), place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(id) => {
                let Some((value, size)) = self.anchors.get(&id).cloned() else {
                    return self.stop(place, "cycle", vec![]);
                };
                self.copy(size, place)?;
                if self.stack.len() + size.depth > MAX_DEPTH {
                    return self.stop(place, "depth", vec![("max", MAX_DEPTH.to_string())]);
                }
                self.value(value, 0, size, place, false)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn copy(&mut self, size: Size, place: (usize, usize)) -> Result<(), Stop> {
        self.copied += size.bytes + size.nodes * 16;
        if self.copied > MAX_COPIED { self.stop(place, "bomb", vec![]) } else { Ok(()) }
    }

    fn count(&mut self, place: (usize, usize)) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { self.stop(place, "bomb", vec![]) } else { Ok(()) }
    }

    fn open(&mut self, value: Value, anchor: usize, tag: Option<&Tag>, place: (usize, usize)) -> Result<(), Stop> {
        self.count(place)?;
        let kind = if value.is_array() { "seq" } else { "map" };
        if let Some(tag) = tag
            && tag.core_suffix() != Some(kind)
        {
            return self.stop(place, "tag", vec![("tag", tag.original())]);
        }
        if self.stack.len() >= MAX_DEPTH {
            return self.stop(place, "depth", vec![("max", MAX_DEPTH.to_string())]);
        }
        if let Some(parent) = self.stack.last()
            && parent.value.is_object()
            && parent.key.is_none()
        {
            return self.stop(place, "key", vec![]);
        }
        let path = self.path.len();
        self.enter();
        let size = Size { nodes: 1, bytes: 0, depth: 1 };
        self.stack.push(Open {
            value,
            anchor,
            path,
            key: None,
            lines: HashMap::new(),
            merges: Vec::new(),
            size,
            place,
        });
        Ok(())
    }

    /// Extends the path by the place of the value that comes now.
    fn enter(&mut self) {
        match self.stack.last() {
            Some(Open { value: Value::Array(items), .. }) => {
                self.path.push_str(&format!("[{}]", items.len()));
            }
            Some(Open { key: Some((key, ..)), .. }) => {
                if !self.path.is_empty() {
                    self.path.push('.');
                }
                self.path.push_str(key);
            }
            _ => {}
        }
    }

    fn close(&mut self) -> Result<(), Stop> {
        let Some(mut open) = self.stack.pop() else { return Ok(()) };
        self.path.truncate(open.path);
        if let Value::Object(map) = &mut open.value {
            for merged in std::mem::take(&mut open.merges) {
                let Value::Object(merged) = merged else { continue };
                for (key, value) in merged {
                    map.entry(key).or_insert(value);
                }
            }
        }
        let (anchor, size, place) = (open.anchor, open.size, open.place);
        self.value(open.value, anchor, size, place, false)
    }

    /// A finished value goes where it belongs: into the list, under the waiting key, or as the next key.
    fn value(
        &mut self,
        value: Value,
        anchor: usize,
        size: Size,
        place: (usize, usize),
        merge_key: bool,
    ) -> Result<(), Stop> {
        if size.nodes == 1 {
            self.count(place)?;
        }
        if anchor != 0 {
            self.copy(size, place)?;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(parent) = self.stack.last_mut() else { return self.document(value, place) };
        parent.size += size;
        let Value::Object(map) = &mut parent.value else {
            if let Value::Array(items) = &mut parent.value {
                items.push(value);
            }
            return Ok(());
        };
        match parent.key.take() {
            None if merge_key => parent.key = Some((MERGE.to_owned(), 0, 0)),
            None => {
                let key = match &value {
                    Value::String(text) => text.clone(),
                    Value::Bool(_) | Value::Number(_) => value.to_string(),
                    _ => return self.stop(place, "key", vec![]),
                };
                if let Some(line) = parent.lines.insert(key.clone(), place.0) {
                    return self.stop(place, "duplicate", vec![("key", key), ("line", line.to_string())]);
                }
                self.paths += self.path.len() + key.len();
                if self.paths <= MAX_PATHS {
                    let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
                    self.out.keys.push(KeyPlace { path: format!("{prefix}{key}"), line: place.0, column: place.1 });
                }
                parent.key = Some((key, place.0, place.1));
            }
            Some((key, 0, 0)) if key == MERGE => match value {
                Value::Object(_) => parent.merges.push(value),
                Value::Array(items) if items.iter().all(Value::is_object) => parent.merges.extend(items),
                _ => return self.stop(place, "merge", vec![]),
            },
            Some((key, ..)) => {
                map.insert(key, value);
            }
        }
        Ok(())
    }

    fn document(&mut self, value: Value, place: (usize, usize)) -> Result<(), Stop> {
        match value {
            // `---` before or after the object is no second one.
            Value::Null => Ok(()),
            Value::Object(_) if self.out.value.is_none() => {
                self.out.value = Some(value);
                Ok(())
            }
            Value::Object(_) => self.stop(place, "documents", vec![]),
            _ => self.stop(place, "not-a-map", vec![]),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        place: (usize, usize),
    ) -> Result<Value, Stop> {
        let quoted = style != ScalarStyle::Plain;
        let Some(tag) = tag else {
            if quoted {
                return Ok(Value::String(text.to_owned()));
            }
            if scalar::not_finite(text) {
                return self.stop(place, "not-finite", vec![("text", text.to_owned())]);
            }
            let value = scalar::plain(text);
            if scalar::differs(text) {
                let args = vec![("text", text.to_owned()), ("value", value.to_string())];
                let (line, column) = place;
                self.out.problems.push(Problem { line, column, code: "differs", args, warning: true });
            }
            return Ok(value);
        };
        let value = scalar::plain(text);
        let fits = match tag.core_suffix() {
            Some("str") => return Ok(Value::String(text.to_owned())),
            Some("int") => value.is_i64() || value.is_u64(),
            Some("float") => value.is_number(),
            Some("bool") => value.is_boolean(),
            Some("null") => value.is_null(),
            // `!` alone is the non-specific tag: a text.
            _ if tag.original() == "!" => return Ok(Value::String(text.to_owned())),
            _ => false,
        };
        if fits { Ok(value) } else { self.stop(place, "tag", vec![("tag", tag.original())]) }
    }
}
