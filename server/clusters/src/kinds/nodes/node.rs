//! Node (spec 20 C.1, C.2).

use crate::cache::joined::{Joined, Need};
use crate::kinds::object::{Object, keep, keep_each, text};
use crate::kinds::{Column, Deletion, Facts, Kind, RowContext, Sort, SortKey, Tab, actions, columns};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family, State};
use serde_json::Value;

pub static NODE: Kind = Kind {
    group: "",
    plural: "nodes",
    kind: "Node",
    versions: &["v1"],
    namespaced: false,
    area: "nodes",
    icon: "server",
    singular: "kind-node",
    title: "kind-node-plural",
    columns: &[
        columns::state(|object, _| Cell::State(state(object))),
        columns::name(|object, context| columns::own_link(&NODE, object, context, 8)),
        ROLES,
        VERSION,
        ADDRESS,
        CPU,
        MEMORY,
        PODS,
        columns::LABELS,
        columns::AGE,
    ],
    default_sort: None,
    state,
    facts,
    actions: &[actions::YAML],
    trim,
    tabs: &[Tab { id: "overview" }, Tab { id: "pods" }, Tab { id: "events" }, Tab { id: "yaml" }],
    default_tab: "pods",
    sections,
    containers: |_| Vec::new(),
    inverted_conditions: &["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"],
    sums: None,
    needs: &[Need::Pods],
    through: &[],
    bound: None,
    deletion: Deletion { text: "dialog-delete-node-text", grave: true, ..Deletion::PLAIN },
    form: false,
};

const ROLES: Column = Column {
    id: "roles",
    cell: |object, _| columns::list(roles(object)),
    sort: Sort::Own(|object| SortKey::text(&roles(object).join(","))),
    align: Align::Left,
    width: 120,
    secondary: true,
};

const VERSION: Column = Column {
    id: "kubelet-version",
    cell: |object, _| Cell::text(object.text("/status/nodeInfo/kubeletVersion")),
    sort: Sort::Own(|object| SortKey::version(object.text("/status/nodeInfo/kubeletVersion"))),
    align: Align::Left,
    width: 88,
    secondary: true,
};

const ADDRESS: Column = Column {
    id: "ip",
    cell: |object, _| Cell::mono(address(object, "InternalIP")),
    sort: Sort::Own(|object| SortKey::version(address(object, "InternalIP"))),
    align: Align::Left,
    width: 124,
    secondary: true,
};

/// Requested against allocatable cores (已分配/可分配).
const CPU: Column = Column {
    id: "cpu-requests",
    cell: |object, context| {
        let sums = context.joined.by_node(object.name());
        meter(sums.map(|sums| sums.cpu_requests), allocatable(object, "cpu"), columns::cores)
    },
    sort: Sort::Joined(|joined: &Joined, _, name| SortKey::number(joined.by_node(name).map(|sums| sums.cpu_requests))),
    align: Align::Left,
    width: 120,
    secondary: true,
};

const MEMORY: Column = Column {
    id: "memory-requests",
    cell: |object, context| {
        let sums = context.joined.by_node(object.name());
        meter(sums.map(|sums| sums.memory_requests), allocatable(object, "memory"), columns::bytes)
    },
    sort: Sort::Joined(|joined, _, name| SortKey::number(joined.by_node(name).map(|sums| sums.memory_requests))),
    align: Align::Left,
    width: 140,
    secondary: true,
};

const PODS: Column = Column {
    id: "pods",
    cell: |object, context| {
        let want = allocatable(object, "pods").map_or(0, |pods| pods as i64);
        context.joined.by_node(object.name()).map_or(Cell::Empty, |sums| Cell::Ratio {
            have: sums.pods,
            want,
            family: if want > 0 && sums.pods >= want { Family::Warning } else { Family::Success },
        })
    },
    sort: Sort::Joined(|joined, _, name| SortKey::number(joined.by_node(name).map(|sums| sums.pods as f64))),
    align: Align::Right,
    width: 76,
    secondary: true,
};

/// Part of the whole; what is unknown stays unknown.
fn meter(requested: Option<f64>, whole: Option<f64>, show: fn(f64) -> String) -> Cell {
    let Some(whole) = whole.filter(|whole| *whole > 0.0) else {
        return Cell::Empty;
    };
    let text = match requested {
        Some(requested) => format!("{} / {}", show(requested), show(whole)),
        None => show(whole),
    };
    Cell::Meter { requested: requested.map(|requested| requested / whole), used: None, text }
}

fn allocatable(object: &Object, resource: &str) -> Option<f64> {
    columns::amount(object.pointer("/status/allocatable")?.get(resource)?)
}

/// As `kubectl get nodes` finds them (`findNodeRoles`), sorted.
#[must_use]
pub fn roles(object: &Object) -> Vec<String> {
    let mut roles: Vec<String> = object
        .pairs("/metadata/labels")
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role.to_owned()),
            None => (key == "kubernetes.io/role").then(|| value.to_owned()),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn address<'a>(object: &'a Object, kind: &str) -> &'a str {
    object
        .list("/status/addresses")
        .iter()
        .find(|address| text(address, "/type") == kind)
        .map_or("", |address| text(address, "/address"))
}

/// Abnormal before cordoned before healthy; both when it is both (spec 20 C.2).
#[must_use]
pub fn state(object: &Object) -> State {
    let ready = object.condition("Ready");
    let cordoned = object.flag("/spec/unschedulable");
    if object.deleting() {
        return State::new(Family::Progress, "Terminating");
    }
    let holds = ready.is_some_and(|ready| text(ready, "/status") == "True");
    let message = ready.map(|ready| text(ready, "/message").to_owned());
    if !holds {
        let word = if cordoned { "AbnormalCordoned" } else { "Abnormal" };
        return State::new(Family::Error, word).with_hint(message);
    }
    if cordoned {
        return State::new(Family::Warning, "Cordoned");
    }
    let pressure = object.conditions().iter().find(|condition| {
        NODE.inverted_conditions.contains(&text(condition, "/type")) && text(condition, "/status") == "True"
    });
    match pressure {
        Some(pressure) => {
            State::new(Family::Warning, text(pressure, "/type")).with_hint(Some(text(pressure, "/message").to_owned()))
        }
        None => State::new(Family::Success, "Healthy"),
    }
}

fn facts(object: &Object) -> Facts {
    let ips = object.list("/status/addresses").iter();
    Facts {
        node: Some(object.name().to_owned()),
        ips: ips
            .filter(|address| text(address, "/type").ends_with("IP"))
            .map(|address| text(address, "/address").to_owned())
            .collect(),
        words: vec![
            ("roles", roles(object).join(",")),
            ("kubelet-version", object.text("/status/nodeInfo/kubeletVersion").to_owned()),
        ],
        ..Facts::default()
    }
}

fn trim(value: &mut Value) {
    if let Some(annotations) = value.pointer_mut("/metadata/annotations") {
        keep(annotations, &["description"]);
    }
    if let Some(status) = value.get_mut("status") {
        keep(status, &["addresses", "allocatable", "capacity", "conditions", "nodeInfo"]);
        // Heartbeats would else make every node a change every few seconds.
        keep_each(status, "/conditions", &["type", "status", "reason", "message", "lastTransitionTime"]);
    }
}

fn sections(object: &Object, context: &RowContext<'_>) -> Vec<DetailSection> {
    let info = |key: &str| Cell::text(object.text(&format!("/status/nodeInfo/{key}")));
    let taints = object.list("/spec/taints").iter();
    let taints = taints
        .map(|taint| {
            let (key, value, effect) = (text(taint, "/key"), text(taint, "/value"), text(taint, "/effect"));
            if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
        })
        .collect();
    vec![
        DetailSection::new(
            "basic",
            vec![
                ("name", Cell::mono(object.name())),
                ("roles", columns::list(roles(object))),
                ("created", columns::time(object.created())),
                ("node-ip", Cell::mono(address(object, "InternalIP"))),
                ("external-ip", Cell::mono(address(object, "ExternalIP"))),
                ("pod-cidr", Cell::mono(object.text("/spec/podCIDR"))),
                ("labels", columns::labels(object, "/metadata/labels")),
                ("taints", columns::list(taints)),
            ],
        ),
        DetailSection::new(
            "resources",
            vec![
                ("cpu", (CPU.cell)(object, context)),
                ("memory", (MEMORY.cell)(object, context)),
                ("pods", (PODS.cell)(object, context)),
            ],
        ),
        DetailSection::new(
            "system",
            vec![
                ("kubelet", info("kubeletVersion")),
                ("os", info("osImage")),
                ("kernel", info("kernelVersion")),
                ("runtime", info("containerRuntimeVersion")),
                ("architecture", info("architecture")),
            ],
        ),
    ]
}
