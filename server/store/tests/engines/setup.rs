//! [4.1] The one-time set-up link.

use store::{StoreError, UniqueKey};
use testkit::TestStore;

use crate::{HOUR, NOW, new_account, raw};

on_both_engines! {
    the_link_makes_the_main_account_and_dies,
    of_many_that_use_the_link_one_wins,
    wrong_and_old_links_are_refused,
    a_failed_set_up_leaves_the_link_alive,
    only_a_hash_of_the_link_is_kept,
}

async fn the_link_makes_the_main_account_and_dies(store: &TestStore) {
    let setup = store.setup();
    let (first, second) = (setup.issue(NOW).await.expect("issue"), setup.issue(NOW).await.expect("issue"));
    for token in [&first, &second] {
        assert!(setup.check(token.expose(), NOW).await.expect("check"));
    }
    let main = setup.complete(first.expose(), &new_account("root"), NOW).await.expect("complete");
    assert_eq!(store.accounts().get(&main.id).await.expect("get"), Some(main));
    for token in [&first, &second] {
        assert!(!setup.check(token.expose(), NOW).await.expect("check"));
        let again = setup.complete(token.expose(), &new_account("root2"), NOW).await;
        assert!(matches!(again, Err(StoreError::Conflict(UniqueKey::MainAccount))), "{again:?}");
    }
    let issued = setup.issue(NOW).await.map(|_| ());
    assert!(matches!(issued, Err(StoreError::Conflict(UniqueKey::MainAccount))), "{issued:?}");
}

async fn of_many_that_use_the_link_one_wins(store: &TestStore) {
    let token = store.setup().issue(NOW).await.expect("issue");
    let races = (0..8).map(|n| {
        let (store, token) = (store::Store::clone(store), token.clone());
        tokio::spawn(
            async move { store.setup().complete(token.expose(), &new_account(&format!("root{n}")), NOW).await },
        )
    });
    let mut won = 0;
    for race in races.collect::<Vec<_>>() {
        match race.await.expect("task") {
            Ok(_) => won += 1,
            Err(StoreError::Conflict(UniqueKey::MainAccount) | StoreError::NotFound(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!((won, store.accounts().list().await.expect("list").len()), (1, 1));
}

async fn wrong_and_old_links_are_refused(store: &TestStore) {
    let setup = store.setup();
    let token = setup.issue(NOW).await.expect("issue");
    let later = NOW + 24 * HOUR;
    for (token, now) in [("", NOW), ("0000", NOW), (token.expose(), later)] {
        assert!(!setup.check(token, now).await.expect("check"));
        let refused = setup.complete(token, &new_account("root"), now).await;
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    }
    assert!(!store.accounts().has_main().await.expect("has_main"));
    assert!(setup.check(token.expose(), later - 1).await.expect("check"));
}

async fn a_failed_set_up_leaves_the_link_alive(store: &TestStore) {
    let token = store.setup().issue(NOW).await.expect("issue");
    let failed = store.setup().complete(token.expose(), &new_account("a\0b"), NOW).await;
    assert!(matches!(failed, Err(StoreError::InvalidText)), "{failed:?}");
    assert!(store.setup().check(token.expose(), NOW).await.expect("check"));
    store.setup().complete(token.expose(), &new_account("root"), NOW).await.expect("second try");
}

async fn only_a_hash_of_the_link_is_kept(store: &TestStore) {
    let token = store.setup().issue(NOW).await.expect("issue");
    let kept = raw::column(store, "SELECT token_hash FROM setup_tokens").await;
    assert_eq!(kept.len(), 1);
    assert_ne!(kept[0], token.expose());
    assert_eq!(token.expose().len(), 64);
}
