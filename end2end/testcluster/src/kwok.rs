//! kwok: nodes and pods that exist only in the API, for load tests.

use std::fs;

use anyhow::Result;

use crate::parts::Parts;
use crate::plane::write_kubeconfig;
use crate::supervisor::Program;
use crate::tools::Module;

/// Nodes with this annotation are played by kwok; a real node beside them is left alone.
pub const ANNOTATION: (&str, &str) = ("kwok.x-k8s.io/node", "fake");

/// From kwok v0.8.0 (Apache-2.0), folder `kustomize/stage`. Only `kwokctl` would add them by itself.
const STAGES: [&str; 5] = [
    include_str!("files/kwok/node-initialize.yaml"),
    include_str!("files/kwok/node-heartbeat-with-lease.yaml"),
    include_str!("files/kwok/pod-ready.yaml"),
    include_str!("files/kwok/pod-complete.yaml"),
    include_str!("files/kwok/pod-delete.yaml"),
];

// Leases are renewed four times in their length: with 200 s, 1,000 nodes write 20 times a second. The
// controller manager of such a cluster is as patient (see plane.rs).
const CONFIGURATION: &str = "apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  manageAllNodes: false
  manageNodesWithAnnotationSelector: kwok.x-k8s.io/node=fake
  nodeLeaseDurationSeconds: 200
  nodeLeaseParallelism: 8
  podPlayStageParallelism: 16
  nodePlayStageParallelism: 16
  cidr: 10.200.0.0/14
";

pub fn start(parts: &Parts<'_>) -> Result<()> {
    let Parts { tools, supervisor, endpoints, dir, inside, .. } = parts;
    let mut config = CONFIGURATION.to_owned();
    for stage in STAGES {
        config.push_str("---\n");
        config.push_str(stage);
    }
    let file = dir.join("kwok.yaml");
    fs::write(&file, config)?;
    // kwok acts on nodes and pods of all namespaces: the administrator's rights are the simplest.
    let kubeconfig = write_kubeconfig(parts, "admin")?;
    supervisor.start(
        Program::new("kwok", tools.path(Module::Kwok, "kwok")?, *inside)
            .args([format!("--kubeconfig={kubeconfig}"), format!("--config={}", file.display())])
            .arg(format!("--server-address=127.0.0.1:{}", endpoints.kwok)),
    )?;
    Ok(())
}
