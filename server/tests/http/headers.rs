//! Headers of every answer, the probes, and who may read the numbers.

use crate::app::{App, PASSWORD, ROOT};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use server::Config;

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = App::set_up().await;
    let mut root = app.signed_in(ROOT, PASSWORD).await;
    let mut visitor = app.browser();
    for answer in [
        visitor.get("/login").await,
        visitor.get("/clusters").await,
        visitor.get("/healthz").await,
        visitor.get("/assets/none.js").await,
        visitor.call("/api/none", &serde_json::json!({})).await,
        root.get("/profile/password").await,
        root.get("/none").await,
    ] {
        let policy = answer.header("content-security-policy").to_owned();
        for part in [
            "'strict-dynamic' 'wasm-unsafe-eval'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            "connect-src 'self'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).expect("script-src");
        assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{scripts}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(answer.header("x-request-id").len(), 32);
        assert!(!answer.headers.contains_key("strict-transport-security"), "plain HTTP");
    }
    assert_eq!(root.get("/profile/password").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn each_answer_has_its_own_nonce_and_id() {
    let app = App::set_up().await;
    let nonce = |policy: &str| policy.split('\'').find(|part| part.starts_with("nonce-")).map(str::to_owned);
    let (one, two) = (app.browser().get("/login").await, app.browser().get("/login").await);
    let [a, b] = [&one, &two].map(|answer| nonce(answer.header("content-security-policy")).expect("a nonce"));
    assert_ne!(a, b);
    assert!(a.len() >= "nonce-".len() + 22, "{a}");
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
    // An id that the visitor sends is not taken.
    let request = Request::get("/login").header("x-request-id", "chosen");
    assert_ne!(app.browser().send(request, Body::empty()).await.header("x-request-id"), "chosen");
}

#[tokio::test]
async fn the_probes_say_whether_requests_can_be_served() {
    let app = App::set_up().await;
    assert_eq!(app.browser().get("/healthz").await.status, StatusCode::OK);
    assert_eq!(app.browser().get("/readyz").await.status, StatusCode::OK);
    app.state.services.store.close().await;
    assert_eq!(app.browser().get("/healthz").await.status, StatusCode::OK);
    assert_eq!(app.browser().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);

    let app = App::set_up().await;
    app.state.stop.cancel();
    assert_eq!(app.browser().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

/// A database that does not answer is told as such; nobody is thrown out or let in.
#[tokio::test]
async fn without_a_database_everything_says_so() {
    let app = App::set_up().await;
    let mut root = app.signed_in(ROOT, PASSWORD).await;
    app.state.services.store.close().await;
    assert_eq!(root.get("/profile/password").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(root.cookie.is_some(), "the session is not forgotten");
    assert_eq!(app.browser().sign_in(ROOT, PASSWORD).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(app.browser().get("/profile/password").await.header("location").starts_with("/login"));
}

#[tokio::test]
async fn the_numbers_are_for_this_machine_or_the_token() {
    let mut config = Config::default();
    config.metrics.token = "a-long-enough-token".to_owned();
    let mut app = App::with(config, Vec::new()).await;
    app.state.metrics = Some(PrometheusBuilder::new().build_recorder().handle());
    let router = server::router(app.state.clone(), server::routes::all());
    let ask = async |address: &str, headers: &[(&str, &str)]| {
        let mut request = Request::get("/metrics");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let peer: std::net::SocketAddr = address.parse().expect("an address");
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        tower::ServiceExt::oneshot(router.clone(), request).await.expect("an answer").status()
    };
    assert_eq!(ask("127.0.0.1:1", &[]).await, StatusCode::OK);
    assert_eq!(ask("[::1]:1", &[]).await, StatusCode::OK);
    assert_eq!(ask("203.0.113.7:1", &[]).await, StatusCode::NOT_FOUND);
    assert_eq!(ask("127.0.0.1:1", &[("x-forwarded-for", "203.0.113.7")]).await, StatusCode::NOT_FOUND);
    assert_eq!(ask("203.0.113.7:1", &[("authorization", "Bearer a-long-enough-token")]).await, StatusCode::OK);
    assert_eq!(ask("203.0.113.7:1", &[("authorization", "Bearer a-long-enough-tokem")]).await, StatusCode::NOT_FOUND);
    assert_eq!(ask("203.0.113.7:1", &[("authorization", "Bearer ")]).await, StatusCode::NOT_FOUND);
}

/// Nothing more can be written: every page says so, what was there stays readable, and nobody is thrown out.
#[tokio::test]
async fn a_full_disk_is_told_and_breaks_nothing() {
    let app = App::limited(Config::default(), Vec::new(), Some(400 * 1024)).await;
    app.make_main().await;
    let mut root = app.signed_in(ROOT, PASSWORD).await;
    let mut full = None;
    for number in 0..5000 {
        let name = format!("account-{number}");
        let fields = [("name", name.as_str()), ("role", "none"), ("password", PASSWORD), ("repeated", PASSWORD)];
        let answer = root.post("/access/accounts/~new", &fields).await;
        if answer.status != StatusCode::SEE_OTHER {
            full = Some((number, answer));
            break;
        }
    }
    let (made, answer) = full.expect("the limit is reached");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert!(answer.body.contains("磁盘已满"), "{}", answer.body);
    assert_eq!(root.get("/profile/password").await.status, StatusCode::OK, "reading goes on");
    assert_eq!(app.browser().get("/login").await.status, StatusCode::OK);
    let check = app.state.services.store.check().await.expect("a check");
    assert_eq!(check.integrity, Vec::<String>::new());
    // Each account that was acknowledged is there, and the one that was refused is not.
    assert_eq!(app.state.services.store.accounts().list().await.expect("a list").len(), made + 1);
}
