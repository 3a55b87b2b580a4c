//! The first start by the one-time link.

use crate::app::{App, PASSWORD, ROOT};
use axum::http::StatusCode;

#[tokio::test]
async fn the_link_makes_the_main_account_once() {
    let app = App::empty().await;
    assert!(app.browser().get("/login").await.body.contains("class=notice"), "the page says that set-up comes first");
    let token = app.setup_token().await;
    let mut browser = app.browser();
    let page = browser.get(&format!("/setup?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&token), "{}", page.body);

    // A weak password says so beside the field, keeps the name and leaves the link alive.
    let fields = |password: &'static str, repeated: &'static str| {
        [
            ("token", token.clone()),
            ("name", ROOT.to_owned()),
            ("password", password.to_owned()),
            ("repeated", repeated.to_owned()),
        ]
    };
    for (password, repeated, field) in [
        ("short", "short", "password"),
        ("Password123!", "Password123!", "password"),
        ("my Root password", "my Root password", "password"),
        (PASSWORD, "something else", "repeated"),
    ] {
        let fields = fields(password, repeated);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = browser.post("/setup", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(refused.body.contains(&format!("data-field={field}")), "{password}: {}", refused.body);
        assert!(refused.body.contains("value=\"root\""), "{}", refused.body);
        assert!(!refused.body.contains(password), "the password does not come back");
    }
    let fields = fields(PASSWORD, PASSWORD);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(browser.post("/setup", &fields).await.leads_to("/"));
    assert_eq!(browser.get("/profile/password").await.status, StatusCode::OK, "one is signed in at once");

    // The link is dead, and so is any other: a second set-up is refused.
    let again = app.browser().get(&format!("/setup?token={token}")).await;
    assert!(again.leads_to("/login?done=setup"), "{}", again.body);
    let refused = app.browser().post("/setup", &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(app.state.services.accounts.issue_set_up_token().await.expect("a store").is_none());
}

#[tokio::test]
async fn an_unknown_link_opens_nothing() {
    let app = App::empty().await;
    app.setup_token().await;
    for token in ["", "x", &"0".repeat(64)] {
        let page = app.browser().get(&format!("/setup?token={token}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{token}");
        assert!(!page.body.contains("<input"), "no form: {}", page.body);
        let fields = [("token", token), ("name", ROOT), ("password", PASSWORD), ("repeated", PASSWORD)];
        assert_eq!(app.browser().post("/setup", &fields).await.status, StatusCode::NOT_FOUND, "{token}");
    }
    assert!(!app.state.services.accounts.is_set_up().await.expect("a store"));
}

#[tokio::test]
async fn the_chosen_language_is_the_accounts() {
    let app = App::empty().await;
    let token = app.setup_token().await;
    let mut browser = app.browser();
    let fields =
        [("token", token.as_str()), ("name", ROOT), ("password", PASSWORD), ("repeated", PASSWORD), ("language", "en")];
    assert!(browser.post("/setup", &fields).await.leads_to("/"));
    assert!(browser.get("/profile/password").await.body.contains("lang=en"));
}
