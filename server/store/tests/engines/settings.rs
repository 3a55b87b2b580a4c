//! Settings.

use serde_json::json;
use store::StoreError;
use testkit::TestStore;

use crate::NOW;

on_both_engines! {
    values_are_set_replaced_and_deleted,
    a_value_of_another_shape_is_an_error,
}

async fn values_are_set_replaced_and_deleted(store: &TestStore) {
    let settings = store.settings();
    assert_eq!(settings.get::<i64>("limit").await.expect("get"), None);
    settings.set("limit", &1, NOW).await.expect("set");
    settings.set("limit", &2, NOW).await.expect("set");
    settings.set("banner", &json!({ "zh-CN": "维护", "order": [3, 1, 2] }), NOW).await.expect("set");
    assert_eq!(settings.get("limit").await.expect("get"), Some(2));
    let banner: serde_json::Value = settings.get("banner").await.expect("get").expect("set");
    assert_eq!(banner["zh-CN"], "维护");
    assert_eq!(settings.keys().await.expect("keys"), ["banner", "limit"]);
    settings.delete("limit").await.expect("delete");
    settings.delete("limit").await.expect("deleting twice is no error");
    assert_eq!(settings.get::<i64>("limit").await.expect("get"), None);
}

async fn a_value_of_another_shape_is_an_error(store: &TestStore) {
    store.settings().set("limit", "many", NOW).await.expect("set");
    let error = store.settings().get::<i64>("limit").await.expect_err("another shape");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
}
