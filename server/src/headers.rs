//! Security headers of every answer, with a nonce per request for the scripts of its page.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The nonce of the page's scripts: 128 random bits.
#[derive(Clone, Debug)]
pub(crate) struct Nonce(pub String);

impl Nonce {
    fn new() -> Self {
        Self(STANDARD.encode(rand::random::<[u8; 16]>()))
    }
}

pub(crate) async fn secure(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    let policy = policy(&nonce, socket_sources(request.headers()).as_deref());
    request.extensions_mut().insert(nonce);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if state.config.is_secure() {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    // What is about somebody's clusters stays in no cache; files set their own.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const FIXED: [(&str, &str); 6] = [
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=(self), \
         clipboard-write=(self)",
    ),
];

/// `strict-dynamic` lets the nonced start script load the modules; `wasm-unsafe-eval` compiles the wasm. `style=`
/// attributes carry widths of bars.
fn policy(nonce: &Nonce, sockets: Option<&str>) -> String {
    let nonce = &nonce.0;
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'{}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        sockets.unwrap_or_default()
    )
}

/// Older browsers do not count sockets of the same host as `'self'`. The host is the browser's own word about where
/// it is, so it is only taken when it can be nothing but a host.
fn socket_sources(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(plain)).then(|| format!(" ws://{host} wss://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_host_adds_nothing_to_the_policy() {
        let sources = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).expect("header"));
            socket_sources(&headers)
        };
        assert_eq!(sources("127.0.0.1:8080").as_deref(), Some(" ws://127.0.0.1:8080 wss://127.0.0.1:8080"));
        for forged in ["x; script-src *", "x *", "x,y", "", "x'"] {
            assert_eq!(sources(forged), None, "{forged}");
        }
    }
}
