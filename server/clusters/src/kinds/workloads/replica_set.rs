//! ReplicaSet: the revisions of a Deployment, or a set of its own.

use super::{pod_template, replicas};
use crate::cache::joined::Need;
use crate::detail::containers;
use crate::kinds::object::Object;
use crate::kinds::{Column, Deletion, Kind, RowContext, Sort, SortKey, Tab, actions, columns};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family, State};

pub static REPLICA_SET: Kind = Kind {
    group: "apps",
    plural: "replicasets",
    kind: "ReplicaSet",
    versions: &["v1"],
    namespaced: true,
    area: "workloads",
    icon: "copy",
    singular: "kind-replicaset",
    title: "kind-replicaset-plural",
    columns: &[
        columns::state(|object, context| replicas::state_cell(state(object), object, context)),
        columns::name(|object, context| columns::own_link(&REPLICA_SET, object, context, 10)),
        columns::NAMESPACE,
        replicas::READY,
        REVISION,
        OWNER,
        pod_template::IMAGES,
        replicas::RESTARTS,
        columns::AGE,
    ],
    default_sort: None,
    state,
    facts: replicas::facts,
    actions: &[actions::WORKLOAD_LOGS, actions::YAML, actions::DELETE],
    trim: pod_template::trim_template,
    tabs: &[Tab { id: "overview" }, Tab { id: "pods" }, Tab { id: "events" }, Tab { id: "yaml" }],
    default_tab: "pods",
    sections,
    containers: containers::of_template,
    inverted_conditions: &["ReplicaFailure"],
    sums: None,
    needs: &[Need::Pods],
    through: &[],
    bound: None,
    deletion: Deletion::WORKLOAD,
    form: false,
};

/// The number that its Deployment gave it.
const REVISION: Column = Column {
    id: "revision",
    cell: |object, _| Cell::text(revision(object)),
    sort: Sort::Own(|object| SortKey::number(revision(object).parse().ok())),
    align: Align::Right,
    width: 72,
    secondary: true,
};

const OWNER: Column =
    Column { id: "owner", cell: columns::owner, sort: Sort::No, align: Align::Left, width: 180, secondary: true };

fn revision(object: &Object) -> &str {
    object.text("/metadata/annotations/deployment.kubernetes.io~1revision")
}

#[must_use]
pub fn state(object: &Object) -> State {
    if object.deleting() {
        return State::new(Family::Progress, "Terminating");
    }
    if let Some(failure) = replicas::replica_failure(object) {
        return failure;
    }
    let (want, exist) = (replicas::wanted(object), object.number("/status/replicas"));
    replicas::settled(object.number("/status/readyReplicas"), want, exist, None)
}

fn sections(object: &Object, context: &RowContext<'_>) -> Vec<DetailSection> {
    vec![DetailSection::new(
        "basic",
        vec![
            ("name", Cell::mono(object.name())),
            ("namespace", Cell::mono(object.namespace().unwrap_or_default())),
            ("created", columns::time(object.created())),
            ("owner", columns::owner(object, context)),
            ("revision", Cell::text(revision(object))),
            ("labels", columns::labels(object, "/metadata/labels")),
            ("selector", columns::labels(object, "/spec/selector/matchLabels")),
            ("replicas", Cell::Count { n: replicas::wanted(object), family: None }),
            ("running", Cell::Count { n: object.number("/status/readyReplicas"), family: None }),
        ],
    )]
}
