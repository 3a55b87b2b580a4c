//! Containers of a Pod with their run, and of a Pod template without.

use crate::kinds::columns::amount;
use crate::kinds::object::{Object, list, text, time};
use crate::kinds::workloads::pod_status::is_sidecar;
use crate::kinds::workloads::pod_template::TEMPLATE;
use model::detail::{ContainerEnd, ContainerLine, ContainerRole, EnvLine};
use model::table::{Family, State};
use serde_json::Value;

/// The containers of a workload's template.
#[must_use]
pub fn of_template(object: &Object) -> Vec<ContainerLine> {
    specs(object, TEMPLATE).map(|(spec, role)| line(spec, role)).collect()
}

/// The containers of a Pod with their states.
#[must_use]
pub fn of_pod(object: &Object) -> Vec<ContainerLine> {
    specs(object, "")
        .map(|(spec, role)| {
            let mut line = line(spec, role);
            let statuses = match role {
                ContainerRole::Main => "/status/containerStatuses",
                ContainerRole::Init | ContainerRole::Sidecar => "/status/initContainerStatuses",
                ContainerRole::Ephemeral => "/status/ephemeralContainerStatuses",
            };
            let status = object.list(statuses).iter().find(|status| text(status, "/name") == line.name);
            match status {
                Some(status) => run(&mut line, status),
                None => line.state = Some(State::new(Family::Progress, "Waiting")),
            }
            line
        })
        .collect()
}

/// Init containers in their order, then the main ones, then those for debugging.
fn specs<'a>(object: &'a Object, at: &str) -> impl Iterator<Item = (&'a Value, ContainerRole)> {
    let of = |part: &str, role: ContainerRole| {
        object.list(&format!("{at}/spec/{part}")).iter().map(move |spec| {
            (spec, if role == ContainerRole::Init && is_sidecar(spec) { ContainerRole::Sidecar } else { role })
        })
    };
    of("initContainers", ContainerRole::Init)
        .chain(of("containers", ContainerRole::Main))
        .chain(of("ephemeralContainers", ContainerRole::Ephemeral))
}

fn line(spec: &Value, role: ContainerRole) -> ContainerLine {
    let words = |pointer: &str| -> Vec<String> {
        list(spec, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let quantity = |pointer: &str| match spec.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => amount(value).map(|_| value.to_string()).unwrap_or_default(),
        None => String::new(),
    };
    ContainerLine {
        name: text(spec, "/name").to_owned(),
        role,
        image: text(spec, "/image").to_owned(),
        pull_policy: text(spec, "/imagePullPolicy").to_owned(),
        ports: list(spec, "/ports").iter().map(port).collect(),
        cpu_request: quantity("/resources/requests/cpu"),
        cpu_limit: quantity("/resources/limits/cpu"),
        memory_request: quantity("/resources/requests/memory"),
        memory_limit: quantity("/resources/limits/memory"),
        env: list(spec, "/env").iter().map(env).chain(list(spec, "/envFrom").iter().map(env_from)).collect(),
        mounts: list(spec, "/volumeMounts").iter().map(mount).collect(),
        working_dir: text(spec, "/workingDir").to_owned(),
        command: words("/command"),
        args: words("/args"),
        probes: [("liveness", "livenessProbe"), ("readiness", "readinessProbe"), ("startup", "startupProbe")]
            .into_iter()
            .filter_map(|(id, field)| Some((id.to_owned(), probe(spec.get(field)?))))
            .collect(),
        ..ContainerLine::default()
    }
}

fn run(line: &mut ContainerLine, status: &Value) {
    let part = |which: &str| status.pointer(which).filter(|value| value.is_object());
    let ready = status.get("ready").and_then(Value::as_bool).unwrap_or(false);
    let state = if let Some(waiting) = part("/state/waiting") {
        let reason = text(waiting, "/reason");
        let family = match reason {
            "" | "ContainerCreating" | "PodInitializing" => Family::Progress,
            _ => Family::Error,
        };
        State::new(family, if reason.is_empty() { "Waiting" } else { reason })
            .with_hint(Some(text(waiting, "/message").to_owned()))
    } else if let Some(end) = part("/state/terminated") {
        let code = end.get("exitCode").and_then(Value::as_i64).unwrap_or(0);
        let reason = text(end, "/reason");
        let word = if reason.is_empty() { format!("ExitCode:{code}") } else { reason.to_owned() };
        State::new(if code == 0 { Family::Neutral } else { Family::Error }, word)
            .with_hint(Some(text(end, "/message").to_owned()))
    } else if part("/state/running").is_some() {
        let family = if ready || line.role == ContainerRole::Ephemeral { Family::Success } else { Family::Warning };
        State::new(family, "Running")
    } else {
        State::new(Family::Progress, "Waiting")
    };
    line.state = Some(state);
    line.ready = Some(ready);
    line.restarts = status.get("restartCount").and_then(Value::as_i64);
    line.started = time(text(status, "/state/running/startedAt"));
    line.last_end = part("/lastState/terminated").or_else(|| part("/state/terminated")).map(end);
    text(status, "/containerID").clone_into(&mut line.id);
}

fn end(end: &Value) -> ContainerEnd {
    let number = |key: &str| end.get(key).and_then(Value::as_i64).unwrap_or(0);
    ContainerEnd {
        reason: text(end, "/reason").to_owned(),
        exit_code: number("exitCode"),
        signal: number("signal"),
        message: text(end, "/message").to_owned(),
        at: time(text(end, "/finishedAt")),
    }
}

/// `http 8080/TCP → host 80`.
fn port(port: &Value) -> String {
    let number = |key: &str| port.get(key).and_then(Value::as_i64);
    let protocol = Some(text(port, "/protocol")).filter(|text| !text.is_empty()).unwrap_or("TCP");
    let mut out = format!("{}/{protocol}", number("containerPort").unwrap_or(0));
    let name = text(port, "/name");
    if !name.is_empty() {
        out = format!("{name} {out}");
    }
    if let Some(host) = number("hostPort") {
        out.push_str(&format!(" → host {host}"));
    }
    out
}

fn env(env: &Value) -> EnvLine {
    let from = |pointer: &str| env.pointer(pointer).filter(|value| value.is_object());
    let source = if let Some(key) = from("/valueFrom/configMapKeyRef") {
        format!("ConfigMap {} / {}", text(key, "/name"), text(key, "/key"))
    } else if let Some(key) = from("/valueFrom/secretKeyRef") {
        format!("Secret {} / {}", text(key, "/name"), text(key, "/key"))
    } else if let Some(field) = from("/valueFrom/fieldRef") {
        text(field, "/fieldPath").to_owned()
    } else if let Some(field) = from("/valueFrom/resourceFieldRef") {
        text(field, "/resource").to_owned()
    } else {
        String::new()
    };
    EnvLine { name: text(env, "/name").to_owned(), value: text(env, "/value").to_owned(), source }
}

/// A whole ConfigMap or Secret, its prefix as the name.
fn env_from(from: &Value) -> EnvLine {
    let source = match (text(from, "/configMapRef/name"), text(from, "/secretRef/name")) {
        ("", "") => String::new(),
        (map, "") => format!("ConfigMap {map}"),
        (_, secret) => format!("Secret {secret}"),
    };
    EnvLine { name: format!("{}*", text(from, "/prefix")), value: String::new(), source }
}

fn mount(mount: &Value) -> String {
    let flag = mount.get("readOnly").and_then(Value::as_bool).unwrap_or(false);
    let sub = match (text(mount, "/subPath"), text(mount, "/subPathExpr")) {
        ("", "") => String::new(),
        ("", expression) => format!("/{expression}"),
        (sub, _) => format!("/{sub}"),
    };
    let read_only = if flag { " (ro)" } else { "" };
    format!("{}{sub} → {}{read_only}", text(mount, "/name"), text(mount, "/mountPath"))
}

/// A probe in one line, as `kubectl describe` writes it.
fn probe(probe: &Value) -> String {
    let value = |pointer: &str| match probe.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let action = if probe.get("httpGet").is_some() {
        let scheme = Some(text(probe, "/httpGet/scheme")).filter(|text| !text.is_empty()).unwrap_or("HTTP");
        let path = value("/httpGet/path");
        let path = path.trim_start_matches('/');
        format!("{}://{}:{}/{path}", scheme.to_lowercase(), value("/httpGet/host"), value("/httpGet/port"))
    } else if probe.get("tcpSocket").is_some() {
        format!("tcp://{}:{}", value("/tcpSocket/host"), value("/tcpSocket/port"))
    } else if probe.get("grpc").is_some() {
        format!("grpc://:{}/{}", value("/grpc/port"), value("/grpc/service"))
    } else {
        let command = list(probe, "/exec/command").iter().filter_map(Value::as_str);
        format!("exec {}", command.collect::<Vec<_>>().join(" "))
    };
    let number = |key: &str, default: i64| probe.get(key).and_then(Value::as_i64).unwrap_or(default);
    format!(
        "{action} delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds", 0),
        number("timeoutSeconds", 1),
        number("periodSeconds", 10),
        number("successThreshold", 1),
        number("failureThreshold", 3)
    )
}
