//! Logs of a container: a WebSocket for the view, a plain stream for the download.

use crate::answer::{self, Shape};
use crate::cx::Cx;
use crate::routes::Route;
use crate::sockets::Life;
use crate::state::AppState;
use crate::terminal::target;
use authz::Access;
use authz::right::ClusterRead;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use clusters::logs::{LogEnd, LogEvent};
use clusters::{ClusterError, UserClient};
use model::AppError;
use model::logs::{LogMessage, LogQuery};
use model::object::ObjectRef;
use model::permission::Permission;
use model::table::Query;
use services::{RequestCx, objects};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// A right that was withdrawn ends the view within this time.
const REVIEW: Duration = Duration::from_secs(10);
const PING: Duration = Duration::from_secs(20);

pub fn routes() -> Vec<Route> {
    let read = Access::Permission(Permission::ClusterRead);
    vec![
        Route::socket(
            "/clusters/{cluster}/{kind}/{namespace}/{name}/~logs",
            read,
            async |Cx(cx): Cx,
                   life: Life,
                   Path(params): Path<HashMap<String, String>>,
                   RawQuery(query): RawQuery,
                   upgrade: WebSocketUpgrade|
                   -> Response {
                upgrade.max_message_size(4096).on_upgrade(move |socket| run(cx, life, params, query, socket))
            },
        ),
        Route::get(
            "/clusters/{cluster}/{kind}/{namespace}/{name}/~logs/download",
            read,
            async |State(state): State<AppState>,
                   Cx(cx): Cx,
                   Path(params): Path<HashMap<String, String>>,
                   RawQuery(query): RawQuery| {
                match download(&cx, &params, query.as_deref().unwrap_or_default()).await {
                    Ok(response) => response,
                    Err(error) => answer::error(&state, &cx, Shape::Api, error).await,
                }
            },
        ),
    ]
}

/// What part of the log the address asks for.
fn asked(query: &str) -> LogQuery {
    let value = |key: &str| Query::value_of(query, key);
    let base = LogQuery::default();
    LogQuery {
        container: value("container").unwrap_or_default(),
        previous: value("previous").is_some_and(|text| text == "true"),
        follow: value("follow").is_none_or(|text| text == "true"),
        tail: value("tail").and_then(|text| text.parse().ok()).unwrap_or(base.tail),
        since_seconds: value("since_seconds").and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0),
    }
}

async fn open(cx: &RequestCx, params: &HashMap<String, String>) -> Result<(ObjectRef, UserClient), AppError> {
    let target = target(params).ok_or_else(|| AppError::not_found(cx.t("error-not-found")))?;
    let grant = cx.grant::<ClusterRead>(target.cluster.clone())?;
    let user = objects::log_target(cx, &grant, &target).await?;
    Ok((target, user))
}

async fn run(
    cx: RequestCx,
    mut life: Life,
    params: HashMap<String, String>,
    query: Option<String>,
    mut socket: WebSocket,
) {
    let (target, user) = match open(&cx, &params).await {
        Ok(opened) => opened,
        Err(error) => return end(&mut socket, error.message, true).await,
    };
    let query = asked(query.as_deref().unwrap_or_default());
    let mut log = user.follow_logs(target.namespace.as_deref().unwrap_or_default(), &target.name, &query);
    let mut review = interval(REVIEW);
    review.set_missed_tick_behavior(MissedTickBehavior::Delay);
    review.reset();
    let mut pings = interval(PING);
    loop {
        tokio::select! {
            ended = life.ended() => return end(&mut socket, life.reason(ended), true).await,
            _ = review.tick() => {
                if let Err(error) = open(&cx, &params).await
                    && matches!(error.kind, model::ErrorKind::Forbidden { .. } | model::ErrorKind::NotFound)
                {
                    return end(&mut socket, error.message, true).await;
                }
            }
            _ = pings.tick() => {
                if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            event = log.next() => {
                let message = match event {
                    Some(LogEvent::Lines(lines)) => LogMessage::Lines { lines },
                    Some(LogEvent::Skipped(lines)) => LogMessage::Skipped { lines },
                    Some(LogEvent::Resumed { gap }) => LogMessage::Resumed { gap },
                    Some(LogEvent::Waiting { reason }) => {
                        LogMessage::Mark { text: cx.t_args("logs-waiting", &[("reason", reason.into())]) }
                    }
                    Some(LogEvent::Restarting { exit_code, reason }) => {
                        LogMessage::Mark { text: ended(&cx, "logs-restarting", exit_code, &reason) }
                    }
                    Some(LogEvent::Restarted) => LogMessage::Mark { text: cx.t("logs-restarted") },
                    Some(LogEvent::Ended(ended)) => {
                        let (reason, error) = reason(&cx, &ended, &query);
                        return end(&mut socket, reason, error).await;
                    }
                    None => return,
                };
                if send(&mut socket, &message).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn ended(cx: &RequestCx, key: &str, exit_code: Option<i64>, reason: &str) -> String {
    let code = exit_code.map_or_else(|| "?".to_owned(), |code| code.to_string());
    cx.t_args(key, &[("reason", reason.into()), ("code", code.into())])
}

fn reason(cx: &RequestCx, end: &LogEnd, query: &LogQuery) -> (String, bool) {
    match end {
        LogEnd::Complete => (cx.t("logs-complete"), false),
        LogEnd::ContainerEnded { exit_code, reason } => (ended(cx, "logs-container-ended", *exit_code, reason), false),
        LogEnd::PodGone => (cx.t("logs-pod-gone"), false),
        LogEnd::Failed(error) => {
            let error = refused(cx, error, query);
            (error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message)), true)
        }
    }
}

/// The cluster's refusal in words that fit a log: it calls everything a bad request.
fn refused(cx: &RequestCx, error: &ClusterError, query: &LogQuery) -> AppError {
    let mut out = services::error::from_cluster(cx.locale(), error);
    let said = out.detail.clone().unwrap_or_default();
    if error.status() != Some(400) {
        return out;
    }
    if query.previous && said.starts_with("previous terminated container") {
        (out.message, out.detail) = (cx.t("logs-no-previous"), None);
    } else if let Some((_, reason)) = said.split_once("is waiting to start: ") {
        (out.message, out.detail) = (cx.t_args("logs-not-started", &[("reason", reason.into())]), None);
    }
    out
}

async fn send(socket: &mut WebSocket, message: &LogMessage) -> Result<(), axum::Error> {
    socket.send(Message::Text(serde_json::to_string(message).unwrap_or_default().into())).await
}

async fn end(socket: &mut WebSocket, reason: String, error: bool) {
    let _ = send(socket, &LogMessage::Ended { reason, error }).await;
    let _ = socket.send(Message::Close(None)).await;
}

/// The raw bytes as a file, streamed: neither side holds the whole log.
async fn download(cx: &RequestCx, params: &HashMap<String, String>, query: &str) -> Result<Response, AppError> {
    let (target, user) = open(cx, params).await?;
    let mut wanted = asked(query);
    wanted.follow = false;
    let timestamps = Query::value_of(query, "timestamps").is_some_and(|text| text == "true");
    let namespace = target.namespace.clone().unwrap_or_default();
    let stream =
        user.logs(&namespace, &target.name, &wanted, timestamps).await.map_err(|error| refused(cx, &error, &wanted))?;
    let name = format!("{}_{}_{}.log", namespace, target.name, wanted.container);
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
