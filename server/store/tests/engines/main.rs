//! The repositories on both engines: every test of `on_both_engines!` runs once on SQLite and once on
//! PostgreSQL. One binary, so that one PostgreSQL server is started for all.

use store::{AccountLanguage, AccountRole, ClusterSource, IdentityMode, NewAccount, NewCluster};
use testkit::TestStore;

/// Runs each named `async fn(&TestStore)` of the module on both engines.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(&testkit::TestStore::sqlite().await).await; }
        )* }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(&testkit::TestStore::postgres().await).await; }
        )* }
    };
}

mod accounts;
mod backup;
mod clusters;
mod durability;
mod faults;
mod journal;
mod login_limits;
mod operations;
mod raw;
mod rotation;
mod schema;
mod sessions;
mod settings;
mod setup;

/// A moment to count from; tests own the clock.
const NOW: i64 = 1_800_000_000_000;
const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;

fn new_account(name: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        display_name: format!("{name} 显示名"),
        role: AccountRole::Full,
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
        must_change_password: false,
        language: AccountLanguage::ZhCn,
    }
}

fn new_cluster(name: &str) -> NewCluster {
    NewCluster {
        name: name.to_owned(),
        description: "生产集群".to_owned(),
        color: "blue".to_owned(),
        badge_text: "PROD".to_owned(),
        production: true,
        source: ClusterSource::Kubeconfig,
        context_name: "admin@prod".to_owned(),
        server_url: "https://192.0.2.1:6443".to_owned(),
        default_namespace: "default".to_owned(),
        deletion_protection: false,
        identity_mode: IdentityMode::Impersonate,
        imported_by: "account-1".to_owned(),
        kubeconfig: Some(format!("apiVersion: v1 # {name}").into()),
    }
}

async fn sub(store: &TestStore, name: &str) -> store::Account {
    store.accounts().create_sub(&new_account(name), NOW).await.expect("a new sub-account")
}
