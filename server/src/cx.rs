//! Makes the [`RequestCx`] of a request: who asks, in which language, from where.

use crate::answer::{self, Shape};
use crate::config::Config;
use crate::headers::Nonce;
use crate::state::AppState;
use crate::trace::RequestId;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use model::{Locale, Theme};
use services::RequestCx;
use services::accounts::{Visitor, Who};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use store::{SessionRows, session_keys};
use tower_sessions::Session;

/// Keeps the language of somebody who is not signed in.
pub const LOCALE_COOKIE: &str = "gantry-locale";
/// The same for the theme.
pub const THEME_COOKIE: &str = "gantry-theme";

/// Extractor of the request's context.
#[derive(Clone)]
pub struct Cx(pub RequestCx);

impl<S: Send + Sync> FromRequestParts<S> for Cx {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // The middleware stands before every route that has a context; a route outside it is a mistake in the router.
        parts.extensions.get::<RequestCx>().cloned().map(Self).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Extractor of somebody before sign-in.
#[derive(Clone)]
pub(crate) struct Caller(pub Visitor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Visitor>().cloned().map(Self).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Middleware: session → account → context. A database that does not answer is an error, not a sign-out.
pub(crate) async fn provide(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let address = address(&state.config, &request);
    let locale = browser_locale(headers);
    let theme = cookie(headers, THEME_COOKIE).and_then(Theme::from_name).unwrap_or_default();
    let user_agent: String = text(headers, header::USER_AGENT).unwrap_or_default().chars().take(256).collect();
    let extensions = request.extensions();
    let request_id = extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let nonce = extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
    let visitor = Visitor { address, user_agent, locale, request_id: request_id.clone() };

    let mut cx = RequestCx {
        services: state.services.clone(),
        actor: None,
        locale,
        theme,
        request_id,
        nonce,
        address: address.to_string(),
        path_and_query: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
    };
    let session = extensions.get::<Session>().cloned();
    match who(&state, locale, session).await {
        Ok(None) => {}
        Ok(Some(mut who)) => {
            cx.locale = who.locale.unwrap_or(locale);
            cx.theme = who.theme;
            who.actor.request_id.clone_from(&cx.request_id);
            who.actor.address.clone_from(&cx.address);
            cx.actor = Some(who.actor);
        }
        Err(error) => {
            let shape = Shape::of_request(&request);
            return answer::error(&state, &cx, shape, error).await;
        }
    }
    request.extensions_mut().insert(visitor);
    request.extensions_mut().insert(cx);
    next.run(request).await
}

/// The language of a browser: the one chosen before, else the best of `Accept-Language`.
pub(crate) fn browser_locale(headers: &HeaderMap) -> Locale {
    let chosen = cookie(headers, LOCALE_COOKIE).and_then(Locale::from_tag);
    let accepted = || text(headers, header::ACCEPT_LANGUAGE).and_then(Locale::from_accept_language);
    chosen.or_else(accepted).unwrap_or_default()
}

/// Of the request, for what comes back to it.
pub(crate) fn path_and_query(request: &Request) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

async fn who(state: &AppState, locale: Locale, session: Option<Session>) -> Result<Option<Who>, model::AppError> {
    let Some(session) = session else {
        return Ok(None);
    };
    let account = match session.get::<String>(session_keys::ACCOUNT).await {
        Ok(Some(account)) => account,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::warn!(%error, "the session could not be read");
            let message = i18n::t(locale, "access-store-away");
            return Err(model::AppError::new(model::ErrorKind::Unavailable, message));
        }
    };
    let Some(id) = session.id() else {
        return Ok(None);
    };
    state.services.accounts.who(locale, &account, &SessionRows::hash(&id)).await
}

/// The peer's address, or the nearest one of `X-Forwarded-For` that is no trusted proxy.
fn address(config: &Config, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_canonical();
    if !config.server.trusts(peer) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        // What cannot be read was written by the hop before it, which is as far as we can see.
        let Some(address) = read_hop(hop) else { break };
        nearest = address;
        if !config.server.trusts(address) {
            break;
        }
    }
    nearest
}

fn read_hop(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip())).ok()?;
    Some(address.to_canonical())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}
