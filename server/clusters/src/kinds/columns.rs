//! Columns that many kinds share.

use super::object::text;
use super::{Column, Kind, Object, RowContext, Sort};
use model::form::QuantityUnit;
use model::links;
use model::quantity::Quantity;
use model::table::{Align, Cell};
use serde_json::Value;

/// A state chip; the widest word of a kind decides nothing, long words are clipped with a title.
#[must_use]
pub const fn state(cell: fn(&Object, &RowContext<'_>) -> Cell) -> Column {
    Column { id: "state", cell, sort: Sort::State, align: Align::Left, width: 152, secondary: false }
}

/// The name as a link to the detail page; the end stays readable when it is long.
#[must_use]
pub const fn name(cell: fn(&Object, &RowContext<'_>) -> Cell) -> Column {
    Column { id: "name", cell, sort: Sort::Name, align: Align::Left, width: 0, secondary: false }
}

pub const NAMESPACE: Column = Column {
    id: "namespace",
    cell: |object, _| Cell::mono(object.namespace().unwrap_or_default()),
    sort: Sort::Namespace,
    align: Align::Left,
    width: 128,
    secondary: false,
};

pub const LABELS: Column = Column {
    id: "labels",
    cell: |object, _| labels(object, "/metadata/labels"),
    sort: Sort::No,
    align: Align::Left,
    width: 152,
    secondary: true,
};

pub const AGE: Column = Column {
    id: "age",
    cell: |object, _| Cell::age(object.created()),
    sort: Sort::Age,
    align: Align::Right,
    width: 64,
    secondary: false,
};

pub const CREATED: Column = Column {
    id: "created",
    cell: |object, _| time(object.created()),
    sort: Sort::Own(|object| super::SortKey::time(object.created())),
    align: Align::Left,
    width: 160,
    secondary: true,
};

/// A string map as a cell.
#[must_use]
pub fn labels(object: &Object, pointer: &str) -> Cell {
    let pairs: Vec<_> = object.pairs(pointer).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    if pairs.is_empty() { Cell::Empty } else { Cell::Labels(pairs) }
}

/// The value of a quantity as the API writes it: CPU in cores, memory in bytes. Broken text is `None`.
#[must_use]
pub fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => Quantity::parse(text).ok().map(Quantity::value),
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// Cores for people: `0.25`, `12`.
#[must_use]
pub fn cores(value: f64) -> String {
    human(value, QuantityUnit::Cores)
}

/// Bytes for people: `1.5 GiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    human(value, QuantityUnit::Mib)
}

fn human(value: f64, unit: QuantityUnit) -> String {
    Quantity::parse(&format!("{value:.3}")).map_or_else(|_| String::new(), |quantity| quantity.human(unit))
}

/// Short texts as a cell.
#[must_use]
pub fn list(list: Vec<String>) -> Cell {
    if list.is_empty() { Cell::Empty } else { Cell::List(list) }
}

/// A moment as local date and time.
#[must_use]
pub const fn time(at: Option<i64>) -> Cell {
    match at {
        Some(at) => Cell::Time { at, relative: false },
        None => Cell::Empty,
    }
}

/// A link to the object itself, to the kind's own tab.
#[must_use]
pub fn own_link(kind: &Kind, object: &Object, context: &RowContext<'_>, tail: u8) -> Cell {
    Cell::Link {
        text: object.name().to_owned(),
        href: links::object_parts(context.cluster, &kind.key(), object.namespace(), object.name()),
        mono: true,
        tail,
    }
}

/// A link to an object of a known kind, else its plain name.
#[must_use]
pub fn link(
    context: &RowContext<'_>,
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    label: String,
) -> Cell {
    if name.is_empty() {
        return Cell::Empty;
    }
    match super::find_by_kind(api_version, kind) {
        Some(known) => {
            let namespace = namespace.filter(|_| known.namespaced);
            let href = links::object_parts(context.cluster, &known.key(), namespace, name);
            Cell::Link { text: label, href, mono: true, tail: 0 }
        }
        None => Cell::mono(label),
    }
}

/// The controller of an object as a link, `Kind/name`.
#[must_use]
pub fn owner(object: &Object, context: &RowContext<'_>) -> Cell {
    object.owner().map_or(Cell::Empty, |owner: &Value| {
        let (kind, name) = (text(owner, "/kind"), text(owner, "/name"));
        link(context, text(owner, "/apiVersion"), kind, object.namespace(), name, format!("{kind}/{name}"))
    })
}
