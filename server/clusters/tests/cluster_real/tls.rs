//! Servers with certificates of their own making.

use clusters::connection::{Outcome, Report, StepId, test};
use clusters::{ClusterError, Source, TlsProblem};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves TLS with a self-signed certificate; the kubeconfig trusts exactly that one.
async fn tried(change: impl FnOnce(&mut CertificateParams)) -> Report {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned(), "kube.test".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    use base64::Engine as _;
    let authority = base64::engine::general_purpose::STANDARD.encode(certificate.pem());
    let text = serde_json::json!({
        "clusters": [{"name": "c", "cluster": {"server": format!("https://{address}"), "certificate-authority-data": authority}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    });
    let report = test(&Source::Kubeconfig { text: text.to_string() }, Duration::from_secs(6)).await;
    server.abort();
    report
}

fn tls(report: &Report) -> (Outcome, Option<ClusterError>) {
    let step = report.steps.iter().find(|step| step.id == StepId::Tls).unwrap();
    (step.outcome, step.error.clone())
}

/// Go trusts a certificate that stands in the bundle itself, authority or not; so do we.
#[tokio::test]
async fn a_self_signed_server_in_its_own_bundle_is_trusted() {
    for authority in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let shown = format!("{authority:?}");
        let report = tried(|params| params.is_ca = authority).await;
        assert_eq!(tls(&report), (Outcome::Passed, None), "{shown}: {report:#?}");
        assert_eq!(report.certificate.unwrap().names, ["127.0.0.1", "kube.test"]);
    }
}

#[tokio::test]
async fn a_pinned_certificate_must_still_fit() {
    for authority in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let report = tried(|params| {
            params.is_ca = authority;
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        })
        .await;
        let wanted = ClusterError::Tls(TlsProblem::Expired { not_after: Some(1_577_836_800_000) });
        assert_eq!(tls(&report), (Outcome::Failed, Some(wanted)));
        let report = tried(|params| {
            params.is_ca = authority;
            params.subject_alt_names.remove(0);
        })
        .await;
        let wanted = TlsProblem::WrongName { wanted: "127.0.0.1".into(), names: vec!["kube.test".into()] };
        assert_eq!(tls(&report).1, Some(ClusterError::Tls(wanted)));
    }
}
