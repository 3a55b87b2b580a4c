//! Probes and numbers for those who operate the server.

use crate::state::AppState;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::time::Duration;

/// `/healthz`: the process answers.
pub(crate) async fn live() -> &'static str {
    "ok"
}

/// `/readyz`: the database answers within two seconds, and no stop is under way.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    if state.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match tokio::time::timeout(Duration::from_secs(2), state.services.store.ping()).await {
        Ok(Ok(())) => "ok".into_response(),
        // The reason goes to the log: this address is open to everybody.
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "database").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database").into_response(),
    }
}

/// `/metrics`: for this machine, or with the configured token. To others it does not exist.
pub(crate) async fn metrics(State(state): State<AppState>, request: Request) -> Response {
    let Some(handle) = state.metrics.as_ref().filter(|_| may_read(&state, &request)) else {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    };
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, handle.render()).into_response()
}

fn may_read(state: &AppState, request: &Request) -> bool {
    let headers = request.headers();
    let token = &state.config.metrics.token;
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(given) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        return !token.is_empty() && same(given.as_bytes(), token.as_bytes());
    }
    // A proxy on this machine is local too, but those behind it are not.
    let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    !forwarded && peer.is_some_and(|peer| peer.is_loopback())
}

/// Compares without telling by its duration where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
