//! What stands directly in front of a handler: size of the body, `Origin` of a socket, permission.

use crate::answer::{self, Shape};
use crate::run;
use crate::sockets;
use crate::state::AppState;
use authz::{Access, Actor, Authz};
use axum::extract::{RawPathParams, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use model::permission::{Permission, Scope};
use model::{AppError, ClusterId, ErrorKind, links};
use services::RequestCx;

/// The page on which a password that must change is changed.
pub(crate) const PASSWORD_PAGE: &str = "/profile/password";

/// What one route states.
#[derive(Clone)]
pub(crate) struct Gate {
    pub state: AppState,
    pub access: Access,
    pub shape: Shape,
    pub body_limit: usize,
}

pub(crate) async fn pass(State(gate): State<Gate>, params: RawPathParams, request: Request, next: Next) -> Response {
    let Some(cx) = request.extensions().get::<RequestCx>().cloned() else {
        // Files and probes have no context; they are public by construction.
        return next.run(request).await;
    };
    match gate.check(&cx, &params, &request) {
        Ok(()) => next.run(request).await,
        Err(Stop::Go(response)) => response,
        Err(Stop::Error(error)) => {
            // What somebody tried to change without the right is in the journal too.
            if request.method() == Method::POST {
                run::record(&cx, "post", request.uri().path(), &error).await;
            }
            answer::error(&gate.state, &cx, gate.shape, error).await
        }
    }
}

/// Why a request goes no further.
enum Stop {
    Go(Response),
    Error(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Error(error)
    }
}

impl Gate {
    fn check(&self, cx: &RequestCx, params: &RawPathParams, request: &Request) -> Result<(), Stop> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if length.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > self.body_limit as u64) {
            return Err(AppError::new(ErrorKind::TooLarge, cx.t("access-too-large")).into());
        }
        if self.shape == Shape::Socket && !sockets::own_origin(&self.state.config, request) {
            let message = cx.t("access-cross-origin");
            return Err(AppError::forbidden("connect", "socket", None, message).with_code("AuthFailure.Origin").into());
        }
        let Access::Permission(permission) = self.access else {
            return Ok(());
        };
        let Some(actor) = &cx.actor else {
            return Err(self.unauthenticated(cx, request));
        };
        if actor.must_change_password && permission != Permission::OwnAccount {
            if self.shape == Shape::Page {
                return Err(Stop::Go(Redirect::to(PASSWORD_PAGE).into_response()));
            }
            let message = cx.t("access-must-change-password");
            return Err(AppError::forbidden(permission.action(), "console", None, message)
                .with_code("AuthFailure.MustChangePassword")
                .into());
        }
        Ok(permitted(cx, actor, permission, params)?)
    }

    fn unauthenticated(&self, cx: &RequestCx, request: &Request) -> Stop {
        match self.shape {
            Shape::Page => {
                let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
                Stop::Go(answer::sign_in_first(next))
            }
            Shape::Form => Stop::Go(Redirect::to(links::LOGIN).into_response()),
            Shape::Api | Shape::Socket | Shape::Plain => {
                AppError::new(ErrorKind::Unauthenticated, cx.t("access-sign-in-first")).into()
            }
        }
    }
}

/// Asks for the cluster in the address where there is one, else for any. The handler asks again with the exact scope.
fn permitted(cx: &RequestCx, actor: &Actor, permission: Permission, params: &RawPathParams) -> Result<(), AppError> {
    let not_found = || AppError::not_found(cx.t("access-not-found"));
    let cluster = params.iter().find(|(name, _)| *name == "cluster").map(|(_, value)| ClusterId::parse(value));
    let (allowed, visible) = match cluster {
        Some(Err(_)) => return Err(not_found()),
        Some(Ok(id)) => {
            let scope = Scope::Cluster(id);
            (Authz.allows(actor, permission, &scope), Authz.visible(actor, &scope))
        }
        None => {
            let of_cluster =
                matches!(permission, Permission::ClusterRead | Permission::ClusterWrite | Permission::ClusterManage);
            let visible = !of_cluster || Authz.allows_somewhere(actor, Permission::ClusterRead);
            (Authz.allows_somewhere(actor, permission), visible)
        }
    };
    if allowed {
        Ok(())
    } else if visible {
        let message = cx.t_args("access-refused-right", &[("action", permission.action().into())]);
        Err(AppError::forbidden(permission.action(), "console", None, message))
    } else {
        Err(not_found())
    }
}
