//! The node: private namespaces with containerd, kubelet and kube-proxy in them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::api::Api;
use crate::parts::Parts;
use crate::plane::{NODE, write_kubeconfig};
use crate::process::run;
use crate::supervisor::Program;

pub const CONTAINERD_SOCKET: &str = "/run/containerd/containerd.sock";
const LIMIT: Duration = Duration::from_secs(90);
const DNS_SERVICE: &str = "10.96.0.10";

/// Makes the namespaces and connects them with the machine.
pub fn create_namespaces(parts: &Parts<'_>) -> Result<()> {
    let Parts { supervisor, slot, dir, .. } = parts;
    if dir.starts_with("/run") || dir.starts_with("/var/log") || dir.starts_with("/var/lib/kubelet") {
        bail!("the folder {} is hidden inside the node's namespace: choose another", dir.display());
    }
    fs::create_dir_all(dir.join("bin"))?;
    compile_init(&dir.join("bin/init"))?;
    let script = dir.join("bin/init.sh");
    fs::write(&script, include_str!("files/init.sh"))?;
    slot.create_cgroups()?;

    let outer = supervisor.start(
        Program::new("namespace", "unshare", false)
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation=private"])
            .args(["/bin/sh".to_owned(), script.display().to_string(), dir.display().to_string()])
            .args([slot.node_address().to_string(), slot.host_address().to_string()]),
    )?;
    let first = supervisor.wait(LIMIT, "the namespace's first process", || Ok(outer.only_child()))?;
    supervisor.set_namespace(first);
    // `unshare` makes the namespaces before it forks, so the child is in them from its first moment on.
    slot.connect(first.pid)?;
    let ready = dir.join("namespace.ready");
    supervisor.wait(LIMIT, "the namespace to be set up", || Ok(ready.exists().then_some(())))
}

/// The reaper is C because it must be tiny, static and able to run as PID 1 of every sandbox.
pub fn compile_init(output: &Path) -> Result<()> {
    let source = output.with_extension("c");
    fs::write(&source, include_str!("files/init.c"))?;
    run(Command::new("gcc").args(["-static", "-Os", "-s", "-o"]).arg(output).arg(&source))
        .context("compile the reaper (gcc and the static C library are needed)")?;
    Ok(())
}

pub fn start_containerd(parts: &Parts<'_>) -> Result<()> {
    let Parts { supervisor, dir, slot, .. } = parts;
    let cni = dir.join("cni");
    let certs = dir.join("certs.d");
    fs::create_dir_all(&cni)?;
    fs::create_dir_all(&certs)?;
    // "overlayfs" cannot lie on another overlay, which a folder inside a container often is.
    let snapshotter = if on_overlay(dir)? { "native" } else { "overlayfs" };
    let config = format!(
        r#"version = 2
root = "{root}"
state = "/run/containerd"
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "tc.local/pause:1"
  # Without CAP_SYS_RESOURCE a negative value cannot be set.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "/usr/sbin/runc"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{cni}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{certs}"
"#,
        root = dir.join("containerd").display(),
        cni = cni.display(),
        certs = certs.display(),
    );
    let file = dir.join("containerd.toml");
    fs::write(&file, config)?;

    let network = json!({
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{ "subnet": slot.pod_cidr() }]],
                    "routes": [{ "dst": "0.0.0.0/0" }],
                },
            },
            { "type": "portmap", "capabilities": { "portMappings": true } },
        ],
    });
    fs::write(cni.join("10-pods.conflist"), serde_json::to_vec_pretty(&network)?)?;
    supervisor
        .start(Program::new("containerd", "/usr/bin/containerd", true).arg(format!("--config={}", file.display())))?;
    Ok(())
}

pub fn wait_containerd(parts: &Parts<'_>) -> Result<()> {
    parts.supervisor.wait(LIMIT, "containerd to answer", || {
        let answered = ctr(parts)?.arg("version").output()?.status.success();
        Ok(answered.then_some(()))
    })
}

/// A `ctr` command in the namespace, for the images that the kubelet sees.
pub fn ctr(parts: &Parts<'_>) -> Result<Command> {
    let mut command = parts.supervisor.inside(Path::new("/usr/bin/ctr"))?;
    command.args(["--address", CONTAINERD_SOCKET, "--namespace", "k8s.io"]);
    Ok(command)
}

pub fn start_kubelet(parts: &Parts<'_>) -> Result<()> {
    let Parts { tools, supervisor, slot, pki, dir, .. } = parts;
    let resolv = dir.join("resolv.conf");
    // Names outside the cluster are not resolved in tests: they must not depend on the machine's network.
    fs::write(&resolv, "nameserver 127.0.0.1\n")?;
    let plugins = dir.join("volume-plugins");
    fs::create_dir_all(&plugins)?;
    let config = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        // The default refuses cgroup v1, -999 needs CAP_SYS_RESOURCE, and there may be no systemd.
        "failCgroupV1": false,
        "oomScoreAdj": 0,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": format!("/{}", slot.cgroup()),
        "failSwapOn": false,
        "containerRuntimeEndpoint": format!("unix://{CONTAINERD_SOCKET}"),
        "clusterDNS": [DNS_SERVICE],
        "clusterDomain": "cluster.local",
        "resolvConf": resolv,
        "authentication": {
            "anonymous": { "enabled": false },
            "webhook": { "enabled": true },
            "x509": { "clientCAFile": pki.path("ca.crt") },
        },
        "authorization": { "mode": "Webhook" },
        "tlsCertFile": pki.path("kubelet.crt"),
        "tlsPrivateKeyFile": pki.path("kubelet.key"),
        // A full disk of the machine must not evict pods or delete the imported images.
        "evictionHard": {
            "memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%",
            "imagefs.inodesFree": "0%",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        // Logs are rotated as on any node (at 10 MiB), and looked at more often, so that a test sees it happen.
        "containerLogMonitorInterval": "3s",
        "serializeImagePulls": false,
        "volumePluginDir": plugins,
        // An imported image that was also pulled with a secret would be refused to pods without it.
        "imagePullCredentialsVerificationPolicy": "NeverVerify",
    });
    let file = dir.join("kubelet.json");
    fs::write(&file, serde_json::to_vec_pretty(&config)?)?;
    let kubeconfig = write_kubeconfig(parts, "kubelet")?;
    supervisor.start(
        Program::new("kubelet", tools.kubernetes("kubelet")?, true)
            .args([format!("--config={}", file.display()), format!("--kubeconfig={kubeconfig}")])
            .args([format!("--hostname-override={NODE}"), format!("--node-ip={}", slot.node_address())]),
    )?;
    Ok(())
}

pub fn start_proxy(parts: &Parts<'_>) -> Result<()> {
    let Parts { tools, supervisor, slot, dir, .. } = parts;
    let config = json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": { "kubeconfig": write_kubeconfig(parts, "kube-proxy")? },
        "clusterCIDR": slot.pod_cidr(),
        "hostnameOverride": NODE,
        // The limits belong to the machine and cannot be written from a namespace.
        "conntrack": { "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s" },
    });
    let file = dir.join("kube-proxy.json");
    fs::write(&file, serde_json::to_vec_pretty(&config)?)?;
    supervisor.start(
        Program::new("kube-proxy", tools.kubernetes("kube-proxy")?, true).arg(format!("--config={}", file.display())),
    )?;
    Ok(())
}

pub fn wait_ready(parts: &Parts<'_>, api: &Api) -> Result<()> {
    parts.supervisor.wait(LIMIT, "the node to be ready", || {
        let Some(node) = api.find(&format!("/api/v1/nodes/{NODE}"))? else { return Ok(None) };
        let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        Ok(conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True").then_some(()))
    })
}

fn on_overlay(dir: &Path) -> Result<bool> {
    Ok(nix::sys::statfs::statfs(dir)?.filesystem_type() == nix::sys::statfs::OVERLAYFS_SUPER_MAGIC)
}
