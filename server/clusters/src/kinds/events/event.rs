//! Event (spec 30 §6 "Events", W-107). Read through `v1`, which every cluster serves and which shows the Events of
//! `events.k8s.io` too: counts and times come from the series where there is one, as in `kubectl get events`.

use crate::kinds::nodes::node::NODE;
use crate::kinds::object::Object;
use crate::kinds::workloads::pod::POD;
use crate::kinds::workloads::replica_set::REPLICA_SET;
use crate::kinds::{Column, Deletion, Facts, Kind, RowContext, Sort, SortKey, Tab, actions, columns};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family, State};

pub static EVENT: Kind = Kind {
    group: "",
    plural: "events",
    kind: "Event",
    versions: &["v1"],
    namespaced: true,
    area: "events",
    icon: "bell",
    singular: "kind-event",
    title: "kind-event-plural",
    columns: &[
        LAST_SEEN,
        columns::state(|object, _| Cell::State(state(object))),
        columns::NAMESPACE,
        OBJECT_TYPE,
        OBJECT,
        REASON,
        MESSAGE,
        COUNT,
        FIRST_SEEN,
    ],
    default_sort: Some(("last-time", true)),
    state,
    facts,
    actions: &[actions::YAML],
    trim: |_| (),
    tabs: &[Tab { id: "overview" }, Tab { id: "yaml" }],
    default_tab: "overview",
    sections,
    containers: |_| Vec::new(),
    inverted_conditions: &[],
    sums: None,
    needs: &[],
    through: &[&NODE, &REPLICA_SET, &POD],
    bound: Some(20_000),
    deletion: Deletion::PLAIN,
    form: false,
};

const LAST_SEEN: Column = Column {
    id: "last-time",
    cell: |object, _| Cell::age(last_seen(object)),
    sort: Sort::Own(|object| SortKey::time(last_seen(object))),
    align: Align::Left,
    width: 88,
    secondary: false,
};

const FIRST_SEEN: Column = Column {
    id: "first-time",
    cell: |object, _| Cell::age(first_seen(object)),
    sort: Sort::Own(|object| SortKey::time(first_seen(object))),
    align: Align::Right,
    width: 88,
    secondary: true,
};

const OBJECT_TYPE: Column = Column {
    id: "object-type",
    cell: |object, _| Cell::text(object.text("/involvedObject/kind")),
    sort: Sort::Own(|object| SortKey::text(object.text("/involvedObject/kind"))),
    align: Align::Left,
    width: 104,
    secondary: true,
};

const OBJECT: Column = Column {
    id: "object",
    cell: |object, context| {
        let name = object.text("/involvedObject/name");
        let kind = object.text("/involvedObject/kind");
        let namespace = Some(object.text("/involvedObject/namespace")).filter(|text| !text.is_empty());
        columns::link(context, object.text("/involvedObject/apiVersion"), kind, namespace, name, name.to_owned())
    },
    sort: Sort::Own(|object| SortKey::text(object.text("/involvedObject/name"))),
    align: Align::Left,
    width: 200,
    secondary: false,
};

const REASON: Column = Column {
    id: "reason",
    cell: |object, _| Cell::text(object.text("/reason")),
    sort: Sort::Own(|object| SortKey::text(object.text("/reason"))),
    align: Align::Left,
    width: 144,
    secondary: false,
};

const MESSAGE: Column = Column {
    id: "message",
    cell: |object, _| Cell::text(object.text("/message").trim()),
    sort: Sort::No,
    align: Align::Left,
    width: 0,
    secondary: false,
};

const COUNT: Column = Column {
    id: "count",
    cell: |object, _| Cell::Count { n: count(object), family: None },
    sort: Sort::Own(|object| SortKey::count(count(object))),
    align: Align::Right,
    width: 64,
    secondary: true,
};

/// A single Event has no count in the newer API.
fn count(object: &Object) -> i64 {
    match (object.number("/series/count"), object.number("/count")) {
        (0, 0) => 1,
        (0, count) => count,
        (series, _) => series,
    }
}

fn first_seen(object: &Object) -> Option<i64> {
    object.time("/firstTimestamp").or_else(|| object.time("/eventTime")).or_else(|| object.created())
}

fn last_seen(object: &Object) -> Option<i64> {
    object.time("/series/lastObservedTime").or_else(|| object.time("/lastTimestamp")).or_else(|| first_seen(object))
}

#[must_use]
pub fn state(object: &Object) -> State {
    match object.text("/type") {
        "Warning" => State::new(Family::Warning, "Warning"),
        "" | "Normal" => State::new(Family::Neutral, "Normal"),
        other => State::new(Family::Neutral, other),
    }
}

fn facts(object: &Object) -> Facts {
    let word = |pointer: &str| object.text(pointer).to_owned();
    Facts {
        node: Some(word("/source/host")).filter(|host| !host.is_empty()),
        about: Some(word("/involvedObject/uid")).filter(|uid| !uid.is_empty()),
        words: vec![
            ("type", word("/type")),
            ("reason", word("/reason")),
            ("object", word("/involvedObject/name")),
            ("object-type", word("/involvedObject/kind")),
        ],
        ..Facts::default()
    }
}

fn sections(object: &Object, context: &RowContext<'_>) -> Vec<DetailSection> {
    let source = [object.text("/source/component"), object.text("/reportingComponent")];
    vec![DetailSection::new(
        "basic",
        vec![
            ("object-type", (OBJECT_TYPE.cell)(object, context)),
            ("object", (OBJECT.cell)(object, context)),
            ("reason", (REASON.cell)(object, context)),
            ("message", (MESSAGE.cell)(object, context)),
            ("count", (COUNT.cell)(object, context)),
            ("first-seen", columns::time(first_seen(object))),
            ("last-seen", columns::time(last_seen(object))),
            ("source", Cell::text(source.into_iter().find(|text| !text.is_empty()).unwrap_or_default())),
        ],
    )]
}
