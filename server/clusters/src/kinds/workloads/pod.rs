//! Pod (spec 30 §6, W-104): the state is the word of `kubectl get pods`.

use super::replica_set::REPLICA_SET;
use super::{pod_status, pod_template, replicas};
use crate::cache::joined::Sums;
use crate::detail::containers;
use crate::kinds::object::{Object, keep, keep_each, text};
use crate::kinds::{
    ActionDef, Applies, Column, Deletion, Facts, How, Kind, RowContext, Sort, SortKey, Tab, actions, columns,
};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family};
use serde_json::Value;

pub static POD: Kind = Kind {
    group: "",
    plural: "pods",
    kind: "Pod",
    versions: &["v1"],
    namespaced: true,
    area: "workloads",
    icon: "box",
    singular: "kind-pod",
    title: "kind-pod-plural",
    columns: &[
        columns::state(|object, _| Cell::State(pod_status::state_of(object))),
        columns::name(|object, context| columns::own_link(&POD, object, context, 10)),
        columns::NAMESPACE,
        READY,
        RESTARTS,
        pod_template::POD_IMAGES,
        NODE,
        IP,
        columns::AGE,
    ],
    default_sort: None,
    state: pod_status::state_of,
    facts,
    actions: &[LOGS, SHELL, actions::YAML, REBUILD],
    trim,
    tabs: &[Tab { id: "overview" }, Tab { id: "logs" }, Tab { id: "events" }, Tab { id: "yaml" }],
    default_tab: "overview",
    sections,
    containers: containers::of_pod,
    inverted_conditions: &["DisruptionTarget"],
    sums: Some(Sums::of_pod),
    needs: &[],
    through: &[&REPLICA_SET],
    bound: None,
    deletion: Deletion { title: "delete-pod", text: "dialog-delete-pod-text", forceable: true, ..Deletion::PLAIN },
    form: false,
};

const READY: Column = Column {
    id: "ready",
    cell: |object, _| {
        let status = pod_status::of(object);
        let done = matches!(status.word.as_str(), "Completed" | "Succeeded");
        let family = if done { Family::Neutral } else { replicas::ratio_family(status.ready, status.containers) };
        Cell::Ratio { have: status.ready, want: status.containers, family }
    },
    sort: Sort::Own(|object| {
        let status = pod_status::of(object);
        replicas::ratio_key(status.ready, status.containers)
    }),
    align: Align::Right,
    width: 72,
    secondary: false,
};

const RESTARTS: Column = Column {
    id: "restarts",
    cell: |object, _| Cell::Count { n: pod_status::of(object).restarts, family: None },
    sort: Sort::Own(|object| SortKey::count(pod_status::of(object).restarts)),
    align: Align::Right,
    width: 76,
    secondary: true,
};

const NODE: Column = Column {
    id: "node",
    cell: |object, context| {
        let name = object.text("/spec/nodeName");
        columns::link(context, "v1", "Node", None, name, name.to_owned())
    },
    sort: Sort::Own(|object| SortKey::text(object.text("/spec/nodeName"))),
    align: Align::Left,
    width: 136,
    secondary: true,
};

const IP: Column = Column {
    id: "ip",
    cell: |object, _| Cell::mono(object.text("/status/podIP")),
    sort: Sort::Own(|object| SortKey::version(object.text("/status/podIP"))),
    align: Align::Left,
    width: 120,
    secondary: true,
};

const LOGS: ActionDef = ActionDef {
    applies: |object| if started(object) { Applies::Yes } else { Applies::Refused("refusal-pod-not-started") },
    ..actions::LOGS
};

const SHELL: ActionDef = ActionDef {
    id: "shell",
    label: "action-shell",
    icon: "square-terminal",
    how: How::Open { below: "/~terminal", new_window: true },
    verb: "create",
    subresource: Some("exec"),
    changes: true,
    danger: false,
    bulk: false,
    inline: true,
    shortcut: Some("s"),
    applies: |object| if running(object) { Applies::Yes } else { Applies::Refused("refusal-pod-not-running") },
};

const REBUILD: ActionDef = ActionDef { label: "action-delete-pod", ..actions::DELETE };

/// The kubelet has started at least one container, so there can be a log.
fn started(object: &Object) -> bool {
    statuses(object).any(|status| {
        ["/state/running", "/state/terminated", "/lastState/terminated"].iter().any(|at| status.pointer(at).is_some())
    })
}

/// A container runs now, so a shell can be opened in it.
fn running(object: &Object) -> bool {
    statuses(object).any(|status| status.pointer("/state/running").is_some())
}

fn statuses(object: &Object) -> impl Iterator<Item = &Value> {
    object.list("/status/containerStatuses").iter().chain(object.list("/status/initContainerStatuses"))
}

fn facts(object: &Object) -> Facts {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut ips: Vec<String> =
        object.list("/status/podIPs").iter().map(|ip| text(ip, "/ip").to_owned()).filter(|ip| !ip.is_empty()).collect();
    if ips.is_empty() {
        ips.extend(some(object.text("/status/podIP")));
    }
    Facts {
        images: pod_template::images(object, ""),
        node: some(object.text("/spec/nodeName")),
        ips,
        ..Facts::default()
    }
}

fn trim(value: &mut Value) {
    pod_template::trim_metadata(value);
    if let Some(spec) = value.get_mut("spec") {
        pod_template::trim_spec(spec);
    }
    if let Some(status) = value.get_mut("status") {
        keep(
            status,
            &[
                "phase",
                "reason",
                "message",
                "conditions",
                "containerStatuses",
                "initContainerStatuses",
                "podIP",
                "podIPs",
                "hostIP",
                "startTime",
                "qosClass",
            ],
        );
        for at in ["/containerStatuses", "/initContainerStatuses"] {
            keep_each(status, at, &["name", "state", "lastState", "ready", "restartCount", "started", "containerID"]);
        }
        keep_each(status, "/conditions", &["type", "status", "reason", "message"]);
        let one_ip = status.get("podIPs").and_then(Value::as_array).is_some_and(|ips| ips.len() <= 1);
        if let Some(map) = status.as_object_mut().filter(|_| one_ip) {
            map.remove("podIPs");
        }
    }
}

fn sections(object: &Object, context: &RowContext<'_>) -> Vec<DetailSection> {
    let status = pod_status::of(object);
    let node = object.text("/spec/nodeName");
    let ips = facts(object).ips;
    vec![
        DetailSection::new(
            "basic",
            vec![
                ("name", Cell::mono(object.name())),
                ("namespace", Cell::mono(object.namespace().unwrap_or_default())),
                ("created", columns::time(object.created())),
                ("owner", columns::owner(object, context)),
                ("labels", columns::labels(object, "/metadata/labels")),
                ("restarts", Cell::Count { n: status.restarts, family: None }),
                ("last-restart", columns::time(status.last_restart)),
            ],
        ),
        DetailSection::new(
            "placement",
            vec![
                ("node", columns::link(context, "v1", "Node", None, node, node.to_owned())),
                ("node-ip", Cell::mono(object.text("/status/hostIP"))),
                ("pod-ip", columns::list(ips)),
                ("qos", Cell::text(object.text("/status/qosClass"))),
                ("priority", Cell::text(object.text("/spec/priorityClassName"))),
                ("service-account", Cell::mono(object.text("/spec/serviceAccountName"))),
                ("restart-policy", Cell::text(object.text("/spec/restartPolicy"))),
                ("started", columns::time(object.time("/status/startTime"))),
            ],
        ),
        pod_template::volumes_section(object, ""),
    ]
}
