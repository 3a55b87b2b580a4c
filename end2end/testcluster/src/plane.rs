//! The control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::api::Api;
use crate::certificates::{Pki, write_private};
use crate::parts::Parts;
use crate::supervisor::Program;

pub const SERVICE_CIDR: &str = "10.96.0.0/16";
pub const KUBERNETES_SERVICE: [u8; 4] = [10, 96, 0, 1];
pub const NODE: &str = "node-0";
const READY_LIMIT: Duration = Duration::from_secs(120);

/// Addresses and ports of a plane: the usual ones in a namespace of its own, or free ones on loopback.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Where the apiserver listens. With a node not loopback: pods reach it through a Service, and the
    /// endpoint of a Service may not be loopback.
    pub address: IpAddr,
    pub etcd: u16,
    pub etcd_peer: u16,
    pub apiserver: u16,
    pub controller_manager: u16,
    pub scheduler: u16,
    pub kwok: u16,
}

impl Endpoints {
    pub fn server_url(&self) -> String {
        format!("https://{}:{}", self.address, self.apiserver)
    }

    fn url(&self, port: u16) -> String {
        format!("https://{}:{port}", self.address)
    }
}

/// Starts etcd and the apiserver; the others need an apiserver that answers.
pub fn start_apiserver(parts: &Parts<'_>) -> Result<()> {
    let Parts { tools, supervisor, endpoints, pki, dir, inside, .. } = parts;
    let client = format!("http://127.0.0.1:{}", endpoints.etcd);
    let peer = format!("http://127.0.0.1:{}", endpoints.etcd_peer);
    supervisor.start(
        Program::new("etcd", tools.kubernetes("etcd")?, *inside)
            .args(["--name=e".to_owned(), format!("--data-dir={}", dir.join("etcd").display())])
            .args([format!("--listen-client-urls={client}"), format!("--advertise-client-urls={client}")])
            .args([format!("--listen-peer-urls={peer}"), format!("--initial-advertise-peer-urls={peer}")])
            .arg(format!("--initial-cluster=e={peer}"))
            // The data is thrown away; 10,000 pods and their history need more than the default 2 GB at times.
            .args(["--unsafe-no-fsync", "--log-level=warn", "--quota-backend-bytes=8589934592"]),
    )?;

    let file = |flag: &str, name: &str| format!("--{flag}={}", pki.arg(name));
    let mut apiserver = Program::new("kube-apiserver", tools.kubernetes("kube-apiserver")?, *inside)
        .arg(format!("--etcd-servers={client}"))
        .args([format!("--bind-address={}", endpoints.address), format!("--advertise-address={}", endpoints.address)])
        .args([format!("--secure-port={}", endpoints.apiserver), format!("--service-cluster-ip-range={SERVICE_CIDR}")])
        .args([
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
        ])
        .args([file("client-ca-file", "ca.crt"), file("tls-cert-file", "apiserver.crt")])
        .arg(file("tls-private-key-file", "apiserver.key"))
        .arg("--service-account-issuer=https://kubernetes.default.svc.cluster.local")
        .args([file("service-account-key-file", "sa.pub"), file("service-account-signing-key-file", "sa.key")])
        .args([
            file("kubelet-client-certificate", "apiserver-kubelet.crt"),
            file("kubelet-client-key", "apiserver-kubelet.key"),
        ])
        .args(["--kubelet-preferred-address-types=InternalIP", "--requestheader-allowed-names=front-proxy-client"])
        .arg(file("requestheader-client-ca-file", "front-proxy-ca.crt"))
        .args(["--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group"])
        .arg("--requestheader-username-headers=X-Remote-User")
        .args([file("proxy-client-cert-file", "front-proxy.crt"), file("proxy-client-key-file", "front-proxy.key")])
        // It dials the endpoints of an aggregated API itself: Services need not work where it runs.
        .arg("--enable-aggregator-routing=true")
        // Events of a long test day stay; the default is one hour.
        .arg("--event-ttl=24h");
    if endpoints.address.is_loopback() {
        // Refused otherwise: the Service `kubernetes` may not lead to loopback. Nobody uses it without a node.
        apiserver = apiserver.arg("--endpoint-reconciler-type=none");
    }
    if parts.options.kwok {
        // Most of its memory is garbage of big lists.
        apiserver = apiserver.env("GOMEMLIMIT", "2500MiB");
    }
    supervisor.start(apiserver)?;
    Ok(())
}

/// Waits for the apiserver, writing nothing.
pub fn wait_apiserver(parts: &Parts<'_>, api: &Api) -> Result<()> {
    parts.supervisor.wait(READY_LIMIT, "the apiserver to be ready", || Ok(api.healthy("/readyz").then_some(())))
}

/// Starts the controller manager and the scheduler.
pub fn start_controllers(parts: &Parts<'_>) -> Result<()> {
    let Parts { tools, supervisor, endpoints, pki, inside, .. } = parts;
    let file = |flag: &str, name: &str| format!("--{flag}={}", pki.arg(name));
    let common = |name: &'static str, port: u16| -> Result<Program> {
        let config = write_kubeconfig(parts, name)?;
        Ok(Program::new(name, tools.kubernetes(name)?, *inside)
            .args([
                format!("--kubeconfig={config}"),
                format!("--authentication-kubeconfig={config}"),
                format!("--authorization-kubeconfig={config}"),
            ])
            .args([format!("--bind-address={}", endpoints.address), format!("--secure-port={port}")])
            .args([file("tls-cert-file", "apiserver.crt"), file("tls-private-key-file", "apiserver.key")])
            .arg("--leader-elect=false"))
    };
    let mut manager = common("kube-controller-manager", endpoints.controller_manager)?
        .args([
            "--use-service-account-credentials=true",
            "--controllers=*,bootstrap-signer-controller,token-cleaner-controller",
        ])
        .args([file("root-ca-file", "ca.crt"), file("service-account-private-key-file", "sa.key")])
        .args([file("cluster-signing-cert-file", "ca.crt"), file("cluster-signing-key-file", "ca.key")])
        .args([format!("--cluster-cidr={}", parts.pod_cidr), format!("--service-cluster-ip-range={SERVICE_CIDR}")])
        // With the defaults (20/s) the controllers' own start is throttled for seconds.
        .args(["--kube-api-qps=300", "--kube-api-burst=600", "--horizontal-pod-autoscaler-sync-period=5s"]);
    if parts.options.kwok {
        // The leases of fake nodes are renewed rarely, so that 1,000 of them do not write 100 times a second.
        manager = manager.arg("--node-monitor-grace-period=250s");
    }
    supervisor.start(manager)?;
    supervisor
        .start(common("kube-scheduler", endpoints.scheduler)?.args(["--kube-api-qps=1000", "--kube-api-burst=2000"]))?;
    Ok(())
}

/// Ready means three things: the apiserver answers, the ServiceAccount `default` is there (a pod created before
/// is refused), and the scheduler works.
pub fn wait_ready(parts: &Parts<'_>, api: &Api) -> Result<()> {
    wait_apiserver(parts, api)?;
    let scheduler = api.at(&parts.endpoints.url(parts.endpoints.scheduler));
    parts.supervisor.wait(READY_LIMIT, "the scheduler and the default ServiceAccount", || {
        let ready =
            scheduler.healthy("/healthz") && api.find("/api/v1/namespaces/default/serviceaccounts/default")?.is_some();
        Ok(ready.then_some(()))
    })
}

/// Writes the kubeconfig of a part, named as its certificate, and gives its path.
pub fn write_kubeconfig(parts: &Parts<'_>, name: &str) -> Result<String> {
    let text = parts.pki.kubeconfig(&parts.options.name, &parts.endpoints.server_url(), name)?;
    let path = parts.pki.path(&format!("{name}.kubeconfig"));
    write_private(&path, &text)?;
    Ok(path.display().to_string())
}

/// Certificates, and the administrator's kubeconfig at the place where users look for it.
pub fn create_pki(parts: &Parts<'_>, kubeconfig: &std::path::Path) -> Result<()> {
    let pki: &Pki = parts.pki;
    pki.create(parts.endpoints.address, KUBERNETES_SERVICE.into(), NODE)?;
    let written = write_kubeconfig(parts, "admin")?;
    fs::rename(&written, kubeconfig).with_context(|| format!("write {}", kubeconfig.display()))
}
