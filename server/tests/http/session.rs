//! Signing in and out: the cookie, its new id, the limits, the way back.

use crate::app::{App, HOST, PASSWORD, ROOT};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use server::Config;
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_way_to_a_deep_link_leads_through_the_sign_in() {
    let app = App::set_up().await;
    let mut browser = app.browser();
    let asked = browser.get("/profile/password?tab=a%20b").await;
    assert!(asked.leads_to("/login?next=%2Fprofile%2Fpassword%3Ftab%3Da%2520b"), "{}", asked.header("location"));
    let page = browser.get(asked.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("value=\"/profile/password?tab=a%20b\""), "{}", page.body);

    let fields = [("name", ROOT), ("password", "wrong password"), ("next", "/profile/password?tab=a%20b")];
    let refused = browser.post("/login", &fields).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.body.contains("value=\"root\""), "the typed name stays: {}", refused.body);
    assert!(refused.body.contains("value=\"/profile/password?tab=a%20b\""), "{}", refused.body);
    assert!(!refused.body.contains("wrong password"), "the password does not come back");
    assert!(browser.cookie.is_none());

    let fields = [("name", ROOT), ("password", PASSWORD), ("next", "/profile/password?tab=a%20b")];
    assert!(browser.post("/login", &fields).await.leads_to("/profile/password?tab=a%20b"));
    assert_eq!(browser.get("/profile/password").await.status, StatusCode::OK);
    assert!(browser.get("/login?next=/profile").await.leads_to("/profile"), "one who is signed in goes on");
}

#[tokio::test]
async fn the_way_back_stays_in_the_console() {
    let app = App::set_up().await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/login", "/logout"] {
        let fields = [("name", ROOT), ("password", PASSWORD), ("next", next)];
        assert!(app.browser().post("/login", &fields).await.leads_to("/"), "{next}");
    }
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let app = App::set_up().await;
    let answer = app.browser().sign_in(ROOT, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("gantry="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");

    let mut config = Config::default();
    config.server.public_url = "https://gantry.test".to_owned();
    let app = App::with(config, Vec::new()).await;
    app.make_main().await;
    let answer = app.browser().sign_in(ROOT, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-gantry=") && cookie.contains("Secure"), "{cookie}");
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

/// An id that somebody planted before the sign-in is worth nothing afterwards, whether it was made up or real.
#[tokio::test]
async fn signing_in_gives_a_new_id() {
    let app = App::set_up().await;
    let mut planted = app.browser();
    planted.cookie = Some("gantry=AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    let before = planted.clone();
    planted.sign_in(ROOT, PASSWORD).await;
    assert!(planted.cookie.is_some() && planted.cookie != before.cookie);
    assert!(before.clone().get("/profile/password").await.header("location").starts_with("/login"));

    let old = planted.clone();
    planted.sign_in(ROOT, PASSWORD).await;
    assert_ne!(planted.cookie, old.cookie);
    assert!(old.clone().get("/profile/password").await.header("location").starts_with("/login"), "the old id ended");
    assert_eq!(planted.get("/profile/password").await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = App::set_up().await;
    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    let copy = browser.clone();
    assert!(browser.post("/logout", &[]).await.leads_to("/login?done=signed-out"));
    assert!(browser.cookie.is_none(), "the browser forgets the cookie");
    assert!(copy.clone().get("/profile/password").await.header("location").starts_with("/login"));
    assert!(browser.get("/login?done=signed-out").await.body.contains("class=notice"));
}

#[tokio::test]
async fn signing_in_again_in_place_answers_json() {
    let app = App::set_up().await;
    let mut browser = app.browser();
    let path = model::access::SignIn::PATH;
    let refused = browser.call(path, &json!({ "name": ROOT, "password": "wrong" })).await;
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (StatusCode::UNAUTHORIZED, "AuthFailure.WrongNameOrPassword".into())
    );
    assert!(refused.json()["requestId"].is_string() || refused.json()["request_id"].is_string(), "{}", refused.body);
    let done = browser.call(path, &json!({ "name": ROOT, "password": PASSWORD })).await;
    assert!(done.status.is_success(), "{}", done.body);
    assert_eq!(browser.get("/profile/password").await.status, StatusCode::OK);
}

/// A wrong password and an unknown name get the same answer, byte for byte but for the request id and the typed name.
#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_alike() {
    let app = App::set_up().await;
    let path = model::access::SignIn::PATH;
    let mut answers = Vec::new();
    for name in [ROOT, "nobody-at-all"] {
        let answer = app.browser().call(path, &json!({ "name": name, "password": "wrong password" })).await;
        let mut body = answer.json();
        let fields = body.as_object_mut().expect("an object");
        fields.remove("requestId");
        fields.remove("request_id");
        answers.push((answer.status, body, answer.headers.contains_key(header::SET_COOKIE)));
    }
    assert_eq!(answers[0], answers[1]);
}

/// The fifth failure of a name makes it wait, from any address; the right password waits too; another name does not.
#[tokio::test]
async fn guessing_at_a_name_has_to_wait() {
    let app = App::set_up().await;
    for attempt in 1..=5 {
        let mut browser = app.browser();
        browser.address = format!("198.51.100.{attempt}:1").parse().expect("an address");
        assert_eq!(browser.sign_in(ROOT, "wrong password").await.status, StatusCode::UNAUTHORIZED, "{attempt}");
    }
    let blocked = app.browser().sign_in("ROOT ", PASSWORD).await;
    assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = blocked.header("retry-after").parse().expect("seconds");
    assert!((25..=30).contains(&wait), "{wait}");
    assert!(blocked.body.contains(&wait.to_string()), "the page says how long: {}", blocked.body);
    assert_eq!(app.browser().sign_in("somebody-else", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

/// Twenty failures from one address make it wait for every name, and other addresses not.
#[tokio::test]
async fn guessing_from_an_address_has_to_wait() {
    let app = App::set_up().await;
    for attempt in 0..20 {
        let answer = app.browser().sign_in(&format!("name-{attempt}"), "wrong password").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{attempt}");
    }
    assert_eq!(app.browser().sign_in(ROOT, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut elsewhere = app.browser();
    elsewhere.address = "198.51.100.1:1".parse().expect("an address");
    assert_eq!(elsewhere.sign_in(ROOT, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

/// Behind a trusted proxy the nearest address that is no proxy is the person's.
#[tokio::test]
async fn a_trusted_proxy_says_who_asks() {
    let text = "[server]\ntrusted_proxies = [\"203.0.113.0/24\", \"10.0.0.0/8\"]";
    let config = server::config::parse("test", text, std::iter::empty()).expect("a configuration");
    let app = App::with(config, Vec::new()).await;
    app.make_main().await;
    for (forwarded, seen) in [
        ("198.51.100.9", "198.51.100.9"),
        ("192.0.2.1, 198.51.100.9, 10.1.2.3", "198.51.100.9"),
        ("198.51.100.9:4711", "198.51.100.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("198.51.100.9, unknown", "203.0.113.7"),
        ("", "203.0.113.7"),
    ] {
        let request = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-forwarded-for", forwarded);
        let body = crate::app::form(&[("name", ROOT), ("password", PASSWORD)]);
        assert_eq!(app.browser().send(request, Body::from(body)).await.status, StatusCode::SEE_OTHER);
        let filter = store::JournalFilter { limit: 1, ..store::JournalFilter::default() };
        let rows = app.state.services.store.journal().list(&filter).await.expect("a journal");
        assert_eq!(rows[0].entry.address, seen, "{forwarded}");
    }
}

/// `X-Forwarded-For` counts only from a trusted proxy: else everybody could take another address for each guess.
#[tokio::test]
async fn a_forged_forwarded_address_does_not_help() {
    let app = App::set_up().await;
    let mut last = StatusCode::OK;
    for attempt in 0..21 {
        let request = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-forwarded-for", format!("198.51.100.{attempt}"));
        let body = format!("name=n{attempt}&password=wrong");
        last = app.browser().send(request, Body::from(body)).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_session_ends_when_it_was_idle() {
    let idle = Duration::from_millis(300);
    let mut config = Config::default();
    config.sessions.idle = server::config::Span(idle);
    let app = App::with(config, Vec::new()).await;
    app.make_main().await;
    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    assert_eq!(browser.get("/profile/password").await.status, StatusCode::OK);
    // The idle time itself; nothing is waited for.
    tokio::time::sleep(idle + Duration::from_millis(50)).await;
    assert!(browser.get("/profile/password").await.header("location").starts_with("/login"));
}

/// However busy the browser is.
#[tokio::test]
async fn a_session_ends_at_its_age() {
    let age = Duration::from_secs(1);
    let mut config = Config::default();
    (config.sessions.idle, config.sessions.absolute) = (server::config::Span(age), server::config::Span(age));
    let app = App::with(config, Vec::new()).await;
    app.make_main().await;
    let begin = Instant::now();
    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    let mut seen = 0;
    while browser.get("/profile/password").await.status == StatusCode::OK {
        assert!(begin.elapsed() < age * 3, "it lives for ever");
        seen += 1;
    }
    assert!(seen > 0 && begin.elapsed() >= age, "{seen} requests in {:?}", begin.elapsed());
}

/// Another site cannot post to us: neither a current browser (`Sec-Fetch-Site`) nor an old one (`Origin`).
#[tokio::test]
async fn posts_of_other_sites_are_refused() {
    let app = App::set_up().await;
    let cases: [(&[(&str, &str)], bool); 8] = [
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://gantry.test:8080")], false),
        (&[("sec-fetch-site", "same-origin"), ("origin", "http://gantry.test:8080")], true),
        (&[("origin", "http://gantry.test:8080")], true),
        (&[], true),
    ];
    for (headers, passes) in cases {
        let mut request = Request::post("/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = crate::app::form(&[("name", ROOT), ("password", PASSWORD)]);
        let mut browser = app.browser();
        let answer = browser.send(request, Body::from(body)).await;
        let expected = if passes { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{headers:?} to {HOST}: {}", answer.body);
        assert_eq!(browser.cookie.is_some(), passes, "{headers:?}");
        if !passes {
            assert_eq!(answer.json()["code"], "AuthFailure.CrossOrigin");
        }
    }
}

#[tokio::test]
async fn language_comes_from_account_cookie_and_browser() {
    let app = App::set_up().await;
    let page = |request: axum::http::request::Builder| {
        let mut browser = app.browser();
        async move { browser.send(request, Body::empty()).await.body }
    };
    assert!(page(Request::get("/login")).await.contains("lang=zh-CN"));
    assert!(page(Request::get("/login").header("accept-language", "en-GB,zh;q=0.5")).await.contains("lang=en"));
    let with_cookie = Request::get("/login").header("accept-language", "en").header("cookie", "gantry-locale=zh-CN");
    assert!(page(with_cookie).await.contains("lang=zh-CN"));

    let mut browser = app.signed_in(ROOT, PASSWORD).await;
    let fields = [("locale", "en"), ("theme", "dark"), ("return_to", "/profile/password")];
    let answer = browser.post("/profile/preference", &fields).await;
    assert!(answer.leads_to("/profile/password"));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("gantry-locale=en;")), "{cookies:?}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("gantry-theme=dark;")), "{cookies:?}");
    let request = Request::get("/profile/password").header("accept-language", "zh");
    assert!(browser.send(request, Body::empty()).await.body.contains("lang=en"), "the account's choice wins");
    assert!(app.browser().post("/profile/preference", &[("return_to", "//evil.example")]).await.leads_to("/"));
}
