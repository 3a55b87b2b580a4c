//! What WebSockets and cross-origin requests must pass, and how long a socket lives.

use crate::answer::{self, Shape};
use crate::config::Config;
use crate::state::AppState;
use axum::extract::{FromRef, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use model::{AppError, Locale};
use services::RequestCx;
use services::accounts::{Ended, SessionLife};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower::{Layer, ServiceExt};
use tower_http::csrf::CsrfLayer;

/// Whether the page that opens a socket is one of ours. Browsers send `Origin` with every socket and leave the rest
/// of the same-origin policy out, so this is the only thing that keeps other sites away. Programs without a browser
/// send none; they have no cookie of a person either.
pub(crate) fn own_origin(config: &Config, request: &Request) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if config.server.public_origin().as_deref() == Some(origin) {
        return true;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme_and_host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((scheme_and_host, host), (Some(ours), Some(host)) if ours.eq_ignore_ascii_case(host))
}

/// Middleware: refuses writes that come from other sites (`Sec-Fetch-Site`, else `Origin` against `Host`).
pub(crate) async fn refuse_cross_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut layer = CsrfLayer::new();
    if let Some(origin) = state.config.server.public_origin() {
        layer = match layer.add_trusted_origin(&origin) {
            Ok(layer) => layer,
            // Checked when the configuration was read.
            Err(_) => CsrfLayer::new(),
        };
    }
    let shape = Shape::of_request(&request);
    let anonymous = RequestCx {
        services: state.services.clone(),
        actor: None,
        locale: crate::cx::browser_locale(request.headers()),
        theme: model::Theme::default(),
        request_id: request.extensions().get::<crate::trace::RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        nonce: request.extensions().get::<crate::headers::Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default(),
        address: String::new(),
        path_and_query: crate::cx::path_and_query(&request),
    };
    let Ok(response) = layer.layer(next).oneshot(request).await;
    if response.extensions().get::<tower_http::csrf::ProtectionError>().is_none() {
        return response;
    }
    let message = i18n::t(anonymous.locale, "access-cross-origin");
    let error = AppError::forbidden("post", "console", None, message).with_code("AuthFailure.CrossOrigin");
    answer::error(&state, &anonymous, shape, error).await
}

/// How long a socket may live: as long as the session that opened it and the server.
#[derive(Clone)]
pub struct Life {
    session: SessionLife,
    stop: CancellationToken,
    locale: Locale,
    /// Held until the socket's task is over.
    _open: TaskTrackerToken,
}

impl Life {
    /// Waits for the end and says why.
    pub async fn ended(&mut self) -> Ended {
        tokio::select! {
            ended = self.session.ended() => ended,
            () = self.stop.cancelled() => Ended::Stopping,
        }
    }

    /// The reason for the person.
    #[must_use]
    pub fn reason(&self, ended: Ended) -> String {
        i18n::t(self.locale, ended.key())
    }
}

impl<S> FromRequestParts<S> for Life
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let state = AppState::from_ref(state);
        let cx = parts.extensions.get::<RequestCx>().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        let actor = cx.actor.as_ref().ok_or(StatusCode::UNAUTHORIZED)?;
        let session = actor.session.as_deref().ok_or(StatusCode::UNAUTHORIZED)?;
        let session = state.services.accounts.watch().watch(session, &actor.id);
        Ok(Self { session, stop: state.stop.clone(), locale: cx.locale, _open: state.sockets.token() })
    }
}
