//! Clusters. Rows C-1, C-2, C-46.

use serde_json::json;
use store::{ClusterPatch, ClusterStatus, IdentityMode, Plaintext, Sealed, SecretError, StoreError, UniqueKey};
use testkit::TestStore;

use crate::{NOW, new_cluster, raw};

on_both_engines! {
    a_cluster_is_read_as_it_was_written,
    names_are_unique_whatever_their_case,
    a_patch_changes_what_it_names,
    the_last_status_outlives_a_restart,
    deleting_takes_everything_and_minds_the_protection,
    a_kubeconfig_is_sealed_and_bound_to_its_cluster,
    in_cluster_has_no_kubeconfig,
}

fn status() -> ClusterStatus {
    ClusterStatus {
        state: "running".to_owned(),
        since: NOW,
        version: Some("v1.34.1".to_owned()),
        node_count: Some(3),
        last_seen_at: Some(NOW + 5),
        message: None,
        capacity: Some(json!({ "cpu": "12", "memory": "48Gi" })),
    }
}

/// [C-2]
async fn a_cluster_is_read_as_it_was_written(store: &TestStore) {
    let new = new_cluster("生产");
    let written = store.clusters().insert(&new, NOW).await.expect("insert");
    let random = written.id.strip_prefix("cls-").expect("cls-");
    assert!(random.len() == 8, "{random}");
    assert!(random.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{random}");
    assert_eq!(
        (&written.name, &written.description, &written.color, &written.badge_text, written.production),
        (&new.name, &new.description, &new.color, &new.badge_text, new.production)
    );
    assert_eq!((written.created_at, written.updated_at, written.status.clone()), (NOW, NOW, None));
    store.clusters().insert(&new_cluster("alpha"), NOW).await.expect("insert");
    let list = store.clusters().list().await.expect("list");
    assert_eq!(list.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["alpha", "生产"]);
    assert_eq!(list[1], written);
}

async fn names_are_unique_whatever_their_case(store: &TestStore) {
    let clusters = store.clusters();
    clusters.insert(&new_cluster("Prod"), NOW).await.expect("insert");
    let other = clusters.insert(&new_cluster("test"), NOW).await.expect("insert");
    let inserted = clusters.insert(&new_cluster("pROD"), NOW).await.map(|_| ());
    let patch = ClusterPatch { name: Some("PROD".to_owned()), ..ClusterPatch::default() };
    let renamed = clusters.update(&other.id, &patch, NOW).await;
    for conflict in [inserted, renamed] {
        assert!(matches!(conflict, Err(StoreError::Conflict(UniqueKey::ClusterName))), "{conflict:?}");
    }
    assert_eq!(clusters.list().await.expect("list").len(), 2);
}

async fn a_patch_changes_what_it_names(store: &TestStore) {
    let clusters = store.clusters();
    let before = clusters.insert(&new_cluster("prod"), NOW).await.expect("insert");
    clusters.update(&before.id, &ClusterPatch::default(), NOW + 1).await.expect("empty patch");
    let mut expected = before.clone();
    expected.updated_at = NOW + 1;
    assert_eq!(clusters.get(&before.id).await.expect("get"), Some(expected.clone()));
    let patch = ClusterPatch {
        name: Some("Prod 2".to_owned()),
        description: Some(String::new()),
        production: Some(false),
        deletion_protection: Some(true),
        identity_mode: Some(IdentityMode::Direct),
        ..ClusterPatch::default()
    };
    clusters.update(&before.id, &patch, NOW + 2).await.expect("patch");
    expected.name = "Prod 2".to_owned();
    expected.description = String::new();
    expected.production = false;
    expected.deletion_protection = true;
    expected.identity_mode = IdentityMode::Direct;
    expected.updated_at = NOW + 2;
    assert_eq!(clusters.get(&before.id).await.expect("get"), Some(expected));
    let missing = clusters.update("cls-00000000", &patch, NOW).await;
    assert!(matches!(missing, Err(StoreError::NotFound("cluster"))), "{missing:?}");
    // The old name is free again, the new one is not.
    clusters.insert(&new_cluster("prod"), NOW).await.expect("the old name");
}

/// [5.3] Last known data after a restart, while the cluster is away.
async fn the_last_status_outlives_a_restart(store: &TestStore) {
    let id = store.clusters().insert(&new_cluster("prod"), NOW).await.expect("insert").id;
    store.clusters().save_status(&id, &status()).await.expect("save");
    let away = ClusterStatus {
        state: "unreachable".to_owned(),
        since: NOW + 9,
        message: Some("dial tcp: no route to host".to_owned()),
        ..status()
    };
    store.clusters().save_status(&id, &away).await.expect("save");
    let again = store.open_again().await;
    let row = again.clusters().get(&id).await.expect("get").expect("found");
    assert_eq!(row.status, Some(away));
    assert_eq!(row.updated_at, NOW, "a probe is no change");
    let unknown = again.clusters().save_status("cls-00000000", &status()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound("cluster"))), "{unknown:?}");
    again.close().await;
}

async fn deleting_takes_everything_and_minds_the_protection(store: &TestStore) {
    let clusters = store.clusters();
    let id = clusters.insert(&new_cluster("prod"), NOW).await.expect("insert").id;
    clusters.save_status(&id, &status()).await.expect("save");
    let protect = |on| ClusterPatch { deletion_protection: Some(on), ..ClusterPatch::default() };
    clusters.update(&id, &protect(true), NOW).await.expect("protect");
    let refused = clusters.delete(&id).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    clusters.update(&id, &protect(false), NOW).await.expect("unprotect");
    clusters.delete(&id).await.expect("delete");
    for table in ["clusters", "cluster_status", "cluster_credentials"] {
        let left = raw::column(store, &format!("SELECT CAST(count(*) AS TEXT) FROM {table}")).await;
        assert_eq!(left, ["0"], "{table}");
    }
    let again = clusters.delete(&id).await;
    assert!(matches!(again, Err(StoreError::NotFound("cluster"))), "{again:?}");
}

async fn a_kubeconfig_is_sealed_and_bound_to_its_cluster(store: &TestStore) {
    let clusters = store.clusters();
    let a = clusters.insert(&new_cluster("a"), NOW).await.expect("insert").id;
    let b = clusters.insert(&new_cluster("b"), NOW).await.expect("insert").id;
    let open = |id: String| async move {
        clusters
            .kubeconfig(&id)
            .await
            .map(|kubeconfig| kubeconfig.as_ref().and_then(Plaintext::expose_str).map(str::to_owned))
    };
    assert_eq!(open(a.clone()).await.expect("open").as_deref(), Some("apiVersion: v1 # a"));
    clusters.save_kubeconfig(&a, &"token: new".into()).await.expect("save");
    assert_eq!(open(a.clone()).await.expect("open").as_deref(), Some("token: new"));
    // Somebody with the database copies one cluster's credential to another's row.
    raw::execute(
        store,
        &format!(
            "UPDATE cluster_credentials SET kubeconfig_sealed = \
             (SELECT kubeconfig_sealed FROM cluster_credentials WHERE cluster_id = '{a}') \
             WHERE cluster_id = '{b}'"
        ),
    )
    .await;
    let moved = open(b).await;
    assert!(matches!(moved, Err(StoreError::Secret(SecretError::Tampered))), "{moved:?}");
    let plain = raw::column(
        store,
        "SELECT CAST(count(*) AS TEXT) FROM cluster_credentials \
         WHERE CAST(kubeconfig_sealed AS TEXT) LIKE '%token%'",
    )
    .await;
    assert_eq!(plain, ["0"]);
    assert!(Sealed::from_bytes(b"token: new".to_vec()).is_err());
}

async fn in_cluster_has_no_kubeconfig(store: &TestStore) {
    let mut new = new_cluster("here");
    new.source = store::ClusterSource::InCluster;
    new.kubeconfig = None;
    let id = store.clusters().insert(&new, NOW).await.expect("insert").id;
    assert!(store.clusters().kubeconfig(&id).await.expect("none").is_none());
}
