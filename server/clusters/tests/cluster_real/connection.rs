//! The connection test names what is wrong (issue 5.1).

use crate::{Real, kubeconfig};
use clusters::connection::{Outcome, Purpose, Report, StepId, test};
use clusters::{ClusterError, IdentityMode, Source, TlsProblem};
use serde_json::Value;
use std::time::{Duration, Instant};
use testcluster::fixture::cluster;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(9);

async fn tried(text: String) -> Report {
    let started = Instant::now();
    let report = test(&Source::Kubeconfig { text }, LIMIT).await;
    assert!(started.elapsed() < LIMIT + Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(report.ok(), report.steps.iter().all(|step| matches!(step.outcome, Outcome::Passed | Outcome::Warning)));
    report
}

fn step(report: &Report, id: StepId) -> (Outcome, Option<ClusterError>) {
    let step = report.steps.iter().find(|step| step.id == id).unwrap();
    (step.outcome, step.error.clone())
}

/// The kubeconfig with another server and other fields of the cluster entry.
fn changed(server: Option<&str>, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let mut config: Value = serde_saphyr::from_str(&kubeconfig()).unwrap();
    let mut user = config["users"][0]["user"].take();
    let fields = &mut config["clusters"][0]["cluster"];
    if let Some(server) = server {
        fields["server"] = server.into();
    }
    change(fields, &mut user);
    config["users"][0]["user"] = user;
    config.to_string()
}

#[tokio::test]
async fn a_good_kubeconfig_passes_every_step() {
    let report = tried(kubeconfig()).await;
    assert!(report.steps.iter().all(|step| step.outcome == Outcome::Passed), "{report:#?}");
    assert!(report.version.as_ref().unwrap().starts_with("v1."));
    assert!(report.nodes.unwrap() >= 1);
    assert!(report.impersonates && report.missing_rights.is_empty());
    assert!(report.user.is_some());
    assert!(report.clock_ahead.is_some_and(|ahead| ahead.abs() <= 2), "{report:#?}");
    assert!(!report.certificate.unwrap().names.is_empty());
}

#[tokio::test]
async fn hosts_that_are_not_there() {
    let report = tried(changed(Some("https://no-such-host.invalid:6443"), |_, _| {})).await;
    assert_eq!(step(&report, StepId::Dns).1, Some(ClusterError::Dns { host: "no-such-host.invalid".into() }));
    assert_eq!(step(&report, StepId::Connect).0, Outcome::Skipped);

    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let report = tried(changed(Some(&format!("https://{free}")), |_, _| {})).await;
    assert!(matches!(step(&report, StepId::Connect).1, Some(ClusterError::Connect { .. })), "{report:#?}");

    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let report = tried(changed(Some(&format!("https://{}", silent.local_addr().unwrap())), |_, _| {})).await;
    assert_eq!(step(&report, StepId::Connect).0, Outcome::Passed);
    assert!(matches!(step(&report, StepId::Tls).1, Some(ClusterError::Timeout { .. })), "{report:#?}");
}

#[tokio::test]
async fn certificates_that_do_not_fit() {
    let other = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap().cert.pem();
    let encoded = base64_of(&other);
    let report = tried(changed(None, |cluster, _| cluster["certificate-authority-data"] = encoded.into())).await;
    let Some(ClusterError::Tls(TlsProblem::UnknownAuthority { issuer: Some(issuer) })) = step(&report, StepId::Tls).1
    else {
        panic!("{report:#?}")
    };
    assert!(issuer.contains("CN="), "{issuer}");

    let report = tried(changed(None, |cluster, _| cluster["tls-server-name"] = "wrong.example".into())).await;
    let Some(ClusterError::Tls(TlsProblem::WrongName { wanted, names })) = step(&report, StepId::Tls).1 else {
        panic!("{report:#?}")
    };
    assert_eq!(wanted, "wrong.example");
    assert!(names.iter().any(|name| name == "kubernetes.default.svc"), "{names:?}");

    let report = tried(changed(None, |cluster, _| {
        cluster["insecure-skip-tls-verify"] = true.into();
        cluster["tls-server-name"] = "wrong.example".into();
        cluster.as_object_mut().unwrap().remove("certificate-authority-data");
    }))
    .await;
    assert_eq!(step(&report, StepId::Tls), (Outcome::Warning, None), "used, and told");
    assert!(report.ok());

    // No authority at all: the system's, which do not know the cluster's.
    let report = tried(changed(None, |cluster, _| {
        cluster.as_object_mut().unwrap().remove("certificate-authority-data");
    }))
    .await;
    assert!(matches!(report.error, Some(ClusterError::Tls(TlsProblem::UnknownAuthority { .. }))), "{report:#?}");
}

/// The name holds for requests, lists and terminals alike: all use one transport.
#[tokio::test]
async fn a_server_name_of_its_own_is_used() {
    let text = changed(None, |cluster, _| cluster["tls-server-name"] = "kubernetes.default.svc".into());
    let report = tried(text.clone()).await;
    assert!(report.ok(), "{report:#?}");
    let namespace = cluster().namespace("name").unwrap();
    crate::start_pod(&namespace, "p", crate::BUSYBOX, &["sleep", "3600"]);
    let real = Real::with(text, IdentityMode::Direct);
    let session = real.admin().exec(&namespace.name, "p", "main", &["true".to_owned()], false, None).await.unwrap();
    assert_eq!(crate::exec::finish(session).await.2, clusters::exec::ExecEnd::Exited { code: 0 });
}

#[tokio::test]
async fn credentials_that_are_not_taken() {
    let report = tried(changed(None, |_, user| *user = serde_json::json!({"token": "not-a-token"}))).await;
    assert!(matches!(step(&report, StepId::Authenticate).1, Some(ClusterError::Unauthorized { .. })), "{report:#?}");
    let report = tried(changed(None, |_, user| *user = serde_json::json!({}))).await;
    assert!(matches!(report.error, Some(ClusterError::Unauthorized { .. })), "nobody is no credential: {report:#?}");
    let stranger = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap();
    let (certificate, key) = (base64_of(&stranger.cert.pem()), base64_of(&stranger.signing_key.serialize_pem()));
    let report = tried(changed(None, |_, user| {
        *user = serde_json::json!({"client-certificate-data": certificate, "client-key-data": key});
    }))
    .await;
    assert!(
        matches!(
            report.error,
            Some(ClusterError::Unauthorized { .. } | ClusterError::Tls(TlsProblem::ClientCertificate { .. }))
        ),
        "{report:#?}"
    );
}

#[tokio::test]
async fn missing_rights_are_named() {
    let namespace = cluster().namespace("rights").unwrap();
    namespace.run(&["create", "serviceaccount", "poor"]).unwrap();
    namespace
        .run(&[
            "create",
            "rolebinding",
            "poor",
            "--clusterrole=view",
            &format!("--serviceaccount={}:poor", namespace.name),
        ])
        .unwrap();
    let token = namespace.run(&["create", "token", "poor"]).unwrap();
    let report = tried(changed(None, |_, user| *user = serde_json::json!({"token": token.trim()}))).await;
    assert!(report.ok() && !report.impersonates, "{report:#?}");
    assert_eq!(report.user, Some(format!("system:serviceaccount:{}:poor", namespace.name)));
    assert_eq!(step(&report, StepId::Rights).0, Outcome::Warning);
    let texts: Vec<String> = report.missing_rights.iter().map(clusters::connection::MissingRight::text).collect();
    for wanted in [
        "impersonate users",
        "impersonate groups",
        "list nodes",
        "watch pods",
        "create clusterrolebindings.rbac.authorization.k8s.io",
        "update certificatesigningrequests.certificates.k8s.io/approval",
    ] {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
    }
    assert!(report.missing_rights.iter().any(|right| right.purpose == Purpose::Credentials));
    let real =
        Real::with(changed(None, |_, user| *user = serde_json::json!({"token": token.trim()})), IdentityMode::Direct);
    let (user, _) = real.user("gantry:ignored", &["system:masters"]).who().await.unwrap();
    assert_eq!(user, report.user.unwrap(), "direct mode acts as the kubeconfig");
}

/// Answers every connection with a text.
async fn answering(text: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    address.to_string()
}

#[tokio::test]
async fn servers_that_are_no_apiserver() {
    const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n<html>hello>";
    const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found";
    const OTHER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"version\":\"1\"}";
    for (text, status) in [(PAGE, 200), (NOT_FOUND, 404), (OTHER, 200)] {
        let address = answering(text).await;
        let report = tried(changed(Some(&format!("http://{address}")), |_, _| {})).await;
        assert_eq!(step(&report, StepId::Tls).0, Outcome::Warning, "plain HTTP is told");
        let error = step(&report, StepId::Authenticate).1;
        assert!(matches!(error, Some(ClusterError::NotKubernetes { status: s, .. }) if s == status), "{error:?}");
    }
    let address = answering(PAGE).await;
    let report = tried(changed(Some(&format!("https://{address}")), |_, _| {})).await;
    assert_eq!(step(&report, StepId::Tls).1, Some(ClusterError::Tls(TlsProblem::NotTls)));
    const OLD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 24\r\nConnection: close\r\n\r\n{\"gitVersion\":\"v1.16.3\"}";
    let address = answering(OLD).await;
    let report = tried(changed(Some(&format!("http://{address}")), |_, user| *user = serde_json::json!({}))).await;
    assert!(
        matches!(&step(&report, StepId::Version).1, Some(ClusterError::TooOld { version, .. }) if version == "v1.16.3"),
        "{report:#?}"
    );
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
