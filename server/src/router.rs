//! The table of routes becomes a router, with the middleware in its order.

use crate::answer::{self, Shape};
use crate::cx::{self, Cx};
use crate::gate::{self, Gate};
use crate::routes::Route;
use crate::state::AppState;
use crate::{headers, session_cookie, sockets, trace};
use authz::Access;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use model::AppError;
use model::permission::Permission;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Builds the router. The same in production and in tests.
pub fn router(state: AppState, routes: Vec<Route>) -> Router {
    let (plain, rest): (Vec<Route>, Vec<Route>) = routes.into_iter().partition(|route| route.shape == Shape::Plain);

    let mut people = Router::new();
    for route in rest {
        let gate = gate(&state, route.access, route.shape, route.body_limit);
        let limit = DefaultBodyLimit::max(gate.body_limit);
        people = people.route(&route.path, route.handler.layer(limit).layer(from_fn_with_state(gate, gate::pass)));
    }
    // What no route takes is asked for a session too: an anonymous visitor learns nothing from 404 and 405.
    let unknown = gate(&state, Access::Permission(Permission::OwnAccount), Shape::Page, None);
    let people = people
        .fallback(axum::routing::any(not_found).layer(from_fn_with_state(unknown, unknown_pass)))
        .layer(from_fn_with_state(state.clone(), cx::provide))
        .layer(session_cookie::layer(&state))
        .layer(from_fn_with_state(state.clone(), sockets::refuse_cross_origin));

    let mut router = Router::new();
    for route in plain {
        router = router.route(&route.path, route.handler);
    }
    router
        .merge(people)
        .layer(compression())
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(trace::request))
        .with_state(state)
}

/// Pages repeat themselves and shrink to a twentieth. Logs are streamed and must not wait for a block to fill; files of
/// the pages come compressed already.
fn compression() -> CompressionLayer<impl Predicate> {
    let when = DefaultPredicate::new().and(NotForContentType::const_new("text/plain"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(when)
}

fn gate(state: &AppState, access: Access, shape: Shape, body_limit: Option<usize>) -> Gate {
    let body_limit = body_limit.unwrap_or(state.config.limits.body_bytes);
    Gate { state: state.clone(), access, shape, body_limit }
}

/// The gate of unknown addresses takes its shape from the request.
async fn unknown_pass(
    State(mut gate): State<Gate>,
    params: axum::extract::RawPathParams,
    request: Request,
    next: axum::middleware::Next,
) -> Response {
    gate.shape = Shape::of_request(&request);
    gate::pass(State(gate), params, request, next).await
}

async fn not_found(State(state): State<AppState>, Cx(cx): Cx, request: Request) -> Response {
    let error = AppError::not_found(cx.t("access-no-such-page"));
    answer::error(&state, &cx, Shape::of_request(&request), error).await
}

/// The panic's message is in the log only. The request id is in the header.
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = message, "a handler panicked");
    metrics::counter!("gantry_panics_total").increment(1);
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::INTERNAL_SERVER_ERROR, headers, "InternalError").into_response()
}
