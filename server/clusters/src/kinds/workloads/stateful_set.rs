//! StatefulSet (spec 30 §3, §6, R-13).

use super::{pod_template, replicas};
use crate::cache::joined::Need;
use crate::detail::containers;
use crate::kinds::object::Object;
use crate::kinds::{Deletion, Kind, RowContext, Tab, actions, columns};
use model::detail::DetailSection;
use model::table::{Cell, Family, State};

pub static STATEFUL_SET: Kind = Kind {
    group: "apps",
    plural: "statefulsets",
    kind: "StatefulSet",
    versions: &["v1"],
    namespaced: true,
    area: "workloads",
    icon: "layers",
    singular: "kind-statefulset",
    title: "kind-statefulset-plural",
    columns: &[
        columns::state(|object, context| replicas::state_cell(state(object), object, context)),
        columns::name(|object, context| columns::own_link(&STATEFUL_SET, object, context, 10)),
        columns::NAMESPACE,
        replicas::READY,
        pod_template::IMAGES,
        columns::LABELS,
        replicas::RESTARTS,
        columns::AGE,
    ],
    default_sort: None,
    state,
    facts: replicas::facts,
    actions: &[
        actions::WORKLOAD_LOGS,
        actions::SCALE,
        actions::EDIT,
        actions::YAML,
        actions::REDEPLOY,
        actions::DELETE,
    ],
    trim: pod_template::trim_template,
    tabs: &[Tab { id: "overview" }, Tab { id: "pods" }, Tab { id: "logs" }, Tab { id: "events" }, Tab { id: "yaml" }],
    default_tab: "pods",
    sections,
    containers: containers::of_template,
    inverted_conditions: &[],
    sums: None,
    needs: &[Need::Pods],
    through: &[],
    bound: None,
    deletion: Deletion::WORKLOAD,
    form: true,
};

/// The state from the StatefulSet's own status: it has no conditions, its revisions tell whether a roll-out goes on.
#[must_use]
pub fn state(object: &Object) -> State {
    if object.deleting() {
        return State::new(Family::Progress, "Terminating");
    }
    let want = replicas::wanted(object);
    let exist = object.number("/status/replicas");
    let ready = object.number("/status/readyReplicas");
    let seen = object.number("/status/observedGeneration") >= object.number("/metadata/generation");
    if seen && want == 0 && exist == 0 {
        return State::new(Family::Neutral, "Stopped");
    }
    let (current, update) = (object.text("/status/currentRevision"), object.text("/status/updateRevision"));
    let waits = object.text("/spec/updateStrategy/type") == "OnDelete";
    if !seen || (current != update && !update.is_empty() && !waits) {
        let word = if exist < want && current == update { "Creating" } else { "Updating" };
        return State::new(Family::Progress, word);
    }
    if exist != want {
        return State::new(Family::Progress, if ready == 0 && exist < want { "Creating" } else { "Scaling" });
    }
    replicas::settled(ready, want, exist, None)
}

fn sections(object: &Object, _: &RowContext<'_>) -> Vec<DetailSection> {
    vec![
        replicas::basic(object),
        DetailSection::new(
            "replicas",
            vec![
                ("strategy", Cell::text(object.text("/spec/updateStrategy/type"))),
                ("replicas", Cell::Count { n: replicas::wanted(object), family: None }),
                ("running", Cell::Count { n: object.number("/status/readyReplicas"), family: None }),
                ("updated", Cell::Count { n: object.number("/status/updatedReplicas"), family: None }),
                ("revision", Cell::mono(object.text("/status/updateRevision"))),
            ],
        ),
        pod_template::volumes_section(object, pod_template::TEMPLATE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_revisions_tell_a_roll_out() {
        let state = |status: serde_json::Value| {
            state(&Object(json!({"metadata": {"generation": 1}, "spec": {"replicas": 2}, "status": status}))).word
        };
        let settled = json!({"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"});
        assert_eq!(state(settled), "Running");
        let rolling = json!({"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"});
        assert_eq!(state(rolling), "Updating");
        let first = json!({"observedGeneration": 1, "replicas": 1, "readyReplicas": 0, "currentRevision": "a", "updateRevision": "a"});
        assert_eq!(state(first), "Creating");
        assert_eq!(state(json!({})), "Creating");
    }
}
