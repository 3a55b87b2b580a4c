//! Request id, span, one log line and the numbers of each request.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;

/// Names the answer's request in logs, in the journal and on error pages.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: UUIDv7. One that the browser sends is not taken: ids must not be chosen by whom they trace.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub String);

pub(crate) async fn request(mut request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let method = request.method().clone();
    // The path only: queries hold names that people search for, and the set-up token.
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, %method, path);
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;

    let (elapsed, status) = (started.elapsed(), response.status().as_u16());
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("gantry_http_requests_total", &labels).increment(1);
    metrics::histogram!("gantry_http_request_seconds", "route" => route.clone()).record(elapsed.as_secs_f64());
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| match (status, route.as_str()) {
        (500.., _) => tracing::error!(status, milliseconds, "answered"),
        (_, "/healthz" | "/readyz" | "/metrics" | "/assets/{*path}") => {
            tracing::debug!(status, milliseconds, "answered");
        }
        _ => tracing::info!(status, milliseconds, "answered"),
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
