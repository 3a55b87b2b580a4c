//! A command in a container, with a terminal or without: Kubernetes' channels over one WebSocket
//! (`v5.channel.k8s.io`, or `v4` of older clusters). Own code instead of kube's because that hands bytes on in
//! kilobytes, waits for output before it takes input, and never notices a peer that has died.

use crate::access::Ask;
use crate::error::ClusterError;
use crate::user::{UserClient, within};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use hyper_util::rt::TokioIo;
use model::links::encode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
/// Protocol v5: the named channel has ended.
const CLOSE: u8 = 255;

/// A paste is sent in pieces, so that a resize is not stuck behind it.
const PIECE: usize = 16 * 1024;
/// Messages in flight to and from the container; beyond them the sender waits.
const QUEUE: usize = 64;
const PING_EVERY: Duration = Duration::from_secs(20);
/// No sign of life, not even an answer to three pings.
const DEAD_AFTER: Duration = Duration::from_secs(65);

/// Environment variable of a shell and of what is started in it.
const SESSION: &str = "GANTRY_SESSION";

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub cols: u16,
    pub rows: u16,
}

/// A command that runs. Dropping `output` and every `input` hangs up.
#[derive(Debug)]
pub struct ExecSession {
    pub input: ExecInput,
    pub output: ExecOutput,
}

/// The way in; clones share.
#[derive(Clone, Debug)]
pub struct ExecInput {
    queue: mpsc::Sender<Input>,
}

#[derive(Debug)]
enum Input {
    Data(Bytes),
    Resize(Size),
    End,
}

/// The way out. Reading slowly slows the command down; nothing is lost.
#[derive(Debug)]
pub struct ExecOutput {
    queue: mpsc::Receiver<ExecEvent>,
    _hang_up: DropGuard,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEvent {
    /// With a terminal, standard error comes here as well. Bytes, cut anywhere.
    Stdout(Bytes),
    Stderr(Bytes),
    /// The last one.
    Ended(ExecEnd),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEnd {
    /// By itself; 137 when the container was killed under it.
    Exited { code: i32 },
    /// There is no such program in the image (no shell).
    NoProgram { message: String },
    /// The runtime could not start it or lost it.
    Failed { message: String },
    /// The connection broke; what became of the command is unknown.
    Lost(ClusterError),
}

/// The session has ended: nobody reads the input any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct Ended;

impl ExecInput {
    /// Sends bytes to standard input, all of them, waiting as long as the container does not read.
    ///
    /// # Errors
    /// `Ended` when the session is over.
    pub async fn write(&self, data: Bytes) -> Result<(), Ended> {
        let mut rest = data;
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            self.queue.send(Input::Data(piece)).await.map_err(|_| Ended)?;
        }
        Ok(())
    }

    /// Tells the terminal's new size.
    ///
    /// # Errors
    /// `Ended` when the session is over.
    pub async fn resize(&self, size: Size) -> Result<(), Ended> {
        self.queue.send(Input::Resize(size)).await.map_err(|_| Ended)
    }

    /// Ends standard input (Ctrl-D of a pipe).
    ///
    /// # Errors
    /// `Ended` when the session is over.
    pub async fn end(&self) -> Result<(), Ended> {
        self.queue.send(Input::End).await.map_err(|_| Ended)
    }
}

impl ExecOutput {
    /// The next output; `None` after `Ended`.
    pub async fn next(&mut self) -> Option<ExecEvent> {
        self.queue.recv().await
    }
}

/// Bash, else sh, as a login-like shell with a terminal type (P-127, P-128). `exec` leaves no second process. Most
/// images name no language, and without one bash takes the bytes of an umlaut or of a Chinese character for keys with
/// Meta (P-139); a sh in the C locale leaves them alone.
/// `session` marks what is started from it, see [`hang_up`].
#[must_use]
pub fn shell(session: &str) -> Vec<String> {
    let head = format!("TERM=xterm-256color; {SESSION}={session}; export TERM {SESSION}; ");
    let script = "command -v bash >/dev/null 2>&1 && \
                  { [ -n \"$LC_ALL$LC_CTYPE$LANG\" ] || export LANG=C.UTF-8; exec bash; }; exec sh";
    vec!["sh".to_owned(), "-c".to_owned(), head + script]
}

/// Tells everything that was started in a [`shell`] that its terminal is gone, as a terminal line does: runtimes leave
/// running what hangs on a connection that ended.
#[must_use]
pub fn hang_up(session: &str) -> Vec<String> {
    let script = format!(
        "for p in /proc/[0-9]*; do grep -q {SESSION}={session} $p/environ && kill -HUP ${{p#/proc/}} && \
         kill -CONT ${{p#/proc/}}; done 2>/dev/null"
    );
    vec!["sh".to_owned(), "-c".to_owned(), script]
}

impl UserClient {
    /// The review that a terminal needs: `create pods/exec`. `get` is enough for some apiservers, and readers have it.
    #[must_use]
    pub fn exec_ask(namespace: &str, pod: &str) -> Ask {
        Ask::new("create", "", "pods").subresource("exec").within(Some(namespace)).named(Some(pod))
    }

    /// Starts a command in a container. With `tty` the size is told at once.
    ///
    /// # Errors
    /// `Forbidden` by the review before anything is opened, or the cluster's refusal (no such container, not running).
    /// A program that does not exist is told by [`ExecEnd::NoProgram`], as only the node finds out.
    pub async fn exec(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        command: &[String],
        tty: bool,
        size: Option<Size>,
    ) -> Result<ExecSession, ClusterError> {
        let limit = self.budget().unwrap_or(self.entry.settings.read);
        let ask = Self::exec_ask(namespace, pod);
        if !self.allowed_now(&ask).await?.allowed {
            return Err(ClusterError::Forbidden {
                verb: ask.verb.clone(),
                resource: ask.resource_text(),
                namespace: ask.namespace,
            });
        }
        let pods = crate::discovery::Resource::new("", "v1", "pods", "Pod", true);
        let mut path = pods.path(Some(namespace), Some(pod), Some("exec"))?;
        path.push_str(&format!("?container={}&stdin=true&stdout=true&tty={tty}", encode(container)));
        if !tty {
            path.push_str("&stderr=true");
        }
        for word in command {
            path.push_str("&command=");
            path.push_str(&encode(word));
        }
        let request = Request::get(path).body(Vec::new()).map_err(ClusterError::protocol)?;
        let request = self.signed(request)?;
        let client = self.entry.own_client()?;
        let connection = within(limit, async { Ok(client.connect(request).await?) }).await?;
        let can_end = connection.supports_stream_close();
        let session = start(connection.into_stream(), can_end, self.entry.ended.child_token());
        if let (true, Some(size)) = (tty, size) {
            let _ = session.input.resize(size).await;
        }
        Ok(session)
    }
}

fn start(socket: Socket, can_end: bool, hang_up: CancellationToken) -> ExecSession {
    let (input, from_caller) = mpsc::channel(QUEUE);
    let (to_caller, output) = mpsc::channel(QUEUE);
    let (sink, stream) = socket.split();
    // The reader hears of a dead writer, and the other way round, by this token.
    let guard = hang_up.clone().drop_guard();
    let (alive, seen) = tokio::sync::watch::channel(Instant::now());
    tokio::spawn(write(sink, from_caller, can_end, seen, hang_up.clone()));
    tokio::spawn(read(stream, to_caller, alive, hang_up));
    ExecSession { input: ExecInput { queue: input }, output: ExecOutput { queue: output, _hang_up: guard } }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut input: mpsc::Receiver<Input>,
    can_end: bool,
    seen: tokio::sync::watch::Receiver<Instant>,
    hang_up: CancellationToken,
) {
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ping.reset();
    let mut open = true;
    loop {
        let message = tokio::select! {
            () = hang_up.cancelled() => break,
            _ = ping.tick() => {
                if seen.borrow().elapsed() > DEAD_AFTER {
                    break;
                }
                Message::Ping(Bytes::new())
            }
            next = input.recv(), if open => match next {
                Some(Input::Data(data)) => frame(STDIN, &data),
                Some(Input::Resize(size)) => {
                    frame(RESIZE, json!({"Width": size.cols, "Height": size.rows}).to_string().as_bytes())
                }
                Some(Input::End) if can_end => frame(CLOSE, &[STDIN]),
                Some(Input::End) => continue,
                None => {
                    open = false;
                    continue;
                }
            },
        };
        if sink.send(message).await.is_err() {
            break;
        }
    }
    hang_up.cancel();
    let _ = tokio::time::timeout(Duration::from_secs(1), sink.close()).await;
}

fn frame(channel: u8, data: &[u8]) -> Message {
    let mut bytes = Vec::with_capacity(data.len() + 1);
    bytes.push(channel);
    bytes.extend_from_slice(data);
    Message::Binary(bytes.into())
}

async fn read(
    mut stream: SplitStream<Socket>,
    output: mpsc::Sender<ExecEvent>,
    alive: tokio::sync::watch::Sender<Instant>,
    hang_up: CancellationToken,
) {
    let end = loop {
        let next = tokio::select! {
            () = hang_up.cancelled() => None,
            next = stream.next() => Some(next),
        };
        alive.send_replace(Instant::now());
        let message = match next {
            None => break ExecEnd::Lost(ClusterError::protocol("connection closed")),
            Some(None) => break ExecEnd::Lost(ClusterError::protocol("connection ended")),
            Some(Some(Err(error))) => break ExecEnd::Lost(ClusterError::protocol(error)),
            Some(Some(Ok(message))) => message,
        };
        // A single byte opens the channel and carries nothing.
        let Message::Binary(mut data) = message else { continue };
        if data.len() < 2 {
            continue;
        }
        let channel = data.split_to(1)[0];
        let event = match channel {
            STDOUT => ExecEvent::Stdout(data),
            STDERR => ExecEvent::Stderr(data),
            STATUS => break ended(&data),
            _ => continue,
        };
        let sent = tokio::select! {
            () = hang_up.cancelled() => false,
            sent = output.send(event) => sent.is_ok(),
        };
        if !sent {
            break ExecEnd::Lost(ClusterError::protocol("connection closed"));
        }
    };
    let _ = output.send(ExecEvent::Ended(end)).await;
    hang_up.cancel();
}

/// Reads the `Status` at a command's end.
fn ended(data: &[u8]) -> ExecEnd {
    let Ok(status) = serde_json::from_slice::<Value>(data) else {
        return ExecEnd::Failed { message: String::from_utf8_lossy(data).into_owned() };
    };
    if status["status"] == "Success" {
        return ExecEnd::Exited { code: 0 };
    }
    let causes = status["details"]["causes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let code =
        causes.iter().find(|cause| cause["reason"] == "ExitCode").and_then(|c| c["message"].as_str()?.parse().ok());
    if let Some(code) = code {
        return ExecEnd::Exited { code };
    }
    let message = status["message"].as_str().unwrap_or_default().to_owned();
    let missing = ["executable file not found", "no such file or directory", "exec format error"];
    if missing.iter().any(|words| message.contains(words)) {
        return ExecEnd::NoProgram { message };
    }
    ExecEnd::Failed { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_command_is_told_apart() {
        let status = |value: Value| ended(value.to_string().as_bytes());
        assert_eq!(status(json!({"status": "Success"})), ExecEnd::Exited { code: 0 });
        let exit = json!({"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated with non-zero exit code",
            "details": {"causes": [{"reason": "ExitCode", "message": "42"}]}});
        assert_eq!(status(exit), ExecEnd::Exited { code: 42 });
        let missing =
            "failed to start exec: OCI runtime exec failed: exec: \"bash\": executable file not found in $PATH";
        assert_eq!(
            status(json!({"status": "Failure", "reason": "InternalError", "message": missing})),
            ExecEnd::NoProgram { message: missing.into() }
        );
        assert_eq!(ended(b"not json"), ExecEnd::Failed { message: "not json".into() });
    }
}
