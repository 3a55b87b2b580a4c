//! A person's own kubeconfig.

use crate::{Real, kubeconfig};
use clusters::kubeconfig::Credential;
use clusters::{Caller, ClusterError, IdentityMode};
use std::time::Duration;
use testcluster::fixture::cluster;

/// [C-58] Two accounts get two identities, and kubectl works with each.
#[tokio::test]
async fn the_cluster_signs_a_credential_for_each_person() {
    let real = Real::new().await;
    for (name, group, may_delete) in
        [("gantry:ann", "gantry:full-access", "yes"), ("gantry:张伟", "gantry:read-only", "no")]
    {
        let caller = Caller { user: name.into(), groups: vec![group.into(), "team:x".into()] };
        let issued = real.clusters.issue(&real.id, &caller, Duration::from_secs(3600)).await.unwrap();
        let left = issued.not_after - jiff::Timestamp::now().as_millisecond();
        assert!((3_000_000..=3_700_000).contains(&left), "{left} ms");
        assert!(!format!("{issued:?}").contains("PRIVATE KEY"));

        let text = issued.kubeconfig("生产 1");
        let contexts = clusters::kubeconfig::read(&text).unwrap();
        assert_eq!((contexts[0].refused.clone(), contexts[0].credential), (None, Credential::Certificate));
        assert_eq!(contexts[0].name, format!("{name}@生产 1"));
        let as_person = Real::with(text.clone(), IdentityMode::Direct);
        let (user, groups) = as_person.admin().who().await.unwrap();
        assert_eq!(user, name);
        assert!(groups.iter().any(|g| g == group) && groups.iter().any(|g| g == "team:x"), "{groups:?}");

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let kubectl = |args: &[&str]| {
            let mut command = std::process::Command::new(cluster().kubectl().get_program());
            let output = command.arg("--kubeconfig").arg(file.path()).args(args).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        assert_eq!(kubectl(&["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"]), name);
        assert_eq!(kubectl(&["auth", "can-i", "delete", "pods"]), may_delete);
        assert!(kubectl(&["get", "nodes", "-o", "name"]).contains("node/"));
    }
    let left = cluster()
        .kubectl()
        .args(["get", "csr", "-l", "app.kubernetes.io/managed-by=gantry", "-o", "name"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout).trim(), "", "requests are cleaned up");
}

#[tokio::test]
async fn without_impersonation_there_is_no_credential_of_ones_own() {
    let real = Real::with(kubeconfig(), IdentityMode::Direct);
    let caller = Caller { user: "gantry:ann".into(), groups: Vec::new() };
    let refused = real.clusters.issue(&real.id, &caller, Duration::from_secs(3600)).await;
    assert_eq!(refused.unwrap_err(), ClusterError::Unsupported);
}

#[tokio::test]
async fn the_consoles_roles_are_made_once() {
    let real = Real::new().await;
    let again = real.clusters.ensure_roles(&real.id).await.unwrap();
    assert!(again.iter().all(|made| made.effect == clusters::rbac::Effect::Unchanged), "{again:?}");
    assert_eq!(real.clusters.review_roles(&real.id).await.unwrap(), again);
    let names: Vec<_> = again.iter().map(|made| format!("{}/{}", made.kind, made.name)).collect();
    assert_eq!(
        names,
        [
            "ClusterRole/gantry:read-only",
            "ClusterRoleBinding/gantry:full-access",
            "ClusterRoleBinding/gantry:read-only",
            "ClusterRoleBinding/gantry:read-only:view"
        ]
    );
}

/// Client certificates of every key kind are taken by the cluster itself.
#[tokio::test]
async fn client_certificates_of_every_key_kind_authenticate() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |args: &str| {
        let mut command = std::process::Command::new("openssl");
        let output = command.args(args.split(' ')).current_dir(folder.path()).output();
        let output = output.expect("this test needs the program openssl (Debian package openssl)");
        assert!(output.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let real = Real::new().await;
    let requests = clusters::Resource::new(
        "certificates.k8s.io",
        "v1",
        "certificatesigningrequests",
        "CertificateSigningRequest",
        false,
    );
    let encode = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    for (kind, make) in [
        ("ec-sec1", "ecparam -name prime256v1 -genkey"),
        ("ec-p384", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"),
        ("rsa-pkcs8", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
        ("rsa-pkcs1", "rsa -in key -traditional"),
        ("ed25519", "genpkey -algorithm ED25519"),
    ] {
        let key = openssl(make);
        std::fs::write(folder.path().join("key"), &key).unwrap();
        let request = openssl("req -new -key key -subj /CN=gantry:keys");
        let name = format!("gantry-test-{kind}-{}", std::process::id());
        let object = serde_json::json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": name}, "spec": {"request": encode(&request), "signerName": clusters::credential::SIGNER,
            "usages": ["client auth"], "expirationSeconds": 600}});
        let admin = real.admin();
        let write = |action| clusters::Write::new(requests.clone(), None, &name, action);
        admin.write(&write(clusters::Action::Create { object }), false).await.unwrap();
        let approve = cluster().kubectl().args(["certificate", "approve", &name]).output().unwrap();
        assert!(approve.status.success(), "{}", String::from_utf8_lossy(&approve.stderr));
        let signed = cluster()
            .kubectl()
            .args(["wait", "--for=jsonpath={.status.certificate}", &format!("csr/{name}"), "--timeout=30s"])
            .output()
            .unwrap();
        assert!(signed.status.success(), "{kind}: {}", String::from_utf8_lossy(&signed.stderr));
        let signed = admin.get(&requests, None, &name).await.unwrap();
        let delete = clusters::Action::Delete { propagation: Default::default(), force: false };
        admin.write(&write(delete), false).await.unwrap();

        let mut config: serde_json::Value = serde_saphyr::from_str(&kubeconfig()).unwrap();
        config["users"][0]["user"] = serde_json::json!({
            "client-certificate-data": signed["status"]["certificate"], "client-key-data": encode(&key)});
        let contexts = clusters::kubeconfig::read(&config.to_string()).unwrap();
        assert_eq!(contexts[0].refused, None, "{kind}");
        let direct = Real::with(contexts[0].single.clone(), IdentityMode::Direct);
        assert_eq!(direct.admin().who().await.unwrap().0, "gantry:keys", "{kind}");
    }
}
