//! Add-ons that run as plain programs in the node's namespace, behind Services without selector:
//! metrics-server (`kubectl top`, autoscaling) and CoreDNS (names in pods).

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api::Api;
use crate::parts::Parts;
use crate::plane::write_kubeconfig;
use crate::supervisor::Program;
use crate::tools::Module;

const METRICS_PORT: u16 = 4443;
const DNS_PORT: u16 = 1053;
const DNS_SERVICE: &str = "10.96.0.10";

pub fn start_metrics_server(parts: &Parts<'_>, api: &Api) -> Result<()> {
    let Parts { tools, supervisor, dir, .. } = parts;
    let kubeconfig = write_kubeconfig(parts, "admin")?;
    supervisor.start(
        Program::new("metrics-server", tools.path(Module::MetricsServer, "metrics-server")?, true)
            .args([
                format!("--kubeconfig={kubeconfig}"),
                format!("--authentication-kubeconfig={kubeconfig}"),
                format!("--authorization-kubeconfig={kubeconfig}"),
            ])
            .args([
                format!("--secure-port={METRICS_PORT}"),
                format!("--cert-dir={}", dir.join("metrics-server").display()),
            ])
            .args(["--kubelet-insecure-tls", "--kubelet-preferred-address-types=InternalIP"])
            // The time-out must be below the resolution.
            .args(["--metric-resolution=10s", "--kubelet-request-timeout=5s"]),
    )?;
    let ports = json!([{ "name": "https", "port": 443, "targetPort": METRICS_PORT, "protocol": "TCP" }]);
    service(parts, api, "metrics-server", None, &ports)?;
    api.apply(
        "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
        &json!({
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": { "name": "v1beta1.metrics.k8s.io" },
            "spec": {
                "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "insecureSkipTLSVerify": true,
                "service": { "namespace": "kube-system", "name": "metrics-server", "port": 443 },
            },
        }),
    )?;
    Ok(())
}

/// The first numbers need two scrapes: about 20 s after the start. Tests that need them wait here.
pub fn wait_metrics(api: &Api, limit: Duration) -> Result<()> {
    crate::process::wait_until(limit, "metrics of the node", || {
        // While the API is not there yet, its path answers with errors of several kinds.
        let Ok(Some(list)) = api.find("/apis/metrics.k8s.io/v1beta1/nodes") else { return Ok(None) };
        Ok(list["items"].as_array().is_some_and(|items| !items.is_empty()).then_some(()))
    })
}

pub fn start_dns(parts: &Parts<'_>, api: &Api) -> Result<()> {
    let Parts { tools, supervisor, dir, .. } = parts;
    let kubeconfig = write_kubeconfig(parts, "admin")?;
    let config = format!(
        ".:{DNS_PORT} {{\n    errors\n    ready 127.0.0.1:8181\n    kubernetes cluster.local in-addr.arpa ip6.arpa {{\n        \
         kubeconfig {kubeconfig}\n        pods insecure\n        fallthrough in-addr.arpa ip6.arpa\n        ttl 5\n    }}\n    \
         cache 5\n}}\n"
    );
    let file = dir.join("Corefile");
    fs::write(&file, config)?;
    supervisor.start(
        Program::new("coredns", tools.path(Module::CoreDns, "coredns")?, true)
            .args(["-conf".to_owned(), file.display().to_string()]),
    )?;
    let ports = json!([
        { "name": "dns", "port": 53, "targetPort": DNS_PORT, "protocol": "UDP" },
        { "name": "dns-tcp", "port": 53, "targetPort": DNS_PORT, "protocol": "TCP" },
    ]);
    service(parts, api, "kube-dns", Some(DNS_SERVICE), &ports)?;
    let address = SocketAddr::new(parts.slot.node_address(), DNS_PORT);
    supervisor.wait(Duration::from_secs(30), "CoreDNS to answer", || {
        Ok(std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok())
    })?;
    Ok(())
}

/// A Service in kube-system that leads to a program on the node.
fn service(parts: &Parts<'_>, api: &Api, name: &str, cluster_ip: Option<&str>, ports: &Value) -> Result<()> {
    let mut spec = json!({ "ports": ports });
    if let Some(ip) = cluster_ip {
        spec["clusterIP"] = ip.into();
    }
    api.apply(
        &format!("/api/v1/namespaces/kube-system/services/{name}"),
        &json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name }, "spec": spec }),
    )?;
    let targets: Vec<_> = ports
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| json!({ "name": p["name"], "port": p["targetPort"], "protocol": p["protocol"] }))
        .collect();
    api.apply(
        &format!("/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/{name}-node"),
        &json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": { "name": format!("{name}-node"), "labels": { "kubernetes.io/service-name": name } },
            "addressType": "IPv4",
            "ports": targets,
            "endpoints": [{ "addresses": [parts.slot.node_address()], "conditions": { "ready": true } }],
        }),
    )?;
    Ok(())
}
