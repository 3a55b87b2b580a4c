//! An object as YAML text: block style, Kubernetes' key order, texts byte for byte, quoted so that kubectl (YAML 1.1)
//! and 1.2 readers agree.

use super::scalar;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The text of an object, ending with a line feed.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block_map(map, 0, Place::Root, &mut out),
        Value::Array(items) if !items.is_empty() => block_list(items, 0, &mut out),
        scalar => {
            flow(scalar, 0, &mut out);
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Metadata,
    Inner,
}

/// Keys that come first, in this order; the others follow as they are.
fn first(place: Place) -> &'static [&'static str] {
    match place {
        Place::Root => &["apiVersion", "kind", "metadata", "type", "immutable", "spec"],
        Place::Metadata => &["name", "generateName", "namespace", "labels", "annotations"],
        Place::Inner => &["name", "image"],
    }
}

fn ordered(map: &Map<String, Value>, place: Place) -> Vec<(&String, &Value)> {
    let first = first(place);
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| {
        let last = place == Place::Root && *key == "status";
        (last, first.iter().position(|name| name == key).unwrap_or(first.len()))
    });
    entries
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn block_map(map: &Map<String, Value>, level: usize, place: Place, out: &mut String) {
    for (index, (key, value)) in ordered(map, place).into_iter().enumerate() {
        if index > 0 || level == 0 {
            indent(level, out);
        }
        one_line(key, out);
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                indent(level + 1, out);
                let place = if place == Place::Root && key == "metadata" { Place::Metadata } else { Place::Inner };
                block_map(inner, level + 1, place, out);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                block_list(items, level + 1, out);
            }
            scalar => {
                out.push(' ');
                flow(scalar, level, out);
            }
        }
    }
}

fn block_list(items: &[Value], level: usize, out: &mut String) {
    for item in items {
        indent(level, out);
        out.push_str("- ");
        match item {
            // The first key stands behind the dash, the others under it.
            Value::Object(inner) if !inner.is_empty() => block_map(inner, level + 1, Place::Inner, out),
            Value::Array(inner) if !inner.is_empty() => {
                out.pop();
                out.push('\n');
                block_list(inner, level + 1, out);
            }
            scalar => flow(scalar, level, out),
        }
    }
}

/// A value that ends its line; block scalars bring their own lines.
fn flow(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::String(text) if literal(text) => return block_text(text, level + 1, out),
        Value::String(text) => one_line(text, out),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        other => {
            let _ = write!(out, "{other}");
        }
    }
    out.push('\n');
}

/// Whether a text can stand as a literal block and come back byte for byte.
fn literal(text: &str) -> bool {
    let Some(at) = text.find('\n') else { return false };
    // A first line that is empty or indented would need an indentation indicator, which people misread.
    at > 0 && !text.starts_with([' ', '\t']) && text.chars().all(|c| c == '\n' || scalar::printable(c))
}

fn block_text(text: &str, level: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    out.push_str(match ends {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            indent(level, out);
            out.push_str(line);
        }
        out.push('\n');
    }
    for _ in 1..ends {
        out.push('\n');
    }
}

fn one_line(text: &str, out: &mut String) {
    if !scalar::needs_quotes(text) {
        out.push_str(text);
        return;
    }
    let simple = text.chars().all(|c| scalar::printable(c) && c != '\t');
    if simple && text.contains(['"', '\\']) {
        let _ = write!(out, "'{}'", text.replace('\'', "''"));
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if scalar::printable(c) => out.push(c),
            c if (c as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
        }
    }
    out.push('"');
}
