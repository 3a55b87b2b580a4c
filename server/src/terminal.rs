//! The terminal WebSocket: browser ↔ container, bytes both ways, the end with its reason.

use crate::cx::Cx;
use crate::routes::Route;
use crate::sockets::Life;
use authz::Access;
use authz::right::ClusterWrite;
use axum::extract::Path;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use clusters::exec::{ExecEnd, ExecEvent, ExecSession, Size, shell};
use model::AppError;
use model::object::ObjectRef;
use model::permission::Permission;
use model::terminal::{CHANNEL_INPUT, CHANNEL_OUTPUT, TerminalMessage, TerminalRequest};
use services::{RequestCx, objects};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// A right that was withdrawn ends the session within this time.
const REVIEW: Duration = Duration::from_secs(5);
/// A shell that nobody types in and that prints nothing is closed.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// One frame of the browser; a paste comes in several.
const FRAME: usize = 1024 * 1024;

pub fn routes() -> Vec<Route> {
    vec![Route::socket(
        "/clusters/{cluster}/{kind}/{namespace}/{name}/~terminal/socket",
        Access::Permission(Permission::ClusterWrite),
        async |Cx(cx): Cx,
               life: Life,
               Path(params): Path<HashMap<String, String>>,
               upgrade: WebSocketUpgrade|
               -> Response {
            upgrade.max_message_size(FRAME).on_upgrade(move |socket| run(cx, life, params, socket))
        },
    )]
}

/// The object that an address below `/clusters/…` names.
pub(crate) fn target(params: &HashMap<String, String>) -> Option<ObjectRef> {
    let text = |name: &str| params.get(name).map(String::as_str);
    Some(ObjectRef {
        cluster: model::ClusterId::parse(text("cluster")?).ok()?,
        kind: model::object::KindKey::parse(text("kind")?).ok()?,
        namespace: text("namespace").filter(|name| *name != "-").map(str::to_owned),
        name: text("name")?.to_owned(),
        uid: None,
    })
}

async fn run(cx: RequestCx, mut life: Life, params: HashMap<String, String>, mut socket: WebSocket) {
    let opened = match open(&cx, &params, &mut socket).await {
        Ok(Some(opened)) => opened,
        // The browser left before it asked for anything.
        Ok(None) => return,
        Err(error) => {
            let reason = error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message));
            end(&mut socket, TerminalMessage::Ended { reason, exit_code: None, error: true }).await;
            return;
        }
    };
    let Opened { target, mut session, command, shell } = opened;
    objects::record_shell(&cx, &target, &command, None).await;
    // The script that looks for a shell is of no interest to the person.
    let shown = if shell { "bash || sh".to_owned() } else { command.join(" ") };
    let started = TerminalMessage::Opened { command: shown };
    if send(&mut socket, &started).await.is_err() {
        return;
    }
    let message = relay(&cx, &mut life, &target, &mut session, shell, &mut socket).await;
    if let Some(message) = message {
        end(&mut socket, message).await;
    }
}

struct Opened {
    target: ObjectRef,
    session: ExecSession,
    command: Vec<String>,
    /// No command was asked for: bash, else sh.
    shell: bool,
}

/// Waits for the first message and starts the command.
async fn open(
    cx: &RequestCx,
    params: &HashMap<String, String>,
    socket: &mut WebSocket,
) -> Result<Option<Opened>, AppError> {
    let first = loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => break text,
            Some(Ok(_)) => {}
            _ => return Ok(None),
        }
    };
    let Ok(TerminalRequest::Open { container, command, cols, rows }) = serde_json::from_str(&first) else {
        return Err(AppError::invalid(cx.t("access-bad-request")));
    };
    let target = target(params).ok_or_else(|| AppError::not_found(cx.t("error-not-found")))?;
    let grant = cx.grant::<ClusterWrite>(target.cluster.clone())?;
    let user = objects::may_exec(cx, &grant, &target).await?;
    let is_shell = command.is_empty();
    let command = if is_shell { shell() } else { command };
    let size = Size { cols: cols.clamp(2, 1000), rows: rows.clamp(2, 1000) };
    let namespace = target.namespace.clone().unwrap_or_default();
    let session = user
        .exec(&namespace, &target.name, &container, &command, true, Some(size))
        .await
        .map_err(|error| services::error::from_cluster(cx.locale(), &error))?;
    Ok(Some(Opened { target, session, command, shell: is_shell }))
}

/// Carries bytes until one side ends; the message tells the browser why, `None` when the browser has gone.
async fn relay(
    cx: &RequestCx,
    life: &mut Life,
    target: &ObjectRef,
    session: &mut ExecSession,
    shell: bool,
    socket: &mut WebSocket,
) -> Option<TerminalMessage> {
    let mut review = interval(REVIEW);
    review.set_missed_tick_behavior(MissedTickBehavior::Delay);
    review.reset();
    let mut idle = Box::pin(tokio::time::sleep(IDLE));
    loop {
        tokio::select! {
            ended = life.ended() => {
                return Some(TerminalMessage::Ended { reason: life.reason(ended), exit_code: None, error: true });
            }
            () = &mut idle => {
                return Some(TerminalMessage::Ended { reason: cx.t("terminal-idle"), exit_code: None, error: false });
            }
            _ = review.tick() => {
                if let Err(reason) = still_allowed(cx, target).await {
                    return Some(TerminalMessage::Ended { reason, exit_code: None, error: true });
                }
            }
            event = session.output.next() => {
                idle.as_mut().reset(tokio::time::Instant::now() + IDLE);
                if let Forward::End(message) = forward(cx, target, shell, event, socket).await {
                    return message;
                }
            }
            message = socket.recv() => {
                idle.as_mut().reset(tokio::time::Instant::now() + IDLE);
                match message {
                    Some(Ok(Message::Binary(mut data))) if data.first() == Some(&CHANNEL_INPUT) => {
                        let input = data.split_off(1);
                        // The container may read slower than the browser pastes: output goes on meanwhile.
                        let writer = session.input.clone();
                        let mut write = Box::pin(async move { writer.write(input).await });
                        loop {
                            tokio::select! {
                                // An ended session says so by its output.
                                _ = &mut write => break,
                                event = session.output.next() => {
                                    if let Forward::End(message) = forward(cx, target, shell, event, socket).await {
                                        return message;
                                    }
                                }
                            }
                        }
                    }
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                        Ok(TerminalRequest::Resize { cols, rows }) => {
                            let size = Size { cols: cols.clamp(2, 1000), rows: rows.clamp(2, 1000) };
                            let _ = session.input.resize(size).await;
                        }
                        Ok(TerminalRequest::Close) => return None,
                        _ => {}
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => {}
                }
            }
        }
    }
}

enum Forward {
    More,
    End(Option<TerminalMessage>),
}

/// Hands one event of the container to the browser.
async fn forward(
    cx: &RequestCx,
    target: &ObjectRef,
    shell: bool,
    event: Option<ExecEvent>,
    socket: &mut WebSocket,
) -> Forward {
    match event {
        Some(ExecEvent::Stdout(data) | ExecEvent::Stderr(data)) => {
            let mut frame = Vec::with_capacity(data.len() + 1);
            frame.push(CHANNEL_OUTPUT);
            frame.extend_from_slice(&data);
            match socket.send(Message::Binary(frame.into())).await {
                Ok(()) => Forward::More,
                Err(_) => Forward::End(None),
            }
        }
        Some(ExecEvent::Ended(ended)) => Forward::End(Some(reason(cx, target, ended, shell).await)),
        None => Forward::End(None),
    }
}

/// Both gates again: the account's right and the cluster's.
async fn still_allowed(cx: &RequestCx, target: &ObjectRef) -> Result<(), String> {
    let grant = cx.grant::<ClusterWrite>(target.cluster.clone()).map_err(|error| error.message)?;
    match objects::may_exec(cx, &grant, target).await {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind, model::ErrorKind::Forbidden { .. }) => Err(error.message),
        // A cluster that is away for a moment decides nothing.
        Err(_) => Ok(()),
    }
}

async fn reason(cx: &RequestCx, target: &ObjectRef, ended: ExecEnd, shell: bool) -> TerminalMessage {
    let error = |reason: String| TerminalMessage::Ended { reason, exit_code: None, error: true };
    match ended {
        // 126 and 127 at once: the shell of the image is missing or broken.
        ExecEnd::NoProgram { .. } if shell => TerminalMessage::NoShell { message: cx.t("terminal-no-shell") },
        ExecEnd::NoProgram { message } => error(cx.t_args("terminal-no-program", &[("message", message.into())])),
        ExecEnd::Exited { code } => {
            let gone = code == 137 && !objects::exists(cx, target).await;
            let reason =
                if gone { cx.t("terminal-pod-gone") } else { cx.t_args("terminal-exited", &[("code", code.into())]) };
            TerminalMessage::Ended { reason, exit_code: Some(code), error: code != 0 }
        }
        ExecEnd::Failed { message } => error(cx.t_args("terminal-failed", &[("message", message.into())])),
        ExecEnd::Lost(_) => {
            let key = if objects::exists(cx, target).await { "terminal-lost" } else { "terminal-pod-gone" };
            error(cx.t(key))
        }
    }
}

async fn send(socket: &mut WebSocket, message: &TerminalMessage) -> Result<(), axum::Error> {
    socket.send(Message::Text(serde_json::to_string(message).unwrap_or_default().into())).await
}

async fn end(socket: &mut WebSocket, message: TerminalMessage) {
    let _ = send(socket, &message).await;
    let _ = socket.send(Message::Close(None)).await;
}
