//! Deployment (spec 30 §3, §6, R-13).

use super::{pod_template, replicas};
use crate::cache::joined::Need;
use crate::detail::containers;
use crate::kinds::object::{Object, text};
use crate::kinds::{Deletion, Kind, RowContext, Tab, actions, columns};
use model::detail::DetailSection;
use model::table::{Cell, Family, State};

pub static DEPLOYMENT: Kind = Kind {
    group: "apps",
    plural: "deployments",
    kind: "Deployment",
    versions: &["v1"],
    namespaced: true,
    area: "workloads",
    icon: "layers",
    singular: "kind-deployment",
    title: "kind-deployment-plural",
    columns: &[
        columns::state(|object, context| replicas::state_cell(state(object), object, context)),
        columns::name(|object, context| columns::own_link(&DEPLOYMENT, object, context, 10)),
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
    inverted_conditions: &["ReplicaFailure"],
    sums: None,
    needs: &[Need::Pods],
    through: &[],
    bound: None,
    deletion: Deletion::WORKLOAD,
    form: true,
};

/// The state from the Deployment's own status. A rollout is under way until its `Progressing` condition says
/// `NewReplicaSetAvailable`; it stands still when the deadline is exceeded.
#[must_use]
pub fn state(object: &Object) -> State {
    if object.deleting() {
        return State::new(Family::Progress, "Terminating");
    }
    let progressing = object.condition("Progressing");
    let reason = progressing.map_or("", |condition| text(condition, "/reason"));
    let progress = progressing.map(|condition| text(condition, "/message").to_owned());
    if reason == "ProgressDeadlineExceeded" {
        return State::new(Family::Error, "Stalled").with_hint(progress);
    }
    if let Some(failure) = replicas::replica_failure(object) {
        return failure;
    }
    let want = replicas::wanted(object);
    let exist = object.number("/status/replicas");
    let updated = object.number("/status/updatedReplicas");
    let ready = object.number("/status/readyReplicas");
    let seen = object.number("/status/observedGeneration") >= object.number("/metadata/generation");
    if seen && want == 0 && exist == 0 {
        return State::new(Family::Neutral, "Stopped");
    }
    if object.flag("/spec/paused") && updated < want {
        return State::new(Family::Neutral, "Paused").with_hint(progress);
    }
    let rolling = !seen || (updated < want.min(exist)) || (!reason.is_empty() && reason != "NewReplicaSetAvailable");
    if rolling && !(ready >= want && updated == want && exist == want && seen) {
        let first = matches!(object.text("/metadata/annotations/deployment.kubernetes.io~1revision"), "" | "1");
        let word = if first && updated == exist { "Creating" } else { "Updating" };
        return State::new(Family::Progress, word).with_hint(progress);
    }
    let available = object
        .condition("Available")
        .filter(|condition| text(condition, "/status") != "True")
        .map(|condition| text(condition, "/message").to_owned());
    replicas::settled(ready, want, exist, available)
}

fn sections(object: &Object, _: &RowContext<'_>) -> Vec<DetailSection> {
    let rolling = object.pointer("/spec/strategy/rollingUpdate");
    let strategy = match rolling {
        Some(rolling) => {
            let part = |key: &str| rolling.get(key).map(|value| value.to_string().replace('"', "")).unwrap_or_default();
            format!(
                "{} (maxSurge {}, maxUnavailable {})",
                object.text("/spec/strategy/type"),
                part("maxSurge"),
                part("maxUnavailable")
            )
        }
        None => object.text("/spec/strategy/type").to_owned(),
    };
    vec![
        replicas::basic(object),
        DetailSection::new(
            "replicas",
            vec![
                ("strategy", Cell::text(strategy)),
                ("replicas", Cell::Count { n: replicas::wanted(object), family: None }),
                ("running", Cell::Count { n: object.number("/status/readyReplicas"), family: None }),
                ("updated", Cell::Count { n: object.number("/status/updatedReplicas"), family: None }),
                ("available", Cell::Count { n: object.number("/status/availableReplicas"), family: None }),
                ("revision", Cell::text(object.text("/metadata/annotations/deployment.kubernetes.io~1revision"))),
            ],
        ),
        pod_template::volumes_section(object, pod_template::TEMPLATE),
    ]
}
