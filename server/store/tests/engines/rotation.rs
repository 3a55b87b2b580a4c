//! [3.2] Changing the secret key.

use store::{Keyring, SecretError, SecretKey, Store, StoreError};
use testkit::TestStore;

use crate::{NOW, new_cluster, raw};

on_both_engines! {
    rotation_reseals_everything_and_the_old_key_may_go,
    a_value_that_does_not_open_stops_the_rotation,
    a_missing_key_is_named,
}

async fn kubeconfig(store: &Store, id: &str) -> Result<String, StoreError> {
    let opened = store.clusters().kubeconfig(id).await?.expect("there is one");
    Ok(opened.expose_str().expect("text").to_owned())
}

async fn rotation_reseals_everything_and_the_old_key_may_go(store: &TestStore) {
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(store.clusters().insert(&new_cluster(&format!("c{n}")), NOW).await.expect("insert").id);
    }
    let path = store.directory().join("secret.key");
    store.config().keys.write(&path).expect("write");
    let new = SecretKey::generate().expect("key");
    let ring = store.config().keys.with_primary(new.clone());
    ring.write(&path).expect("write");
    assert_eq!(store.rotate(new.clone()).await.expect("rotate"), 5);
    assert_eq!(store.sealed_key_ids().await.expect("ids"), [new.id()]);
    assert_eq!(store.rotate(new).await.expect("again"), 0, "nothing is left to do");
    ring.primary_only().write(&path).expect("write");

    let mut config = store.config().clone();
    config.keys = Keyring::load(&path).expect("load");
    assert_eq!(config.keys.ids().len(), 1);
    let again = Store::open(config).await.expect("open");
    for (n, id) in ids.iter().enumerate() {
        let expected = format!("apiVersion: v1 # c{n}");
        assert_eq!(kubeconfig(&again, id).await.expect("open"), expected);
        assert_eq!(kubeconfig(store, id).await.expect("open"), expected);
    }
    again.close().await;
}

async fn a_value_that_does_not_open_stops_the_rotation(store: &TestStore) {
    let good = store.clusters().insert(&new_cluster("good"), NOW).await.expect("insert").id;
    let bad = store.clusters().insert(&new_cluster("bad"), NOW).await.expect("insert").id;
    raw::execute(
        store,
        &format!(
            "UPDATE cluster_credentials SET kubeconfig_sealed = \
             (SELECT kubeconfig_sealed FROM cluster_credentials WHERE cluster_id = '{good}') \
             WHERE cluster_id = '{bad}'"
        ),
    )
    .await;
    let old = store.config().keys.primary_id();
    let refused = store.rotate(SecretKey::generate().expect("key")).await;
    assert!(matches!(refused, Err(StoreError::Secret(SecretError::Tampered))), "{refused:?}");
    assert_eq!(store.sealed_key_ids().await.expect("ids"), [old], "all or nothing");
    assert_eq!(kubeconfig(store, &good).await.expect("open"), "apiVersion: v1 # good");
    store.clusters().insert(&new_cluster("later"), NOW).await.expect("insert");
    assert_eq!(store.sealed_key_ids().await.expect("ids"), [old], "new values get the key that stays");
}

async fn a_missing_key_is_named(store: &TestStore) {
    let id = store.clusters().insert(&new_cluster("c"), NOW).await.expect("insert").id;
    let mut config = store.config().clone();
    config.keys = SecretKey::generate().expect("key").into();
    let other = Store::open(config).await.expect("open");
    let sealed_with = store.config().keys.primary_id();
    let refused = kubeconfig(&other, &id).await;
    assert!(
        matches!(refused, Err(StoreError::Secret(SecretError::UnknownKey(key))) if key == sealed_with),
        "{refused:?}"
    );
    assert_eq!(other.missing_key_ids().await.expect("missing"), [sealed_with]);
    assert!(store.missing_key_ids().await.expect("missing").is_empty());
    other.close().await;
}
