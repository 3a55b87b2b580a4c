//! The pages of `app` as routes, and how a page becomes a response.

use crate::answer;
use crate::cx::Cx;
use crate::renderer::PageRenderer;
use crate::routes::Route;
use crate::state::AppState;
use app::Rendered;
use app::routes::PageRequest;
use authz::Access;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures::future::BoxFuture;
use model::AppError;
use model::access::{AccountPage, LoginPage, PasswordPage, SetupPage};
use model::clusters::ImportCandidate;
use services::RequestCx;
use std::collections::HashMap;
use std::path::PathBuf;

pub fn routes() -> Vec<Route> {
    // Leptos spawns what a page leaves for later; its own router would have told it where. Twice is no harm.
    let _ = any_spawner::Executor::init_tokio();
    let mut routes: Vec<Route> = app::routes::pages()
        .into_iter()
        .map(|page| {
            let render = page.render;
            let handler = move |State(state): State<AppState>,
                                Cx(cx): Cx,
                                Path(params): Path<HashMap<String, String>>,
                                RawQuery(query): RawQuery| async move {
                let request = PageRequest { cx: cx.clone(), params, query: query.unwrap_or_default() };
                let result = match render(request).await {
                    Ok(rendered) => Ok(response(rendered).await),
                    Err(error) => Err(error),
                };
                answer::page(&state, &cx, result).await
            };
            Route::page(page.path, Access::Permission(page.permission), handler)
        })
        .collect();
    // The table island asks for the rows as a file.
    routes.push(Route::get(
        "/api/table/csv",
        Access::Permission(model::permission::Permission::OwnAccount),
        async |State(state): State<AppState>, Cx(cx): Cx, RawQuery(query): RawQuery| {
            let result = csv(&cx, &query.unwrap_or_default()).await;
            match result {
                Ok(file) => file,
                Err(error) => answer::error(&state, &cx, answer::Shape::Api, error).await,
            }
        },
    ));
    routes
}

/// Every page says how long a name is kept, and none of it: what a person may see can change any second.
async fn response(rendered: Rendered) -> Response {
    let view = rendered.view.clone();
    let nonce = leptos::nonce::Nonce::from_value(rendered.nonce);
    let context = move || leptos::context::provide_context(nonce.clone());
    let render = leptos_axum::render_app_async_with_context(context, move || view());
    let request = Request::new(Body::empty());
    let mut response = render(request).await;
    *response.status_mut() = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    response
}

async fn csv(cx: &RequestCx, query: &str) -> Result<Response, AppError> {
    use model::table::{Query, TableSource};
    let source = Query::value_of(query, "source").and_then(|text| serde_json::from_str::<TableSource>(&text).ok());
    let Some(TableSource::Kind { cluster, kind }) = source else {
        return Err(AppError::invalid(cx.t("error-not-found")));
    };
    let grant = cx.grant::<authz::right::ClusterRead>(cluster)?;
    let text = services::objects::csv(cx, &grant, &kind, &Query::from_url(query)).await?;
    let name = format!("tke_{}_{}.csv", kind.plural, store::now());
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    let value =
        |text: &str| axum::http::HeaderValue::from_str(text).unwrap_or(axum::http::HeaderValue::from_static(""));
    headers.insert("content-type", value("text/csv; charset=utf-8"));
    headers.insert("content-disposition", value(&format!("attachment; filename=\"{name}\"")));
    headers.insert("cache-control", value("no-store"));
    Ok(response)
}

/// The pages that the base of the server shows by itself.
#[derive(Clone, Debug, Default)]
pub struct AppPages {
    /// The kubeconfig whose clusters the set-up page offers.
    pub kubeconfig: Option<PathBuf>,
}

impl PageRenderer for AppPages {
    fn login<'a>(&'a self, cx: &'a RequestCx, page: LoginPage) -> BoxFuture<'a, Response> {
        Box::pin(response(app::pages::access::sign_in::login(cx, page)))
    }

    fn setup<'a>(&'a self, cx: &'a RequestCx, page: SetupPage) -> BoxFuture<'a, Response> {
        Box::pin(response(app::pages::access::sign_in::setup(cx, page)))
    }

    fn password<'a>(&'a self, cx: &'a RequestCx, page: PasswordPage) -> BoxFuture<'a, Response> {
        Box::pin(response(app::pages::access::sign_in::password(cx, page)))
    }

    fn account<'a>(&'a self, cx: &'a RequestCx, page: AccountPage) -> BoxFuture<'a, Response> {
        Box::pin(response(app::pages::access::sign_in::account(cx, page)))
    }

    fn error<'a>(&'a self, cx: &'a RequestCx, error: &'a AppError) -> BoxFuture<'a, Response> {
        Box::pin(response(app::error_page(cx, error)))
    }

    fn found_clusters<'a>(&'a self, cx: &'a RequestCx) -> BoxFuture<'a, Vec<ImportCandidate>> {
        Box::pin(async move {
            match &self.kubeconfig {
                Some(path) => services::clusters::import::found(cx, path).await,
                None => Vec::new(),
            }
        })
    }

    fn import_found<'a>(&'a self, cx: &'a RequestCx, contexts: Vec<String>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Some(path) = &self.kubeconfig {
                services::clusters::import::import_found(cx, path, contexts).await;
            }
        })
    }
}
