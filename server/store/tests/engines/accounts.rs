//! Accounts. Rows P-29, P-32.

use std::collections::HashSet;

use store::{AccountKind, AccountLanguage, AccountRole, AccountTheme, StoreError, UniqueKey};
use testkit::TestStore;

use crate::{NOW, new_account, sub};

on_both_engines! {
    an_account_is_read_as_it_was_written,
    of_many_that_race_one_becomes_the_main_account,
    names_are_unique_whatever_their_case,
    uins_have_twelve_digits_and_differ,
    the_main_account_comes_first_in_the_list,
    what_may_change_changes,
    the_main_account_keeps_its_role_and_stays,
    missing_accounts_are_not_found,
    a_password_by_somebody_else_must_be_changed,
    a_rehash_never_brings_an_old_password_back,
}

async fn an_account_is_read_as_it_was_written(store: &TestStore) {
    let written = sub(store, "小明").await;
    assert_eq!(written.kind, AccountKind::Sub);
    assert_eq!(written.display_name, "小明 显示名");
    assert_eq!(written.language, AccountLanguage::ZhCn);
    assert_eq!(written.theme, AccountTheme::System);
    assert_eq!((written.created_at, written.last_login_at), (NOW, None));
    let accounts = store.accounts();
    assert_eq!(accounts.get(&written.id).await.expect("get"), Some(written.clone()));
    assert_eq!(accounts.get_by_name("小明").await.expect("get"), Some(written.clone()));
    let shown = format!("{written:?}");
    assert!(!shown.contains("argon2"), "{shown}");
}

/// [4.1] A second set-up is refused, also one at the same moment.
async fn of_many_that_race_one_becomes_the_main_account(store: &TestStore) {
    assert!(!store.accounts().has_main().await.expect("has_main"));
    let races = (0..8).map(|n| {
        let store = store::Store::clone(store);
        tokio::spawn(async move { store.accounts().create_main(&new_account(&format!("root{n}")), NOW).await })
    });
    let mut made = 0;
    for race in races.collect::<Vec<_>>() {
        match race.await.expect("task") {
            Ok(_) => made += 1,
            Err(StoreError::Conflict(UniqueKey::MainAccount)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(made, 1);
    assert!(store.accounts().has_main().await.expect("has_main"));
}

async fn names_are_unique_whatever_their_case(store: &TestStore) {
    for (first, second) in [("Alice", "aLICE"), ("Жанна", "жАННА"), ("Ärger", "äRGER")] {
        let made = sub(store, first).await;
        let error = store.accounts().create_sub(&new_account(second), NOW).await.expect_err(second);
        assert!(matches!(error, StoreError::Conflict(UniqueKey::AccountName)), "{error:?}");
        let found = store.accounts().get_by_name(second).await.expect("get").expect("found");
        assert_eq!((found.id, found.name.as_str()), (made.id, first));
    }
}

async fn uins_have_twelve_digits_and_differ(store: &TestStore) {
    let mut seen = HashSet::new();
    for n in 0..20 {
        let uin = sub(store, &format!("user{n}")).await.uin;
        assert!(uin.len() == 12 && uin.bytes().all(|digit| digit.is_ascii_digit()), "{uin}");
        assert!(!uin.starts_with('0'), "{uin}");
        assert!(seen.insert(uin));
    }
}

async fn the_main_account_comes_first_in_the_list(store: &TestStore) {
    for name in ["zoe", "Adam"] {
        sub(store, name).await;
    }
    store.accounts().create_main(&new_account("root"), NOW).await.expect("main");
    let names: Vec<_> = store.accounts().list().await.expect("list").into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["root", "Adam", "zoe"]);
}

async fn what_may_change_changes(store: &TestStore) {
    let id = sub(store, "bob").await.id;
    let accounts = store.accounts();
    accounts.set_role(&id, AccountRole::ReadOnly).await.expect("role");
    accounts.set_disabled(&id, true).await.expect("disabled");
    accounts.set_display_name(&id, "Bob B.").await.expect("display name");
    accounts.set_password(&id, "$new", NOW + 1).await.expect("password");
    accounts.set_language(&id, AccountLanguage::En).await.expect("language");
    accounts.set_theme(&id, AccountTheme::Contrast).await.expect("theme");
    accounts.record_login(&id, NOW + 2).await.expect("login");
    let bob = accounts.get(&id).await.expect("get").expect("found");
    assert_eq!(bob.role, AccountRole::ReadOnly);
    assert!(bob.disabled);
    assert_eq!(bob.display_name, "Bob B.");
    assert_eq!((bob.password_hash.as_str(), bob.password_changed_at), ("$new", NOW + 1));
    assert_eq!((bob.language, bob.theme), (AccountLanguage::En, AccountTheme::Contrast));
    assert_eq!(bob.last_login_at, Some(NOW + 2));
    accounts.set_disabled(&id, false).await.expect("enabled");
    assert!(!accounts.get(&id).await.expect("get").expect("found").disabled);
    accounts.delete(&id).await.expect("delete");
    assert_eq!(accounts.get(&id).await.expect("get"), None);
}

/// [P-32] The main account has every right, and there is always one.
async fn the_main_account_keeps_its_role_and_stays(store: &TestStore) {
    let accounts = store.accounts();
    let main = accounts.create_main(&new_account("root"), NOW).await.expect("main");
    for refused in [
        accounts.set_role(&main.id, AccountRole::ReadOnly).await,
        accounts.set_disabled(&main.id, true).await,
        accounts.delete(&main.id).await,
    ] {
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(accounts.get(&main.id).await.expect("get"), Some(main));
}

async fn missing_accounts_are_not_found(store: &TestStore) {
    let accounts = store.accounts();
    for missing in [
        accounts.set_role("none", AccountRole::Full).await,
        accounts.set_disabled("none", true).await,
        accounts.set_display_name("none", "x").await,
        accounts.set_password("none", "x", NOW).await,
        accounts.set_theme("none", AccountTheme::Dark).await,
        accounts.delete("none").await,
    ] {
        assert!(matches!(missing, Err(StoreError::NotFound("account"))), "{missing:?}");
    }
    assert_eq!(accounts.get("none").await.expect("get"), None);
    assert_eq!(accounts.get_by_name("none").await.expect("get"), None);
}

/// [4.3] After a reset the account chooses its own.
async fn a_password_by_somebody_else_must_be_changed(store: &TestStore) {
    let accounts = store.accounts();
    let mut new = new_account("carol");
    new.role = AccountRole::None;
    new.must_change_password = true;
    let carol = accounts.create_sub(&new, NOW).await.expect("create");
    let state = |id: String| async move {
        let account = accounts.get(&id).await.expect("get").expect("found");
        (account.role, account.must_change_password)
    };
    assert_eq!(state(carol.id.clone()).await, (AccountRole::None, true));
    accounts.set_password(&carol.id, "$own", NOW + 1).await.expect("own password");
    assert_eq!(state(carol.id.clone()).await, (AccountRole::None, false));
    accounts.reset_password(&carol.id, "$reset", NOW + 2).await.expect("reset");
    assert_eq!(state(carol.id.clone()).await, (AccountRole::None, true));
}

async fn a_rehash_never_brings_an_old_password_back(store: &TestStore) {
    let accounts = store.accounts();
    let bob = sub(store, "bob").await;
    accounts.rehash(&bob.id, &bob.password_hash, "$stronger").await.expect("rehash");
    let rehashed = accounts.get(&bob.id).await.expect("get").expect("found");
    assert_eq!((rehashed.password_hash.as_str(), rehashed.password_changed_at), ("$stronger", bob.password_changed_at));
    accounts.set_password(&bob.id, "$changed", NOW + 1).await.expect("password");
    accounts.rehash(&bob.id, "$stronger", "$late").await.expect("no error");
    let after = accounts.get(&bob.id).await.expect("get").expect("found");
    assert_eq!(after.password_hash, "$changed");
}
