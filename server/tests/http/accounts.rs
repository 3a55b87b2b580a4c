//! Sub-accounts as the main account and they themselves see them.

use crate::app::{App, PASSWORD, ROOT};
use authz::right::AccountsManage;
use authz::{Authz, ConsoleScope, Grant};
use axum::http::StatusCode;
use model::AccountId;
use model::permission::Role;

/// The main account's right to manage, as the middleware would make it.
async fn manage(app: &App) -> Grant<AccountsManage> {
    let main = app.state.services.store.accounts().get_by_name(ROOT).await.expect("a store").expect("root");
    let who = app.state.services.accounts.who(model::Locale::En, &main.id, "").await.expect("a store").expect("root");
    Authz.require::<AccountsManage>(&who.actor, ConsoleScope).expect("main")
}

async fn id(app: &App, name: &str) -> AccountId {
    let row = app.state.services.store.accounts().get_by_name(name).await.expect("a store").expect("the account");
    AccountId(row.id)
}

/// Create, log in, disable (cannot log in, session ends), enable, delete. [P-29]
#[tokio::test]
async fn a_sub_account_lives_and_dies() {
    let app = App::set_up().await;
    let mut ann = app.sub_account("ann", "read_only").await;
    assert_eq!(ann.get("/profile/password").await.status, StatusCode::OK);
    let (grant, id) = (manage(&app).await, id(&app, "ann").await);
    let accounts = &app.state.services.accounts;

    accounts.disable(&grant, &id).await.expect("disabled");
    assert!(ann.get("/profile/password").await.header("location").starts_with("/login"), "the session has ended");
    let refused = app.browser().sign_in("ann", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(app.browser().sign_in("ann", "wrong password").await.status, StatusCode::UNAUTHORIZED);

    accounts.enable(&grant, &id).await.expect("enabled");
    assert!(ann.get("/profile/password").await.header("location").starts_with("/login"), "it does not come back");
    let mut ann = app.signed_in("ann", PASSWORD).await;

    accounts.delete(&grant, &id).await.expect("deleted");
    assert!(ann.get("/profile/password").await.header("location").starts_with("/login"));
    assert_eq!(app.browser().sign_in("ann", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(accounts.delete(&grant, &id).await.expect_err("gone").status(), 404);
}

/// A new account has no rights until it gets a role; the role counts from the next request on. [P-31]
#[tokio::test]
async fn a_role_counts_from_the_next_request() {
    let app = App::set_up().await;
    let mut ann = app.sub_account("ann", "").await;
    let grant = manage(&app).await;
    let accounts = &app.state.services.accounts;
    let listed = accounts.list(&grant).await.expect("a list");
    assert_eq!(listed.iter().find(|account| account.name == "ann").map(|account| account.role), Some(Role::None));
    assert_eq!(ann.get("/access/accounts/~new").await.status, StatusCode::FORBIDDEN);

    accounts.set_role(&grant, &id(&app, "ann").await, Role::Full).await.expect("a role");
    let account = app.state.services.store.accounts().get_by_name("ann").await.expect("a store").expect("ann");
    let who = accounts.who(model::Locale::En, &account.id, "").await.expect("a store").expect("ann");
    assert!(Authz.allows_somewhere(&who.actor, model::permission::Permission::ClusterWrite));
    // Full access is about clusters, not about accounts.
    assert_eq!(ann.get("/access/accounts/~new").await.status, StatusCode::FORBIDDEN);
}

/// Nothing can be done to the main account by the console. [P-32]
#[tokio::test]
async fn the_main_account_is_protected() {
    let app = App::set_up().await;
    let (grant, id) = (manage(&app).await, id(&app, ROOT).await);
    let accounts = &app.state.services.accounts;
    assert_eq!(accounts.disable(&grant, &id).await.expect_err("main").status(), 422);
    assert_eq!(accounts.delete(&grant, &id).await.expect_err("main").status(), 422);
    assert_eq!(accounts.set_role(&grant, &id, Role::ReadOnly).await.expect_err("main").status(), 422);
    assert_eq!(accounts.reset_password(&grant, &id).await.expect_err("main").status(), 422);
    assert_eq!(app.browser().sign_in(ROOT, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_account_says_what_is_wrong_with_it() {
    let app = App::set_up().await;
    let mut root = app.signed_in(ROOT, PASSWORD).await;
    for (name, password, repeated, status, field) in [
        ("a b", PASSWORD, PASSWORD, 422, "name"),
        ("ROOT", PASSWORD, PASSWORD, 409, "name"),
        ("ann", "short", "short", 422, "password"),
        ("ann", PASSWORD, "other", 422, "repeated"),
    ] {
        let fields = [("name", name), ("role", "full"), ("password", password), ("repeated", repeated)];
        let answer = root.post("/access/accounts/~new", &fields).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
        assert!(answer.body.contains(&format!("data-field={field}")), "{name}: {}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{name}\"")), "the typed name stays: {}", answer.body);
    }
    assert_eq!(manage(&app).await.actor().name, ROOT);
}

/// A password that somebody else has set opens nothing but the page on which it is changed.
#[tokio::test]
async fn a_reset_password_must_be_changed_first() {
    let app = App::set_up().await;
    let mut ann = app.sub_account("ann", "full").await;
    let grant = manage(&app).await;
    let password = app.state.services.accounts.reset_password(&grant, &id(&app, "ann").await).await.expect("reset");
    assert!(ann.get("/profile/password").await.header("location").starts_with("/login"), "its sessions have ended");
    assert_eq!(app.browser().sign_in("ann", PASSWORD).await.status, StatusCode::UNAUTHORIZED);

    let mut ann = app.browser();
    assert!(ann.sign_in("ann", &password).await.leads_to("/profile/password"));
    assert!(
        !Authz.allows_somewhere(
            &app.state
                .services
                .accounts
                .who(model::Locale::En, &id(&app, "ann").await.0, "")
                .await
                .expect("a store")
                .expect("ann")
                .actor,
            model::permission::Permission::ClustersList,
        )
    );
    let same = [("current", password.as_str()), ("password", &password), ("repeated", &password)];
    assert_eq!(ann.post("/profile/password", &same).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("current", password.as_str()), ("password", PASSWORD), ("repeated", PASSWORD)];
    assert!(ann.post("/profile/password", &fields).await.leads_to("/"));
    assert!(app.browser().sign_in("ann", PASSWORD).await.leads_to("/"));
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let app = App::set_up().await;
    let mut here = app.signed_in(ROOT, PASSWORD).await;
    let mut there = app.signed_in(ROOT, PASSWORD).await;
    let new = "another horse battery";
    let wrong = [("current", "not the password"), ("password", new), ("repeated", new)];
    let refused = here.post("/profile/password", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("data-field=current"), "{}", refused.body);
    assert_eq!(there.get("/profile/password").await.status, StatusCode::OK);

    let fields = [("current", PASSWORD), ("password", new), ("repeated", new)];
    assert!(here.post("/profile/password", &fields).await.leads_to("/profile?done=password"));
    assert!(there.get("/profile/password").await.header("location").starts_with("/login"));
    assert_eq!(here.get("/profile/password").await.status, StatusCode::OK);
    assert_eq!(app.browser().sign_in(ROOT, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.browser().sign_in(ROOT, new).await.status, StatusCode::SEE_OTHER);
}

/// Guessing the current password of an open browser has the same limit as signing in.
#[tokio::test]
async fn an_open_browser_is_no_licence_to_guess() {
    let app = App::set_up().await;
    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    let fields =
        [("current", "not the password"), ("password", "another horse battery"), ("repeated", "another horse battery")];
    for _ in 0..5 {
        assert_eq!(browser.post("/profile/password", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let blocked = browser.post("/profile/password", &fields).await;
    assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(blocked.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn other_sessions_end_when_asked() {
    let app = App::set_up().await;
    let mut here = app.signed_in(ROOT, PASSWORD).await;
    let mut there = app.signed_in(ROOT, PASSWORD).await;
    let row = id(&app, ROOT).await;
    let rows = app.state.services.accounts.session_rows();
    // The set-up itself signed in a first browser.
    assert_eq!(rows.of_account(&row.0, store::now()).await.expect("a store").len(), 3);
    assert!(here.post("/profile/sessions/end-others", &[]).await.leads_to("/profile?done=sessions"));
    assert!(there.get("/profile/password").await.header("location").starts_with("/login"));
    assert_eq!(here.get("/profile/password").await.status, StatusCode::OK);
    assert_eq!(rows.of_account(&row.0, store::now()).await.expect("a store").len(), 1);
}

/// Every write has its journal row, and none holds a password.
#[tokio::test]
async fn the_journal_says_who_did_what() {
    let app = App::set_up().await;
    app.sub_account("ann", "none").await;
    let grant = manage(&app).await;
    let ann = id(&app, "ann").await;
    let accounts = &app.state.services.accounts;
    accounts.set_role(&grant, &ann, Role::ReadOnly).await.expect("a role");
    accounts.disable(&grant, &ann).await.expect("disabled");
    let one_time = accounts.reset_password(&grant, &ann).await.expect("a password");
    accounts.delete(&grant, &id(&app, ROOT).await).await.expect_err("main");
    app.browser().sign_in(ROOT, "wrong password").await;
    app.browser().sign_in("a password typed as a name", "x").await;

    let rows = app.state.services.store.journal().list(&store::JournalFilter::default()).await.expect("a journal");
    let seen: Vec<(String, String, &str)> = rows
        .iter()
        .rev()
        .map(|row| (row.entry.verb.clone(), row.entry.name.clone(), row.entry.result.as_str()))
        .collect();
    let seen: Vec<(&str, &str, &str)> =
        seen.iter().map(|(verb, name, result)| (verb.as_str(), name.as_str(), *result)).collect();
    assert_eq!(
        seen,
        [
            ("set-up", "root", "done"),
            ("sign-in", "root", "done"),
            ("create", "ann", "done"),
            ("sign-in", "ann", "done"),
            ("change-password", "ann", "done"),
            ("set-role", "ann", "done"),
            ("disable", "ann", "done"),
            ("reset-password", "ann", "done"),
            ("delete", "root", "refused"),
            ("sign-in", "root", "refused"),
            ("sign-in", "", "refused"),
        ]
    );
    let created = &rows[rows.len() - 3].entry;
    assert_eq!((created.account_name.as_str(), created.address.as_str()), (ROOT, "203.0.113.7"));
    assert_eq!(created.request_id.len(), 32);
    let everything = format!("{rows:?}");
    for secret in [PASSWORD, "First-password-1", one_time.as_str(), "wrong password", "typed as a name"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

/// What somebody tried without the right is in the journal too.
#[tokio::test]
async fn refused_changes_are_in_the_journal() {
    let app = App::set_up().await;
    let mut ann = app.sub_account("ann", "full").await;
    let fields = [("name", "eve"), ("role", "full"), ("password", PASSWORD), ("repeated", PASSWORD)];
    assert_eq!(ann.post("/access/accounts/~new", &fields).await.status, StatusCode::FORBIDDEN);
    let rows = app.state.services.store.journal().list(&store::JournalFilter::default()).await.expect("a journal");
    let newest = &rows[0].entry;
    assert_eq!((newest.account_name.as_str(), newest.kind.as_str()), ("ann", "/access/accounts/~new"));
    assert_eq!(
        (newest.result, newest.message.as_str()),
        (store::JournalResult::Refused, "AuthFailure.UnauthorizedOperation")
    );
}
