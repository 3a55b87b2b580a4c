//! Every route of the table is attacked: by an anonymous visitor, and by an account without rights.

use crate::app::{App, Browser};
use authz::Access;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use model::permission::Permission;
use server::answer::Shape;
use server::{Route, routes};
use std::collections::BTreeSet;

/// Answers without a session. This list may only shrink.
const PUBLIC: [&str; 13] = [
    "GET /assets/{*path}",
    "GET /favicon.svg",
    "GET /healthz",
    "GET /licenses.txt",
    "GET /login",
    "GET /metrics",
    "GET /readyz",
    "GET /robots.txt",
    "GET /setup",
    "POST /login",
    "POST /profile/preference",
    "POST /setup",
    // Signing in again in place.
    "POST SignIn",
];

fn name(route: &Route) -> String {
    let path = if route.path == model::access::SignIn::PATH { "SignIn" } else { &route.path };
    format!("{} {path}", route.method)
}

/// The address with something in every place.
pub fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{cluster}" => "cls-aaaaaaaa",
            "{kind}" => "apps~deployments",
            part if part.starts_with('{') => "x",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn ask(browser: &mut Browser, route: &Route) -> crate::app::Answer {
    let mut request = Request::builder().method(route.method.clone()).uri(filled(&route.path));
    request = match route.shape {
        Shape::Api => request.header(header::CONTENT_TYPE, "application/json"),
        Shape::Socket => request
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        _ => request.header(header::ACCEPT, "text/html"),
    };
    browser.send(request.header("sec-fetch-site", "same-origin"), Body::from("{}")).await
}

#[test]
fn only_the_listed_routes_are_public() {
    let public: BTreeSet<String> =
        routes::all().iter().filter(|route| route.access == Access::Public).map(name).collect();
    let listed: BTreeSet<String> = PUBLIC.into_iter().map(str::to_owned).collect();
    assert_eq!(public, listed);
}

#[test]
fn no_address_stands_twice() {
    let mut seen = BTreeSet::new();
    for route in routes::all() {
        assert!(seen.insert(name(&route)), "{route:?}");
    }
}

#[tokio::test]
async fn an_anonymous_visitor_gets_nowhere() {
    let app = App::set_up().await;
    let mut asked = 0;
    for route in routes::all().iter().filter(|route| route.access != Access::Public) {
        let answer = ask(&mut app.browser(), route).await;
        match route.shape {
            Shape::Page | Shape::Form => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{route:?}");
                assert!(answer.header("location").starts_with("/login"), "{route:?}: {}", answer.header("location"));
            }
            _ => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{route:?}: {}", answer.body);
                assert_eq!(answer.json()["code"], "AuthFailure.Unauthenticated", "{route:?}");
            }
        }
        asked += 1;
    }
    assert!(asked > 5, "the table has routes");
}

/// Neither do unknown addresses and methods tell an anonymous visitor anything.
#[tokio::test]
async fn unknown_addresses_look_like_known_ones() {
    let app = App::set_up().await;
    let mut visitor = app.browser();
    assert!(visitor.get("/no/such/page").await.leads_to("/login?next=%2Fno%2Fsuch%2Fpage"));
    assert_eq!(visitor.call("/api/no/such", &serde_json::json!({})).await.status, StatusCode::UNAUTHORIZED);
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let request = Request::builder().method(method.clone()).uri("/logout").header("accept", "text/html");
        let answer = visitor.send(request, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method}");
    }
    let mut root = app.signed_in(crate::app::ROOT, crate::app::PASSWORD).await;
    assert_eq!(root.get("/no/such/page").await.status, StatusCode::NOT_FOUND);
    let answer = root.call("/api/no/such", &serde_json::json!({})).await;
    assert_eq!((answer.status, answer.json()["code"].clone()), (StatusCode::NOT_FOUND, "ResourceNotFound".into()));
}

/// A new sub-account has no rights: everything but its own account is refused, and clusters do not exist for it. [P-31]
#[tokio::test]
async fn an_account_without_rights_gets_nowhere() {
    let app = App::set_up().await;
    let mut nobody = app.sub_account("nobody", "none").await;
    let mut asked = 0;
    for route in routes::all() {
        let Access::Permission(permission) = route.access else { continue };
        if permission == Permission::OwnAccount {
            continue;
        }
        let answer = ask(&mut nobody, &route).await;
        let hidden =
            matches!(permission, Permission::ClusterRead | Permission::ClusterWrite | Permission::ClusterManage);
        let expected = if hidden { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{route:?}: {}", answer.body);
        if route.shape == Shape::Api && !hidden {
            assert_eq!(answer.json()["code"], "AuthFailure.UnauthorizedOperation", "{route:?}");
        }
        asked += 1;
    }
    assert!(asked >= 2, "the table has routes behind rights");
}

/// The main account passes every gate without any policy. [P-32]
#[tokio::test]
async fn the_main_account_passes_every_gate() {
    let app = App::set_up().await;
    for route in routes::all() {
        let Access::Permission(_) = route.access else { continue };
        if route.path == "/logout" {
            continue;
        }
        let mut root = app.signed_in(crate::app::ROOT, crate::app::PASSWORD).await;
        let answer = ask(&mut root, &route).await;
        assert!(!matches!(answer.status.as_u16(), 401 | 403), "{route:?}: {} {}", answer.status, answer.body);
        assert!(!answer.header("location").starts_with("/login"), "{route:?}");
    }
}
