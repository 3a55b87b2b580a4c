//! Everything that answers, with the permission in front of it. The inventory test walks this table.

use crate::answer::{self, Shape};
use crate::cx::Cx;
use crate::run::{Act, run};
use crate::state::AppState;
use crate::{assets, health, live, logs, pages, rpc, session_forms, terminal};
use authz::Access;
use axum::body::Bytes;
use axum::extract::State;
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, header};
use axum::routing::{MethodFilter, MethodRouter, on};
use model::AppError;
use model::rpc::Call;
use services::RequestCx;
use std::future::Future;

/// One address with one method. The permission has no default, so a route without one does not compile.
pub struct Route {
    pub method: Method,
    /// In axum's form: `/clusters/{cluster}/{kind}`. A `{cluster}` that is no cluster id is not found.
    pub path: String,
    pub access: Access,
    pub shape: Shape,
    /// Largest body in bytes; `None` is the configured limit.
    pub body_limit: Option<usize>,
    pub(crate) handler: MethodRouter<AppState>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

impl Route {
    fn new<H, T>(method: MethodFilter, name: Method, path: &str, access: Access, shape: Shape, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let handler = on(method, handler);
        Self { method: name, path: path.to_owned(), access, shape, body_limit: None, handler }
    }

    /// A page: `GET`, HTML. Without a session the way goes to the sign-in page and back.
    pub fn page<H: Handler<T, AppState>, T: 'static>(path: &str, access: Access, handler: H) -> Self {
        Self::new(MethodFilter::GET, Method::GET, path, access, Shape::Page, handler)
    }

    /// A form of a page: `POST`, answered by a redirect or by the page again.
    pub fn form<H: Handler<T, AppState>, T: 'static>(path: &str, access: Access, handler: H) -> Self {
        Self::new(MethodFilter::POST, Method::POST, path, access, Shape::Form, handler)
    }

    /// A WebSocket: `GET` with `Upgrade`; its `Origin` must be ours.
    pub fn socket<H: Handler<T, AppState>, T: 'static>(path: &str, access: Access, handler: H) -> Self {
        Self::new(MethodFilter::GET, Method::GET, path, access, Shape::Socket, handler)
    }

    /// `GET` of something that a browser saves or an island reads (a log download); errors are JSON.
    pub fn get<H: Handler<T, AppState>, T: 'static>(path: &str, access: Access, handler: H) -> Self {
        Self::new(MethodFilter::GET, Method::GET, path, access, Shape::Api, handler)
    }

    /// `POST` of anything; errors are JSON.
    pub fn post<H: Handler<T, AppState>, T: 'static>(path: &str, access: Access, handler: H) -> Self {
        Self::new(MethodFilter::POST, Method::POST, path, access, Shape::Api, handler)
    }

    /// A file or a probe: `GET` without looking at the session.
    fn plain<H: Handler<T, AppState>, T: 'static>(path: &str, handler: H) -> Self {
        Self::new(MethodFilter::GET, Method::GET, path, Access::Public, Shape::Plain, handler)
    }

    /// A call of the islands that only reads: JSON in, JSON out.
    pub fn call<C, F, Fut>(access: Access, act: F) -> Self
    where
        C: Call + Send + 'static,
        C::Out: Send,
        F: Fn(RequestCx, C) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<C::Out, AppError>> + Send,
    {
        Self::json(access, Act::Read, act)
    }

    /// A call of the islands that changes something: also a refusal of it is in the journal.
    pub fn change<C, F, Fut>(access: Access, act: F) -> Self
    where
        C: Call + Send + 'static,
        C::Out: Send,
        F: Fn(RequestCx, C) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<C::Out, AppError>> + Send,
    {
        // `/api/dialog/submit`: the area and what is done there.
        let mut parts = C::PATH.rsplit('/');
        let (verb, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Self::json(access, Act::Write { verb, kind }, act)
    }

    fn json<C, F, Fut>(access: Access, what: Act<'static>, act: F) -> Self
    where
        C: Call + Send + 'static,
        C::Out: Send,
        F: Fn(RequestCx, C) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<C::Out, AppError>> + Send,
    {
        let handler = move |State(state): State<AppState>, Cx(cx): Cx, headers: HeaderMap, body: Body| async move {
            let acting = async { act(cx.clone(), body.json::<C>(&cx, &headers)?).await };
            let result = run(&cx, what, acting).await;
            answer::json(&state, &cx, result).await
        };
        Self::post(C::PATH, access, handler)
    }

    /// Another limit for the body, in bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }
}

/// A whole body, or why it could not be read. A handler that takes it answers in its own shape.
pub struct Body(Result<Bytes, axum::extract::rejection::BytesRejection>);

impl<S: Send + Sync> axum::extract::FromRequest<S> for Body {
    type Rejection = std::convert::Infallible;
    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Bytes::from_request(request, state).await))
    }
}

impl Body {
    /// The bytes.
    ///
    /// # Errors
    /// `TooLarge`; `Invalid` when the connection broke.
    pub fn bytes(self, cx: &RequestCx) -> Result<Bytes, AppError> {
        self.0.map_err(|rejection| {
            if rejection.status().as_u16() == 413 {
                AppError::new(model::ErrorKind::TooLarge, cx.t("access-too-large"))
            } else {
                AppError::invalid(cx.t("access-bad-request"))
            }
        })
    }

    /// A JSON value. The media type must say so: a form of another site cannot send it.
    ///
    /// # Errors
    /// `TooLarge`, `Invalid` with the place in `detail`.
    pub fn json<T: serde::de::DeserializeOwned>(self, cx: &RequestCx, headers: &HeaderMap) -> Result<T, AppError> {
        let bad = |detail: String| AppError::invalid(cx.t("access-bad-request")).with_detail(detail);
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().to_ascii_lowercase().starts_with("application/json") {
            return Err(bad("Content-Type: application/json".to_owned()));
        }
        serde_json::from_slice(&self.bytes(cx)?).map_err(|error| bad(error.to_string()))
    }

    /// The fields of an HTML form.
    ///
    /// # Errors
    /// `TooLarge`, `Invalid`.
    pub fn form(self, cx: &RequestCx) -> Result<Fields, AppError> {
        let bytes = self.bytes(cx)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| AppError::invalid(cx.t("access-bad-request")))?;
        Ok(Fields::parse(text))
    }
}

/// Fields of an HTML form or a query; a name may stand several times.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (model::links::decode(name, true), model::links::decode(value, true))
        };
        Self(text.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// The first value of a name; empty when there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }
}

/// The whole table.
#[must_use]
pub fn all() -> Vec<Route> {
    let areas =
        [session_forms::routes(), pages::routes(), rpc::routes(), live::routes(), logs::routes(), terminal::routes()];
    base().into_iter().chain(areas.into_iter().flatten()).collect()
}

/// Probes and files.
fn base() -> Vec<Route> {
    vec![
        Route::plain("/healthz", health::live),
        Route::plain("/readyz", health::ready),
        Route::plain("/metrics", health::metrics),
        Route::plain("/assets/{*path}", assets::serve),
        Route::plain("/favicon.svg", assets::root_file),
        Route::plain("/licenses.txt", assets::root_file),
        Route::plain("/robots.txt", assets::root_file),
    ]
}
