//! The one checker of forms, compiled for the server and for wasm.

use super::{Choice, Field, Form, Format, QuantityUnit, Refusal, Rule, Widget};
use crate::quantity;
use serde_json::{Map, Value};

/// Checks all visible fields; the order is that of the form. Paths are those of the data: `containers.0.memory_limit`,
/// `labels.2.key`.
#[must_use]
pub fn check(form: &Form, data: &Value) -> Vec<Refusal> {
    let mut out = Vec::new();
    for field in form.sections.iter().flat_map(|section| &section.fields) {
        if visible(field, data, data) {
            out.extend(check_field(field, &field.id, data, data));
        }
    }
    out
}

/// As [`check`], but what stands as it was read is not refused: an object that is stranger than the form's rules can be
/// saved as long as the strange parts are left alone. The cluster judges those.
#[must_use]
pub fn check_touched(form: &Form, data: &Value, initial: &Value) -> Vec<Refusal> {
    let mut out = check(form, data);
    out.retain(|refusal| {
        // These speak about more than one value: any change of the whole field counts.
        let path = match refusal.code.as_str() {
            "above" | "duplicate" | "not-same" | "image-has-tag" => refusal.path.split('.').next().unwrap_or_default(),
            _ => &refusal.path,
        };
        at(data, path).is_none() || at(data, path) != was(data, initial, path)
    });
    out
}

fn at<'a>(data: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(data, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        value => value.get(part),
    })
}

/// The value that was read for the same place: group items are found by their `_at`.
fn was<'a>(data: &Value, initial: &'a Value, path: &str) -> Option<&'a Value> {
    let (mut now, mut then) = (data, initial);
    for part in path.split('.') {
        match now {
            Value::Array(list) => {
                let item = list.get(part.parse::<usize>().ok()?)?;
                let old = then.as_array()?;
                then = match item.get("_at") {
                    Some(at) => old.iter().find(|old| old.get("_at") == Some(at))?,
                    None if item.get("key").is_some() => old.iter().find(|old| old.get("key") == item.get("key"))?,
                    None => return None,
                };
                now = item;
            }
            value => {
                now = value.get(part)?;
                then = then.get(part)?;
            }
        }
    }
    Some(then)
}

/// Checks one field of one level (`siblings` are the values beside it, `root` the whole data).
#[must_use]
pub fn check_field(field: &Field, path: &str, siblings: &Value, root: &Value) -> Vec<Refusal> {
    let mut out = Vec::new();
    if field.locked.is_some() || matches!(field.widget, Widget::Static) {
        return out;
    }
    let value = siblings.get(&field.id).unwrap_or(&Value::Null);
    let mut refuse = |path: &str, code: &str, args: &[(&str, &str)]| {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        out.push(Refusal { path: path.to_owned(), code: code.to_owned(), args });
    };
    match (&field.widget, value) {
        (Widget::Switch, Value::Bool(_) | Value::Null) => {}
        (Widget::KeyValue { locked, .. }, Value::Array(rows)) => {
            pairs(field, locked, path, rows, &mut refuse);
        }
        (Widget::Lines { .. } | Widget::MultiSelect { .. }, Value::Array(items)) => {
            if !items.iter().all(Value::is_string) {
                refuse(path, "wrong-type", &[]);
            } else if field.required && items.is_empty() {
                refuse(path, "required", &[]);
            }
            if let Widget::MultiSelect { choices } = &field.widget {
                for item in items.iter().filter_map(Value::as_str) {
                    if !offered(choices, item) {
                        refuse(path, "not-a-choice", &[("value", item)]);
                    }
                }
            }
        }
        (Widget::Group { fields, min, .. }, Value::Array(items)) => {
            if items.len() < *min {
                refuse(path, "too-few", &[("min", &min.to_string())]);
            }
            let doubles = doubles(field, items);
            for (index, item) in items.iter().enumerate() {
                let prefix = format!("{path}.{index}");
                if !item.is_object() {
                    out.push(Refusal { path: prefix, code: "wrong-type".to_owned(), args: Vec::new() });
                    continue;
                }
                for inner in fields.iter().filter(|inner| visible(inner, item, root)) {
                    let path = format!("{prefix}.{}", inner.id);
                    out.extend(check_field(inner, &path, item, root));
                    if let Some((_, _, value)) = doubles.iter().find(|(at, id, _)| *at == index && *id == inner.id) {
                        let args = vec![("value".to_owned(), value.clone())];
                        out.push(Refusal { path, code: "duplicate".to_owned(), args });
                    }
                }
            }
        }
        (
            Widget::KeyValue { .. } | Widget::Lines { .. } | Widget::MultiSelect { .. } | Widget::Group { .. },
            Value::Null,
        ) => {
            if field.required || matches!(&field.widget, Widget::Group { min, .. } if *min > 0) {
                refuse(path, "required", &[]);
            }
        }
        (
            Widget::Switch
            | Widget::KeyValue { .. }
            | Widget::Lines { .. }
            | Widget::MultiSelect { .. }
            | Widget::Group { .. },
            _,
        ) => refuse(path, "wrong-type", &[]),
        (_, Value::String(text)) => words(field, path, text, siblings, &mut refuse),
        (_, Value::Null) => words(field, path, "", siblings, &mut refuse),
        _ => refuse(path, "wrong-type", &[]),
    }
    out
}

type Refuse<'a> = dyn FnMut(&str, &str, &[(&str, &str)]) + 'a;

/// Fields whose value is a text.
fn words(field: &Field, path: &str, text: &str, siblings: &Value, refuse: &mut Refuse<'_>) {
    // A password may be made of blanks; everything else is judged without the ones around it.
    let text = if matches!(field.widget, Widget::Password) { text } else { text.trim() };
    if text.is_empty() {
        if field.required {
            refuse(path, "required", &[]);
        }
        return;
    }
    match &field.widget {
        Widget::Number { .. } if whole(text).is_none() => return refuse(path, "not-a-number", &[]),
        Widget::Quantity { unit } => match quantity::read(text, *unit) {
            Err(_) => return refuse(path, "not-a-quantity", &[]),
            Ok(read) if read.nano() < 0 => return refuse(path, "negative", &[]),
            Ok(_) => {}
        },
        Widget::Select { choices } | Widget::Radio { choices } if !offered(choices, text) => {
            return refuse(path, "not-a-choice", &[("value", text)]);
        }
        Widget::Upload { max_bytes, .. } if text.len() > *max_bytes => {
            return refuse(path, "too-large", &[("max", &(max_bytes / 1024).to_string())]);
        }
        _ => {}
    }
    for rule in &field.rules {
        if apply(rule, field, path, text, siblings, refuse) {
            return;
        }
    }
}

/// One rule; true when it refused, so that a field says one thing at a time.
fn apply(rule: &Rule, field: &Field, path: &str, text: &str, siblings: &Value, refuse: &mut Refuse<'_>) -> bool {
    let other = |id: &str| siblings.get(id).and_then(Value::as_str).unwrap_or_default();
    match rule {
        Rule::MaxLength { max } if text.chars().count() > *max => {
            refuse(path, "too-long", &[("max", &max.to_string())]);
        }
        Rule::MinLength { min } if text.chars().count() < *min => {
            refuse(path, "too-short", &[("min", &min.to_string())]);
        }
        Rule::Range { min, max } => match whole(text) {
            Some(number) if (*min..=*max).contains(&number) => return false,
            Some(_) => refuse(path, "out-of-range", &[("min", &min.to_string()), ("max", &max.to_string())]),
            None => refuse(path, "not-a-number", &[]),
        },
        Rule::Format { format: Format::Image }
            if !other("tag").trim().is_empty() && super::image::ImageRef::parse(text).tag.is_some() =>
        {
            refuse(path, "image-has-tag", &[]);
        }
        Rule::Format { format } if !format.accepts(text) => refuse(path, format.code(), &[]),
        Rule::AtMost { field: limit } => {
            let Widget::Quantity { unit } = field.widget else { return false };
            let limit = other(limit).trim();
            let (Ok(value), Ok(bound)) = (quantity::read(text, unit), quantity::read(limit, unit)) else {
                return false;
            };
            if value <= bound {
                return false;
            }
            refuse(path, "above", &[("value", &with_unit(text, unit)), ("limit", &with_unit(limit, unit))]);
        }
        Rule::AtLeast { quantity: least } => {
            let Widget::Quantity { unit } = field.widget else { return false };
            let (Ok(value), Ok(bound)) = (quantity::read(text, unit), quantity::Quantity::parse(least)) else {
                return false;
            };
            if value >= bound {
                return false;
            }
            refuse(path, "too-small", &[("min", &bound.human(unit))]);
        }
        Rule::Same { field } if other(field) != text => refuse(path, "not-same", &[]),
        _ => return false,
    }
    true
}

fn with_unit(text: &str, unit: QuantityUnit) -> String {
    match unit {
        QuantityUnit::Mib if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => format!("{text} MiB"),
        _ => text.to_owned(),
    }
}

/// A whole number, written without blanks or a plus.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn offered(choices: &[Choice], value: &str) -> bool {
    choices.iter().any(|choice| choice.value == value && choice.disabled.is_none())
}

/// Rows of a key-value list. A row without key and value is a row not yet filled and is not sent.
fn pairs(field: &Field, locked: &[(String, String)], path: &str, rows: &[Value], refuse: &mut Refuse<'_>) {
    let unique = field.rules.iter().any(|rule| matches!(rule, Rule::Unique { .. }));
    let mut seen = Vec::new();
    let mut filled = 0;
    for (index, row) in rows.iter().enumerate() {
        let (Some(key), Some(value)) =
            (row.get("key").and_then(Value::as_str), row.get("value").and_then(Value::as_str))
        else {
            refuse(&format!("{path}.{index}"), "wrong-type", &[]);
            continue;
        };
        let (key_path, value_path) = (format!("{path}.{index}.key"), format!("{path}.{index}.value"));
        if key.is_empty() {
            if !value.is_empty() {
                refuse(&key_path, "required", &[]);
            }
            continue;
        }
        filled += 1;
        let fixed = locked.iter().any(|(fixed, _)| fixed == key);
        for rule in &field.rules {
            let Rule::Format { format } = rule else { continue };
            let (text, place) = if format.of_values() { (value, &value_path) } else { (key, &key_path) };
            // What a locked row holds is checked where it comes from.
            if !fixed && !text.is_empty() && !format.accepts(text) {
                refuse(place, format.code(), &[]);
            }
        }
        if unique && seen.contains(&key) {
            refuse(&key_path, "duplicate", &[("value", key)]);
        }
        seen.push(key);
    }
    if field.required && filled == 0 {
        refuse(path, "required", &[]);
    }
}

/// Items of a group that repeat an earlier one: index, the field that is marked, the value.
fn doubles(field: &Field, items: &[Value]) -> Vec<(usize, String, String)> {
    let mut out = Vec::new();
    for rule in &field.rules {
        let Rule::Unique { field: names } = rule else { continue };
        let names: Vec<&str> = names.split(',').collect();
        let mut seen = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let values: Vec<&str> =
                names.iter().map(|name| item.get(*name).and_then(Value::as_str).unwrap_or_default().trim()).collect();
            if !values[0].is_empty() && seen.contains(&values) {
                out.push((index, names[0].to_owned(), values.join(" ")));
            } else {
                seen.push(values);
            }
        }
    }
    out
}

/// Whether a field is shown for these values.
#[must_use]
pub fn visible(field: &Field, siblings: &Value, root: &Value) -> bool {
    let Some(when) = &field.when else { return true };
    let value = match when.field.strip_prefix('/') {
        Some(id) => root.get(id),
        None => siblings.get(&when.field),
    };
    value.is_some_and(|value| when.is.contains(value))
}

/// The data of a new form or group item.
#[must_use]
pub fn defaults(fields: &[Field]) -> Value {
    let mut out = Map::new();
    for field in fields {
        let value = match (&field.default, &field.widget) {
            (Value::Null, Widget::Switch) => Value::Bool(false),
            (Value::Null, Widget::KeyValue { .. } | Widget::Lines { .. } | Widget::MultiSelect { .. }) => {
                Value::Array(Vec::new())
            }
            (Value::Null, Widget::Group { fields, min, .. }) => Value::Array(vec![defaults(fields); *min]),
            (Value::Null, _) => Value::String(String::new()),
            (value, _) => value.clone(),
        };
        out.insert(field.id.clone(), value);
    }
    Value::Object(out)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
