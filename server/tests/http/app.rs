//! A console on an empty database, and browsers that look at it.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::links::encode;
use serde_json::Value;
use server::renderer::PlainPages;
use server::{AppState, Config, Route, router, routes, wiring};
use std::net::SocketAddr;
use std::sync::Arc;
use store::Store;
use tower::ServiceExt;

pub const HOST: &str = "gantry.test:8080";
pub const ROOT: &str = "root";
pub const PASSWORD: &str = "correct horse battery";

pub struct App {
    pub state: AppState,
    router: Router,
    _directory: tempfile::TempDir,
}

impl App {
    /// Nobody has set it up.
    pub async fn empty() -> Self {
        Self::with(Config::default(), Vec::new()).await
    }

    /// With a main account.
    pub async fn set_up() -> Self {
        let app = Self::empty().await;
        app.make_main().await;
        app
    }

    pub async fn with(config: Config, extra: Vec<Route>) -> Self {
        Self::limited(config, extra, None).await
    }

    /// With a database that may not grow beyond so many bytes.
    pub async fn limited(mut config: Config, extra: Vec<Route>, max_bytes: Option<u64>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        config.server.data_dir = directory.path().to_owned();
        // Cheap: what a hash costs by default is tested where it is made.
        (config.login.hash_memory_kib, config.login.hash_passes) = (64, 1);
        let mut store = wiring::store_config(&config).expect("a key");
        store.max_bytes = max_bytes;
        let store = Store::open(store).await.expect("a store");
        let services = wiring::services(&config, store);
        let state = AppState::new(config, services, Arc::new(PlainPages));
        let mut table = routes::all();
        table.extend(extra);
        let router = router(state.clone(), table);
        Self { state, router, _directory: directory }
    }

    pub async fn make_main(&self) {
        let token = self.setup_token().await;
        let mut browser = self.browser();
        let fields = [("token", token.as_str()), ("name", ROOT), ("password", PASSWORD), ("repeated", PASSWORD)];
        let answer = browser.post("/setup", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    pub async fn setup_token(&self) -> String {
        self.state.services.accounts.issue_set_up_token().await.expect("a store").expect("no main account")
    }

    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: None, address: "203.0.113.7:50000".parse().expect("an address") }
    }

    pub async fn signed_in(&self, name: &str, password: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(name, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// A sub-account with this role, past its first change of password.
    pub async fn sub_account(&self, name: &str, role: &str) -> Browser {
        let mut root = self.signed_in(ROOT, PASSWORD).await;
        let first = "First-password-1";
        let fields = [("name", name), ("role", role), ("password", first), ("repeated", first)];
        let made = root.post("/access/accounts/~new", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let mut browser = self.signed_in(name, first).await;
        let fields = [("current", first), ("password", PASSWORD), ("repeated", PASSWORD)];
        let changed = browser.post("/profile/password", &fields).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        browser
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }
}

/// Keeps the session cookie, as a browser does.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookie: Option<String>,
    pub address: SocketAddr,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn leads_to(&self, path: &str) -> bool {
        self.status == StatusCode::SEE_OTHER && self.header("location") == path
    }
}

pub fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(form(fields))).await
    }

    pub async fn call(&mut self, path: &str, value: &Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(value.to_string())).await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)]).await
    }

    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let mut request = request.header(header::HOST, HOST);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for value in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(value.to_str().expect("a cookie"));
        }
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        if !pair.starts_with("gantry=") && !pair.starts_with("__Host-gantry=") {
            return;
        }
        self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
    }
}
