//! How results leave the server: JSON for programs and islands, pages for people.

use crate::state::AppState;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use model::{AppError, ErrorKind, links};
use services::RequestCx;

/// Who reads the answer of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A person: HTML; without a session the way goes to the sign-in page and back.
    Page,
    /// A person's browser that posts a form: HTML or a redirect.
    Form,
    /// An island or a program: JSON.
    Api,
    /// A WebSocket.
    Socket,
    /// A file or a probe: no session is looked at.
    Plain,
}

impl Shape {
    /// For requests that no route has taken.
    pub(crate) fn of_request(request: &Request) -> Self {
        let headers = request.headers();
        let wants_html = headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
        if headers.contains_key(header::UPGRADE) {
            Self::Socket
        } else if request.uri().path().starts_with("/api/") || !wants_html {
            Self::Api
        } else if request.method() == Method::GET {
            Self::Page
        } else {
            Self::Form
        }
    }
}

/// Turns an error into its answer: status, request id, `Retry-After`; JSON or the error page. Logs and counts it.
pub async fn error(state: &AppState, cx: &RequestCx, shape: Shape, mut error: AppError) -> Response {
    error.request_id.get_or_insert_with(|| cx.request_id.clone());
    metrics::counter!("gantry_errors_total", "code" => error.code.clone()).increment(1);
    match error.status() {
        500.. => tracing::error!(%error, detail = error.detail, "failed"),
        _ => tracing::debug!(%error, detail = error.detail, "refused"),
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match shape {
        Shape::Page | Shape::Form => state.pages.error(cx, &error).await,
        Shape::Api | Shape::Socket | Shape::Plain => Json(&error).into_response(),
    };
    *response.status_mut() = status;
    if let ErrorKind::TooMany { retry_after_seconds } = error.kind {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
    }
    response
}

/// JSON of a result.
pub async fn json<T: serde::Serialize>(state: &AppState, cx: &RequestCx, result: Result<T, AppError>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(failed) => error(state, cx, Shape::Api, failed).await,
    }
}

/// A page of a result.
pub async fn page(state: &AppState, cx: &RequestCx, result: Result<Response, AppError>) -> Response {
    match result {
        Ok(response) => response,
        Err(failed) => error(state, cx, Shape::Page, failed).await,
    }
}

/// The way to the sign-in page and back.
pub(crate) fn sign_in_first(next: &str) -> Response {
    let next = safe_next(next);
    if next == "/" {
        return Redirect::to(links::LOGIN).into_response();
    }
    Redirect::to(&format!("{}?next={}", links::LOGIN, links::encode(next))).into_response()
}

/// Where to go after sign-in: a path of this console, but not back to the forms.
#[must_use]
pub fn safe_next(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    if matches!(path, "/login" | "/logout" | "/setup") { "/" } else { own_path(next) }
}

/// A path of this console; anything else is the start page. `//host` and `/\host` are other sites to a browser.
pub(crate) fn own_path(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.len() <= 2048
        && path.bytes().all(|b| (0x21..0x7f).contains(&b));
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn next_stays_in_the_console() {
        for own in ["/", "/clusters", "/clusters/cls-7k2m9xqd/apps~deployments?ns=a&q=%20x", "/a?u=https://x//y"] {
            assert_eq!(safe_next(own), own);
        }
        for foreign in [
            "",
            "clusters",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/login",
            "/login?next=/login",
            "/logout",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/\t/evil.example",
            "/名字",
        ] {
            assert_eq!(safe_next(foreign), "/", "{foreign:?}");
        }
    }
}
