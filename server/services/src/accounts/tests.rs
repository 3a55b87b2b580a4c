//! What the pages cannot show: durations, and limits that outlive the process. The rest is proved through the router.

use super::*;
use std::time::{Duration, Instant};
use store::{Keyring, SecretKey, StoreConfig};

struct Console {
    store: Store,
    directory: tempfile::TempDir,
}

impl Console {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = open(directory.path()).await;
        Self { store, directory }
    }

    /// As a new process has it.
    async fn restarted(self) -> Self {
        self.store.close().await;
        let store = open(self.directory.path()).await;
        Self { store, ..self }
    }

    fn accounts(&self, hash: HashCost) -> Accounts {
        Accounts::new(self.store.clone(), AccountSettings { hash, ..AccountSettings::default() })
    }
}

async fn open(directory: &std::path::Path) -> Store {
    let keys = Keyring::from(SecretKey::generate().expect("random"));
    let url = format!("sqlite://{}", directory.join("gantry.db").display());
    Store::open(StoreConfig::new(url, keys)).await.expect("a store")
}

const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1 };
const PASSWORD: &str = "correct horse battery";

fn visitor(last: u8) -> Visitor {
    Visitor {
        address: IpAddr::from([198, 51, 100, last]),
        user_agent: "test".to_owned(),
        locale: Locale::En,
        request_id: "r".to_owned(),
    }
}

async fn set_up(accounts: &Accounts) {
    let token = accounts.issue_set_up_token().await.expect("a store").expect("no main account");
    let input = SetUp {
        token,
        name: "root".to_owned(),
        password: PASSWORD.to_owned(),
        repeated: PASSWORD.to_owned(),
        language: Locale::En,
    };
    accounts.set_up(&visitor(1), &input).await.expect("set up");
}

/// The quickest of some attempts, each from another address: what is left is the work itself.
async fn quickest(accounts: &Accounts, name: impl Fn(u8) -> String, from: u8) -> Duration {
    let mut best = Duration::MAX;
    for attempt in from..from + 4 {
        let begin = Instant::now();
        let refused = accounts.sign_in(&visitor(attempt), &name(attempt), "wrong password").await;
        best = best.min(begin.elapsed());
        assert_eq!(refused.expect_err("wrong").code, "AuthFailure.WrongNameOrPassword");
    }
    best
}

/// With the cost of production, an unknown name takes as long as a wrong password.
#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let console = Console::new().await;
    let accounts = console.accounts(HashCost::default());
    set_up(&accounts).await;
    // The first comparison also makes the hash of nobody.
    quickest(&accounts, |attempt| format!("warm-{attempt}"), 10).await;
    let known = quickest(&accounts, |_| "root".to_owned(), 20).await;
    let unknown = quickest(&accounts, |attempt| format!("nobody-{attempt}"), 30).await;
    let ratio = unknown.as_secs_f64() / known.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "unknown {unknown:?}, known {known:?}");
}

/// A restart is no way around the limit, and a success forgets what was counted for the name.
#[tokio::test]
async fn limits_outlive_the_process() {
    let console = Console::new().await;
    let accounts = console.accounts(CHEAP);
    set_up(&accounts).await;
    for attempt in 0..4 {
        accounts.sign_in(&visitor(attempt), "root", "wrong password").await.expect_err("wrong");
    }
    let console = console.restarted().await;
    let accounts = console.accounts(CHEAP);
    accounts.sign_in(&visitor(50), "root", PASSWORD).await.expect("the fifth attempt is free, and right");
    for attempt in 0..5 {
        accounts.sign_in(&visitor(60 + attempt), "root", "wrong password").await.expect_err("wrong");
    }
    let console = console.restarted().await;
    let refused = console.accounts(CHEAP).sign_in(&visitor(70), "root", PASSWORD).await.expect_err("has to wait");
    assert_eq!(refused.status(), 429);
    assert!(refused.message.contains("seconds"), "{}", refused.message);
}

/// A hash of cheaper times is made anew at the next sign-in, without counting as a change of password.
#[tokio::test]
async fn old_hashes_are_made_anew() {
    let console = Console::new().await;
    set_up(&console.accounts(CHEAP)).await;
    let before = console.store.accounts().get_by_name("root").await.expect("a store").expect("root");
    let dearer = HashCost { memory_kib: 128, passes: 1 };
    console.accounts(dearer).sign_in(&visitor(2), "root", PASSWORD).await.expect("signed in");
    let after = console.store.accounts().get_by_name("root").await.expect("a store").expect("root");
    assert!(before.password_hash.contains("m=64,") && after.password_hash.contains("m=128,"));
    assert_eq!(before.password_changed_at, after.password_changed_at);
    assert!(after.last_login_at.is_some());
    console.accounts(dearer).sign_in(&visitor(3), "root", PASSWORD).await.expect("the same password");
}

/// Of a hundred guesses at the same moment no more are compared than one after the other.
#[tokio::test]
async fn guesses_at_the_same_moment_are_all_counted() {
    let console = Console::new().await;
    let accounts = console.accounts(CHEAP);
    set_up(&accounts).await;
    let guesses = (0..100_u8).map(|guess| {
        let accounts = &accounts;
        async move { accounts.sign_in(&visitor(guess), "root", "wrong password").await.expect_err("wrong").status() }
    });
    let statuses = futures::future::join_all(guesses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 95);
}
