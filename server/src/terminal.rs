//! The terminal WebSocket: browser ↔ container, bytes both ways, the end with its reason.

use crate::cx::Cx;
use crate::routes::Route;
use crate::sockets::Life;
use crate::state::AppState;
use authz::Access;
use authz::right::ClusterWrite;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use clusters::UserClient;
use clusters::exec::{ExecEnd, ExecEvent, ExecInput, ExecSession, Size, hang_up, shell};
use futures::future::BoxFuture;
use model::AppError;
use model::object::ObjectRef;
use model::permission::Permission;
use model::terminal::{CHANNEL_INPUT, CHANNEL_OUTPUT, TerminalMessage, TerminalRequest};
use services::{RequestCx, objects};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// A right that was withdrawn ends the session within this time.
const REVIEW: Duration = Duration::from_secs(5);
/// The browser says at once what is to be opened.
const FIRST: Duration = Duration::from_secs(30);
const PING: Duration = Duration::from_secs(20);
/// How long the processes of a session may take to hear of its end.
const HANG_UP: Duration = Duration::from_secs(5);
/// Input that a program has not taken yet; beyond it the browser has to wait.
const UNREAD: usize = 1024 * 1024;
/// One frame of the browser; a paste comes in several.
const FRAME: usize = 1024 * 1024;

pub fn routes() -> Vec<Route> {
    vec![Route::socket(
        "/clusters/{cluster}/{kind}/{namespace}/{name}/~terminal/socket",
        Access::Permission(Permission::ClusterWrite),
        async |State(state): State<AppState>,
               Cx(cx): Cx,
               life: Life,
               Path(params): Path<HashMap<String, String>>,
               upgrade: WebSocketUpgrade|
               -> Response {
            let idle = state.config.terminal.idle.0;
            upgrade.max_message_size(FRAME).on_upgrade(move |socket| run(cx, life, idle, params, socket))
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

async fn run(cx: RequestCx, mut life: Life, idle: Duration, params: HashMap<String, String>, mut socket: WebSocket) {
    // A session may end while the cluster takes its time.
    let opened = tokio::select! {
        ended = life.ended() => Err(life.reason(ended)),
        opened = open(&cx, &params, &mut socket) => opened.map_err(|error| match error.detail {
            Some(detail) => format!("{} {detail}", error.message),
            None => error.message,
        }),
    };
    let opened = match opened {
        Ok(Some(opened)) => opened,
        // The browser left before it asked for anything.
        Ok(None) => return,
        Err(reason) => {
            end(&mut socket, TerminalMessage::Ended { reason, exit_code: None, error: true }).await;
            return;
        }
    };
    objects::record_shell(&cx, &opened.target, &opened.command, None).await;
    // The script that looks for a shell is of no interest to the person.
    let shown = if opened.shell { "bash || sh".to_owned() } else { opened.command.join(" ") };
    let started = TerminalMessage::Opened { command: shown };
    let Opened { target, user, container, session, shell, .. } = opened;
    let over = match send(&mut socket, &started).await {
        Ok(()) => relay(&cx, &mut life, idle, &target, session, shell, &mut socket).await,
        Err(_) => Over::GONE,
    };
    if let Some(message) = over.message {
        end(&mut socket, message).await;
    }
    if over.runs && shell {
        let namespace = target.namespace.as_deref().unwrap_or_default();
        let heard = async {
            // What cannot be told (the Pod or the right is gone) needs no word.
            if let Ok(ExecSession { input: _input, mut output }) =
                user.exec(namespace, &target.name, &container, &hang_up(&cx.request_id), false, None).await
            {
                while !matches!(output.next().await, Some(ExecEvent::Ended(_)) | None) {}
            }
        };
        if timeout(HANG_UP, heard).await.is_err() {
            tracing::info!(pod = target.name, "the end of a terminal was not heard in its container");
        }
    }
}

/// How a session ended.
struct Over {
    /// For the browser; `None` when it has gone.
    message: Option<TerminalMessage>,
    /// The command runs on in the container.
    runs: bool,
}

impl Over {
    const fn cut(message: TerminalMessage) -> Self {
        Self { message: Some(message), runs: true }
    }

    const GONE: Self = Self { message: None, runs: true };
}

struct Opened {
    target: ObjectRef,
    user: UserClient,
    container: String,
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
        match timeout(FIRST, socket.recv()).await {
            Ok(Some(Ok(Message::Text(text)))) => break text,
            Ok(Some(Ok(_))) => {}
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
    let command = if is_shell { shell(&cx.request_id) } else { command };
    let size = size(cols, rows);
    let namespace = target.namespace.clone().unwrap_or_default();
    let session = user
        .exec(&namespace, &target.name, &container, &command, true, Some(size))
        .await
        .map_err(|error| services::error::from_cluster(cx.locale(), &error))?;
    Ok(Some(Opened { target, user, container, session, command, shell: is_shell }))
}

/// Input on its way to a program. A program that does not read must not keep anything else waiting: neither its output
/// nor the end of the session.
struct Typed {
    input: ExecInput,
    waiting: VecDeque<Piece>,
    bytes: usize,
    writing: Option<BoxFuture<'static, ()>>,
}

enum Piece {
    Data(Bytes),
    Size(Size),
}

impl Typed {
    const fn new(input: ExecInput) -> Self {
        Self { input, waiting: VecDeque::new(), bytes: 0, writing: None }
    }

    fn push(&mut self, data: Bytes) {
        self.bytes += data.len();
        self.waiting.push_back(Piece::Data(data));
    }

    fn resize(&mut self, size: Size) {
        // Only the last size counts.
        if let Some(Piece::Size(last)) = self.waiting.back_mut() {
            *last = size;
        } else {
            self.waiting.push_back(Piece::Size(size));
        }
    }

    const fn has_room(&self) -> bool {
        self.bytes < UNREAD
    }

    /// Hands the next piece on; never ends while there is none.
    async fn pass_on(&mut self) {
        if self.writing.is_none() {
            let Some(piece) = self.waiting.pop_front() else { return std::future::pending().await };
            let input = self.input.clone();
            if let Piece::Data(data) = &piece {
                self.bytes -= data.len();
            }
            self.writing = Some(Box::pin(async move {
                // An ended session says so by its output.
                match piece {
                    Piece::Data(data) => input.write(data).await.unwrap_or_default(),
                    Piece::Size(size) => input.resize(size).await.unwrap_or_default(),
                }
            }));
        }
        if let Some(writing) = &mut self.writing {
            writing.await;
            self.writing = None;
        }
    }
}

/// Carries bytes until one side ends.
async fn relay(
    cx: &RequestCx,
    life: &mut Life,
    limit: Duration,
    target: &ObjectRef,
    session: ExecSession,
    shell: bool,
    socket: &mut WebSocket,
) -> Over {
    let ExecSession { input, mut output } = session;
    let mut review = interval(REVIEW);
    review.set_missed_tick_behavior(MissedTickBehavior::Delay);
    review.reset();
    let mut pings = interval(PING);
    let mut idle = Box::pin(sleep(limit));
    let mut typed = Typed::new(input);
    loop {
        tokio::select! {
            ended = life.ended() => {
                return Over::cut(TerminalMessage::Ended { reason: life.reason(ended), exit_code: None, error: true });
            }
            () = &mut idle => {
                let limit = i18n::age(cx.locale, 0, i64::try_from(limit.as_millis()).unwrap_or(i64::MAX));
                let reason = cx.t_args("terminal-idle", &[("time", limit.into())]);
                return Over::cut(TerminalMessage::Ended { reason, exit_code: None, error: false });
            }
            _ = review.tick() => {
                if let Err(reason) = still_allowed(cx, target).await {
                    return Over::cut(TerminalMessage::Ended { reason, exit_code: None, error: true });
                }
            }
            _ = pings.tick() => {
                if socket.send(Message::Ping(Bytes::new())).await.is_err() {
                    return Over::GONE;
                }
            }
            event = output.next() => {
                if let Some(over) = forward(cx, target, shell, event, socket).await {
                    return over;
                }
            }
            () = typed.pass_on() => {}
            message = socket.recv(), if typed.has_room() => {
                match message {
                    // Keys, pastes and resizes are what counts as use (P-131).
                    Some(Ok(Message::Binary(_) | Message::Text(_))) => {
                        idle.as_mut().reset(Instant::now() + limit);
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Over::GONE,
                    Some(Ok(_)) => {}
                }
                match message {
                    Some(Ok(Message::Binary(mut data))) if data.first() == Some(&CHANNEL_INPUT) => {
                        typed.push(data.split_off(1));
                    }
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                        Ok(TerminalRequest::Resize { cols, rows }) => typed.resize(size(cols, rows)),
                        Ok(TerminalRequest::Close) => return Over::GONE,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
}

/// What a terminal can be; browsers are not believed.
fn size(cols: u16, rows: u16) -> Size {
    Size { cols: cols.clamp(2, 1000), rows: rows.clamp(2, 1000) }
}

/// Hands one event of the container to the browser; the end when it was the last one.
async fn forward(
    cx: &RequestCx,
    target: &ObjectRef,
    shell: bool,
    event: Option<ExecEvent>,
    socket: &mut WebSocket,
) -> Option<Over> {
    match event {
        Some(ExecEvent::Stdout(data) | ExecEvent::Stderr(data)) => {
            let mut frame = Vec::with_capacity(data.len() + 1);
            frame.push(CHANNEL_OUTPUT);
            frame.extend_from_slice(&data);
            socket.send(Message::Binary(frame.into())).await.is_err().then_some(Over::GONE)
        }
        Some(ExecEvent::Ended(ended)) => {
            // A connection that broke leaves the command running.
            let runs = matches!(ended, ExecEnd::Lost(_));
            Some(Over { message: Some(reason(cx, target, ended, shell).await), runs })
        }
        None => Some(Over::GONE),
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
