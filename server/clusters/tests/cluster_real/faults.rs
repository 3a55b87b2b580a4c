//! A cluster that is slow, silent, away, or refuses the credential (issue 5.3, traps.md).

use crate::{Real, kind, kubeconfig};
use clusters::{Ask, ClusterError, IdentityMode, ListQuery};
use model::clusters::ClusterState;
use std::time::{Duration, Instant};
use testkit::fault_proxy::{Fault, FaultProxy};

async fn through_proxy() -> (Real, FaultProxy) {
    Real::new().await;
    let proxy = FaultProxy::start(&kubeconfig()).await.unwrap();
    (Real::with(proxy.kubeconfig(), IdentityMode::Impersonate), proxy)
}

#[tokio::test]
async fn a_silent_cluster_costs_a_page_its_budget_and_no_more() {
    let (real, proxy) = through_proxy().await;
    let reader = real.reader().for_page();
    let all = ListQuery::default();
    reader.list(&kind("namespaces"), None, &all).await.unwrap();
    for fault in [Fault::Silence, Fault::Delay(Duration::from_secs(30))] {
        proxy.set(fault);
        let started = Instant::now();
        let (namespaces, ask) = (kind("namespaces"), Ask::new("get", "", "pods").named(Some("x")));
        let (list, allowed) = tokio::join!(reader.list(&namespaces, None, &all), reader.allowed(&ask));
        assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
        assert!(matches!(list, Err(ClusterError::Timeout { .. })), "{list:?}");
        assert!(matches!(allowed, Err(ClusterError::Timeout { .. })), "{allowed:?}");
        proxy.set(Fault::None);
        reader.list(&kind("namespaces"), None, &all).await.expect("it is back");
    }
    proxy.set(Fault::Status(503));
    let away = reader.list(&kind("namespaces"), None, &all).await.unwrap_err();
    assert_eq!(away.status(), Some(503));
    proxy.set(Fault::Cut);
    let cut = reader.list(&kind("namespaces"), None, &all).await.unwrap_err();
    assert!(cut.is_unreachable(), "{cut}");
}

#[tokio::test]
async fn health_tells_since_when_and_recovers_by_itself() {
    let (real, proxy) = through_proxy().await;
    assert_eq!(real.clusters.health(&real.id).unwrap().state, ClusterState::Unknown);
    let probe = || async { real.clusters.probe(&real.id).await.unwrap() };
    let up = probe().await;
    assert_eq!(up.state, ClusterState::Running, "{up:?}");
    assert!(up.version.as_ref().unwrap().starts_with("v1.") && up.nodes.unwrap() >= 1);
    assert_eq!(up.nodes, up.ready_nodes);
    assert!(up.components.iter().any(|part| part.name == "etcd" && part.ok), "{:?}", up.components);
    for (fault, state) in [
        (Fault::Cut, ClusterState::Unreachable),
        (Fault::Status(401), ClusterState::CredentialRefused),
        (Fault::Status(503), ClusterState::Unreachable),
    ] {
        proxy.set(fault);
        let down = probe().await;
        assert_eq!(down.state, state, "{fault:?}: {down:?}");
        assert_eq!((&down.version, down.nodes), (&up.version, up.nodes), "last known, never 0");
        assert!(down.since >= up.since && down.error.is_some());
        let still = probe().await;
        assert_eq!((still.state, still.since), (state, down.since));
        proxy.set(Fault::None);
        let back = probe().await;
        assert_eq!((back.state, back.error.clone()), (ClusterState::Running, None));
        assert!(back.since >= down.since);
    }
}

#[tokio::test]
async fn a_new_credential_heals_without_a_restart() {
    let real = Real::new().await;
    let up = real.clusters.probe(&real.id).await.unwrap();
    assert!(up.certificate_not_after().unwrap() > jiff::Timestamp::now().as_millisecond());
    assert!(up.server_certificate_not_after.is_some());
    let mut config: serde_json::Value = serde_saphyr::from_str(&kubeconfig()).unwrap();
    config["users"][0]["user"] = serde_json::json!({"token": "ended"});
    real.put(config.to_string(), IdentityMode::Impersonate);
    let known = real.clusters.health(&real.id).unwrap();
    assert_eq!(known.nodes, up.nodes, "known before it is asked again");
    let refused = real.clusters.probe(&real.id).await.unwrap();
    assert_eq!(refused.state, ClusterState::CredentialRefused, "{refused:?}");
    assert!(matches!(real.reader().who().await, Err(ClusterError::Unauthorized { .. })));

    let other = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem();
    use base64::Engine as _;
    let other = base64::engine::general_purpose::STANDARD.encode(other);
    let mut config: serde_json::Value = serde_saphyr::from_str(&kubeconfig()).unwrap();
    config["clusters"][0]["cluster"]["certificate-authority-data"] = other.into();
    real.put(config.to_string(), IdentityMode::Impersonate);
    let strange = real.clusters.probe(&real.id).await.unwrap();
    assert_eq!(strange.state, ClusterState::Unreachable);
    assert_eq!(strange.error.as_ref().unwrap().code(), "cluster-error-tls-authority");

    real.put("not a kubeconfig".into(), IdentityMode::Impersonate);
    let words = real.clusters.probe(&real.id).await.unwrap();
    assert_eq!(words.error.as_ref().unwrap().code(), "kubeconfig-error-not-kubeconfig");
    real.put(kubeconfig(), IdentityMode::Impersonate);
    assert_eq!(real.clusters.probe(&real.id).await.unwrap().state, ClusterState::Running);
    real.reader().who().await.unwrap();
    real.clusters.remove(&real.id);
    let caller = clusters::Caller { user: "a".into(), groups: Vec::new() };
    assert_eq!(real.clusters.user(&real.id, &caller).unwrap_err(), ClusterError::UnknownCluster);
}

/// One review for many who ask at once, and for 20 s; a refusal is asked again after 5 s.
#[tokio::test]
async fn reviews_are_asked_once() {
    let (real, proxy) = through_proxy().await;
    let reviews = || proxy.count("selfsubjectaccessreviews");
    let ask = Ask::of("list", &kind("pods"));
    let users: Vec<_> = (0..50).map(|_| real.reader()).collect();
    let answers = futures::future::join_all(users.iter().map(|user| user.allowed(&ask))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().allowed));
    assert_eq!(reviews(), 1);
    real.user("gantry:other", &[]).allowed(&ask).await.unwrap();
    assert_eq!(reviews(), 2, "another person is another question");
    real.user("gantry:rea", &["gantry:full-access"]).allowed(&ask).await.unwrap();
    assert_eq!(reviews(), 3, "so is the same one in another group");
    proxy.set(Fault::Status(503));
    let secret = Ask::of("get", &kind("secrets"));
    assert!(real.reader().allowed(&secret).await.is_err());
    proxy.set(Fault::None);
    assert!(!real.reader().allowed(&secret).await.unwrap().allowed, "a failed question is no answer");
}
