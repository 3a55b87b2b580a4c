//! Where the form's fields stand in the object.

use super::Mode;
use super::kinds::Type;
use crate::forms::group::Group;
use crate::forms::lens::{Lines, Number, Path, Text};
use crate::forms::pairs::{Env, Labels};
use crate::forms::record::{Binding, Record};
use crate::forms::resources::{Image, Memory, Quantity};
use model::form::QuantityUnit::{Cores, Mib};

const LABELS: Path = &["metadata", "labels"];
const SELECTOR: Path = &["spec", "selector", "matchLabels"];
const POD_LABELS: Path = &["spec", "template", "metadata", "labels"];

/// Written by the form and not shown: the same for every long-running kind.
pub const FIXED: &[Path] = &[&["spec", "template", "spec", "restartPolicy"]];

pub fn record(mode: Mode) -> Record {
    let labels = match mode {
        // One list of labels goes to the object, the selector and the Pods; the selector cannot change later.
        Mode::Create => Labels { places: &[LABELS, SELECTOR, POD_LABELS], twin: Some(("k8s-app", "qcloud-app")) },
        Mode::Update => Labels { places: &[LABELS], twin: None },
    };
    Record {
        bindings: vec![
            Binding::new(&["type"], Type),
            Binding::new(&["name"], Text { keep: 1, ..Text::at(&["metadata", "name"]) }),
            Binding::new(&["namespace"], Text { keep: 1, ..Text::at(&["metadata", "namespace"]) }),
            Binding::new(
                &["description"],
                Text { lines: true, keep: 1, ..Text::at(&["metadata", "annotations", "description"]) },
            ),
            Binding::new(&["labels"], labels),
            Binding::new(
                &["containers"],
                Group {
                    path: &["spec", "template", "spec", "containers"],
                    name: "name",
                    existing: container(mode == Mode::Create),
                    fresh: container(true),
                },
            ),
            Binding::new(&["replicas"], Number { path: &["spec", "replicas"] }),
        ],
    }
}

fn container(limit_follows: bool) -> Record {
    let cpu = |path| Quantity { path, unit: Cores };
    let memory = |path| Quantity { path, unit: Mib };
    Record {
        bindings: vec![
            Binding::new(&["name"], Text::at(&["name"])),
            Binding::new(&["image", "tag"], Image { path: &["image"] }),
            Binding::new(&["pull_policy"], Text::at(&["imagePullPolicy"])),
            Binding::new(&["cpu_request"], cpu(&["resources", "requests", "cpu"])),
            Binding::new(&["cpu_limit"], cpu(&["resources", "limits", "cpu"])),
            Binding::new(
                &["memory_request", "memory_limit"],
                Memory {
                    request: memory(&["resources", "requests", "memory"]),
                    limit: memory(&["resources", "limits", "memory"]),
                    limit_follows,
                },
            ),
            Binding::new(&["env"], Env { path: &["env"] }),
            Binding::new(&["ports"], Group { path: &["ports"], name: "port", existing: port(), fresh: port() }),
            Binding::new(&["working_dir"], Text::at(&["workingDir"])),
            Binding::new(&["command"], Lines { path: &["command"] }),
            Binding::new(&["args"], Lines { path: &["args"] }),
        ],
    }
}

fn port() -> Record {
    Record {
        bindings: vec![
            Binding::new(&["port"], Number { path: &["containerPort"] }),
            Binding::new(&["protocol"], Text { absent: "TCP", ..Text::at(&["protocol"]) }),
            Binding::new(&["name"], Text::at(&["name"])),
        ],
    }
}
