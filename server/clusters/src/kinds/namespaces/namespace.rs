//! Namespace (spec 30 §2, R-15).

use crate::kinds::object::{Object, keep, text};
use crate::kinds::{
    ActionDef, Applies, Column, Deletion, Facts, Kind, RowContext, Sort, SortKey, Tab, actions, columns,
};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family, State};
use serde_json::Value;

pub static NAMESPACE: Kind = Kind {
    group: "",
    plural: "namespaces",
    kind: "Namespace",
    versions: &["v1"],
    namespaced: false,
    area: "namespaces",
    icon: "folder",
    singular: "kind-namespace",
    title: "kind-namespace-plural",
    columns: &[
        columns::state(|object, _| Cell::State(state(object))),
        columns::name(|object, context| columns::own_link(&NAMESPACE, object, context, 8)),
        DESCRIPTION,
        columns::LABELS,
        columns::CREATED,
    ],
    default_sort: None,
    state,
    facts: |_| Facts::default(),
    actions: &[actions::YAML, DELETE],
    trim,
    tabs: &[Tab { id: "overview" }, Tab { id: "events" }, Tab { id: "yaml" }],
    default_tab: "overview",
    sections,
    containers: |_| Vec::new(),
    inverted_conditions: &[
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    ],
    sums: None,
    needs: &[],
    through: &[],
    bound: None,
    deletion: Deletion { text: "dialog-delete-namespace-text", grave: true, ..Deletion::PLAIN },
    form: false,
};

const DESCRIPTION: Column = Column {
    id: "description",
    cell: |object, _| Cell::text(object.text("/metadata/annotations/description")),
    sort: Sort::Own(|object| SortKey::text(object.text("/metadata/annotations/description"))),
    align: Align::Left,
    width: 280,
    secondary: true,
};

/// `default` and `kube-*` are never deleted from here (spec 30 §2.5).
const DELETE: ActionDef = ActionDef {
    bulk: false,
    applies: |object| match object.name() {
        name if name == "default" || name.starts_with("kube-") => Applies::Refused("refusal-namespace-protected"),
        _ => Applies::Yes,
    },
    ..actions::DELETE
};

/// The phase; one that cannot end says why (traps: "namespaces that cannot end").
#[must_use]
pub fn state(object: &Object) -> State {
    if object.text("/status/phase") != "Terminating" && !object.deleting() {
        return State::new(Family::Success, "Active");
    }
    let reasons: Vec<&str> = object
        .conditions()
        .iter()
        .filter(|condition| text(condition, "/status") == "True")
        .map(|condition| text(condition, "/message"))
        .filter(|message| !message.is_empty())
        .collect();
    let family = if reasons.is_empty() { Family::Progress } else { Family::Warning };
    State::new(family, "Terminating").with_hint(Some(reasons.join("\n")))
}

fn trim(value: &mut Value) {
    if let Some(annotations) = value.pointer_mut("/metadata/annotations") {
        keep(annotations, &["description"]);
    }
}

fn sections(object: &Object, _: &RowContext<'_>) -> Vec<DetailSection> {
    vec![DetailSection::new(
        "basic",
        vec![
            ("name", Cell::mono(object.name())),
            ("description", Cell::text(object.text("/metadata/annotations/description"))),
            ("created", columns::time(object.created())),
            ("labels", columns::labels(object, "/metadata/labels")),
            (
                "finalizers",
                columns::list(
                    object.list("/spec/finalizers").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                ),
            ),
        ],
    )]
}
