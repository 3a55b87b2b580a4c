//! The program itself: its subcommands, its messages and exit codes, its start and its stop.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

fn gantry(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.current_dir(directory).env_clear().env("GANTRY_SERVER__DATA_DIR", directory.join("data"));
    command.env("HOME", directory).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A failed run: exit code and the one line.
fn failure(output: &Output) -> (Option<i32>, String) {
    let line = text(&output.stderr);
    assert_eq!(line.trim_end().lines().count(), 1, "one line: {line}");
    assert!(line.starts_with("gantry: "), "{line}");
    (output.status.code(), line)
}

/// A running server; killed when dropped.
struct Server {
    child: Child,
    lines: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(directory: &Path, more: &[(&str, &str)]) -> Self {
        let mut command = gantry(directory);
        command.arg("serve").env("GANTRY_SERVER__LISTEN", "127.0.0.1:0").envs(more.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let stderr = child.stderr.take().expect("piped");
        // The log must not fill its pipe; "ready" is its sign that the start went well.
        let (ready, is_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                log.push_str(&line);
                log.push('\n');
                if line.contains("ready") {
                    let _ = ready.send(log.clone());
                }
            }
            let _ = ready.send(log);
        });
        let stdout = child.stdout.take().expect("piped");
        let log = is_ready.recv_timeout(Duration::from_secs(60)).expect("a sign");
        assert!(log.contains("ready"), "{log}");
        let mut lines = Vec::new();
        let mut reader = BufReader::new(stdout);
        loop {
            let mut line = String::new();
            assert!(reader.read_line(&mut line).expect("a line") > 0, "{lines:?}");
            let last = line.starts_with("address") && more.iter().any(|(key, _)| *key == "SET_UP")
                || line.starts_with("set-up link");
            lines.push(line.trim_end().to_owned());
            if last {
                break;
            }
        }
        Self { child, lines }
    }

    fn line(&self, head: &str) -> &str {
        self.lines.iter().find_map(|line| line.strip_prefix(head)).map_or("", str::trim)
    }

    fn authority(&self) -> &str {
        self.line("address").split("://").nth(1).expect("an address")
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.authority()).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.authority()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Stops it in good order; returns how long that took.
    fn stop(&mut self, signal: Signal) -> Duration {
        let begin = Instant::now();
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("a signal");
        let status = self.child.wait().expect("an end");
        assert!(status.success(), "{status}");
        begin.elapsed()
    }
}

#[test]
fn the_printed_configuration_can_be_used() {
    let directory = tempfile::tempdir().expect("a directory");
    let printed = run(gantry(directory.path()).arg("config"));
    assert!(printed.status.success());
    let file = directory.path().join("my.toml");
    std::fs::write(&file, &printed.stdout).expect("written");
    let checked = run(gantry(directory.path()).args(["config", "--check"]).arg(&file));
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("can be used"));

    std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\nprot = 1\n").expect("written");
    let refused = run(gantry(directory.path()).args(["config", "--check"]).arg(&file));
    let (code, line) = failure(&refused);
    assert_eq!(code, Some(2));
    assert!(line.contains("my.toml:3: unknown field `prot`"), "{line}");
    let (code, line) = failure(&run(gantry(directory.path()).args(["serve", "--config"]).arg(&file)));
    assert_eq!(code, Some(2));
    assert!(line.contains("my.toml:3"), "{line}");
    let (code, line) = failure(&run(gantry(directory.path()).arg("serve").env("GANTRY_SERVER__PROT", "1")));
    assert_eq!(code, Some(2));
    assert!(line.contains("GANTRY_SERVER__PROT"), "{line}");
    let (code, _) = failure(&run(gantry(directory.path()).args(["serve", "--config", "none.toml"])));
    assert_eq!(code, Some(2));
}

#[test]
fn version_and_usage() {
    let directory = tempfile::tempdir().expect("a directory");
    let version = run(gantry(directory.path()).arg("--version"));
    assert_eq!(text(&version.stdout).trim(), format!("gantry {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(gantry(directory.path()).arg("nonsense")).status.code(), Some(2));
    assert_eq!(run(&mut gantry(directory.path())).status.code(), Some(2));
}

#[test]
fn the_start_prints_what_one_needs_and_the_stop_is_quick() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(directory.path(), &[]);
    assert_eq!(server.line("data directory"), directory.path().join("data").display().to_string());
    let link = server.line("set-up link").to_owned();
    assert!(link.starts_with(&format!("{}/setup?token=", server.line("address"))), "{link}");
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"), "{}", server.get("/healthz"));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let metrics = server.get("/metrics");
    assert!(metrics.contains("gantry_http_requests_total"), "{metrics}");
    assert!(server.get("/clusters").contains("303"), "{}", server.get("/clusters"));
    // An idle connection does not hold up the stop.
    let _idle = TcpStream::connect(server.authority()).expect("a connection");
    assert!(server.stop(Signal::SIGTERM) < Duration::from_secs(10));

    // A new token at each start until one is used.
    let mut again = Server::start(directory.path(), &[]);
    assert_ne!(again.line("set-up link"), link);
    assert!(again.stop(Signal::SIGINT) < Duration::from_secs(10));
}

#[test]
fn a_taken_port_is_told_in_one_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = run(gantry(directory.path()).arg("serve").env("GANTRY_SERVER__LISTEN", &address));
    let (code, line) = failure(&output);
    assert_eq!(code, Some(1));
    assert!(line.contains(&address) && line.contains("is taken") && line.contains("server.listen"), "{line}");
    assert!(!directory.path().join("data").exists(), "nothing was made");
}

#[test]
fn own_certificate() {
    let directory = tempfile::tempdir().expect("a directory");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (cert, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let (cert, key) = (cert.display().to_string(), key.display().to_string());
    let tls = [("GANTRY_TLS__CERT_FILE", cert.as_str()), ("GANTRY_TLS__KEY_FILE", key.as_str())];
    let mut server = Server::start(directory.path(), &tls);
    assert!(server.line("address").starts_with("https://127.0.0.1:"), "{:?}", server.lines);
    assert!(!server.get_plain_is_answered(), "plain HTTP is not answered");
    let answer = tls_get(server.authority(), &made.cert.der().clone());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
    assert!(server.stop(Signal::SIGTERM) < Duration::from_secs(10));

    let swapped = [("GANTRY_TLS__CERT_FILE", key.as_str()), ("GANTRY_TLS__KEY_FILE", key.as_str())];
    let (code, line) =
        failure(&run(gantry(directory.path()).arg("serve").env("GANTRY_SERVER__LISTEN", "127.0.0.1:0").envs(swapped)));
    assert_eq!(code, Some(1));
    assert!(line.contains("tls.cert_file") && line.contains("key.pem"), "{line}");
}

impl Server {
    fn get_plain_is_answered(&self) -> bool {
        let mut stream = TcpStream::connect(self.authority()).expect("a connection");
        let _ = write!(stream, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer.starts_with(b"HTTP/1.1 200")
    }
}

fn tls_get(authority: &str, trusted: &rustls_pki_types::CertificateDer<'static>) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let connection = rustls::ClientConnection::new(std::sync::Arc::new(config), name).expect("a connection");
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(authority).expect("a connection"));
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    // The peer may close without the TLS farewell.
    let _ = stream.read_to_end(&mut answer);
    text(&answer)
}

/// The whole life of an installation from the command line: no account, an account, its password, backup, restore.
#[test]
fn reset_backup_restore_and_doctor() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    let (code, line) = failure(&run(gantry(path).args(["admin", "reset-password"])));
    assert_eq!(code, Some(1));
    assert!(line.contains("no such account"), "{line}");

    let mut server = Server::start(path, &[]);
    let token = server.line("set-up link").split("token=").nth(1).expect("a token").to_owned();
    let password = "correct horse battery";
    let body = format!("token={token}&name=root&password={0}&repeated={0}", password.replace(' ', "+"));
    assert!(post(server.authority(), "/setup", &body).starts_with("HTTP/1.1 303"));

    // A backup of the running console.
    let backup = path.join("backup.db");
    let made = run(gantry(path).arg("backup").arg(&backup));
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("1 accounts"), "{}", text(&made.stdout));
    let (code, _) = failure(&run(gantry(path).arg("backup").arg(&backup)));
    assert_eq!(code, Some(1), "a backup replaces nothing");

    // A random password, then one that is piped in.
    let reset = run(gantry(path).args(["admin", "reset-password"]));
    let printed = text(&reset.stdout);
    let one_time = printed.trim().split("one-time password ").nth(1).unwrap_or_else(|| panic!("{printed}")).to_owned();
    assert!(
        post(server.authority(), "/login", &format!("name=root&password={}", password.replace(' ', "+")))
            .starts_with("HTTP/1.1 401")
    );
    let answer = post(server.authority(), "/login", &format!("name=root&password={one_time}"));
    assert!(answer.contains("location: /profile/password"), "{answer}");
    let mut piped = gantry(path)
        .args(["admin", "reset-password", "--name", "ROOT"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    piped.stdin.take().expect("piped").write_all(b"Quite-another-1\n").expect("written");
    assert!(piped.wait_with_output().expect("an end").status.success());
    assert!(post(server.authority(), "/login", "name=root&password=Quite-another-1").starts_with("HTTP/1.1 303"));

    let (code, line) = failure(&run(gantry(path).args(["restore", "--force", "none.db"])));
    assert_eq!((code, line.matches("No such file").count()), (Some(1), 1), "{line}");
    // A restore needs the console stopped and the wish to replace.
    let (code, line) = failure(&run(gantry(path).args(["restore", "--force"]).arg(&backup)));
    assert_eq!(code, Some(1), "{line}");
    assert!(server.stop(Signal::SIGTERM) < Duration::from_secs(10));
    let (code, line) = failure(&run(gantry(path).arg("restore").arg(&backup)));
    assert_eq!(code, Some(1));
    assert!(line.contains("--force"), "{line}");
    let restored = run(gantry(path).args(["restore", "--force"]).arg(&backup));
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let mut server = Server::start(path, &[("SET_UP", "done")]);
    let answer = post(server.authority(), "/login", &format!("name=root&password={}", password.replace(' ', "+")));
    assert!(answer.starts_with("HTTP/1.1 303"), "the password of the backup: {answer}");
    server.stop(Signal::SIGTERM);

    let doctor = run(gantry(path).arg("doctor"));
    let report = text(&doctor.stdout);
    assert!(doctor.status.success(), "{report} {}", text(&doctor.stderr));
    for what in ["clock", "database", "database writes", "secret key", "main account"] {
        assert!(report.lines().any(|line| line.starts_with("ok") && line.contains(what)), "{what}: {report}");
    }
    std::fs::write(path.join("data/gantry.db"), b"no database").expect("written");
    let (code, _) = failure(&run(gantry(path).arg("doctor")));
    assert_eq!(code, Some(1));
}

/// Sets the console up and returns the session's cookie.
fn set_up(server: &Server) -> String {
    let token = server.line("set-up link").split("token=").nth(1).expect("a token").to_owned();
    let body = format!("token={token}&name=root&password=Quite-another-1&repeated=Quite-another-1&language=en");
    let answer = post(server.authority(), "/setup", &body);
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// kill -9 in the middle of writes: every account that was acknowledged is there afterwards.
#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(directory.path(), &[]);
    let cookie = set_up(&server);
    let authority = server.authority().to_owned();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (authority, cookie) = (authority.clone(), cookie.clone());
            std::thread::spawn(move || {
                let mut acknowledged = 0_usize;
                for number in 0.. {
                    let body = format!("name=a-{writer}-{number}&password=Quite-another-1&repeated=Quite-another-1");
                    match try_post(&authority, "/access/accounts/~new", &cookie, &body) {
                        Ok(answer) if answer.starts_with("HTTP/1.1 303") => acknowledged += 1,
                        _ => break,
                    }
                    if acknowledged == 2 && writer == 0 {
                        // In the middle of what the others write.
                        return (acknowledged, true);
                    }
                }
                (acknowledged, false)
            })
        })
        .collect();
    let mut writers = writers.into_iter();
    let (mut acknowledged, first) = writers.next().expect("a writer").join().expect("a thread");
    assert!(first, "the first writer has written");
    server.child.kill().expect("killed");
    server.child.wait().expect("an end");
    for writer in writers {
        acknowledged += writer.join().expect("a thread").0;
    }
    let server = Server::start(directory.path(), &[("SET_UP", "done")]);
    let backup = directory.path().join("after.db");
    let counted = text(&run(gantry(directory.path()).arg("backup").arg(&backup)).stdout);
    let there: usize = counted
        .split(" accounts")
        .next()
        .and_then(|head| head.rsplit(' ').next())
        .and_then(|n| n.parse().ok())
        .expect("a count");
    // A writer may have been cut between the commit and the answer.
    assert!((acknowledged + 1..=acknowledged + 1 + 4).contains(&there), "{acknowledged} acknowledged, {counted}");
    drop(server);
}

/// A request that is under way when the stop begins is answered; new ones are not taken.
#[test]
fn a_stop_answers_what_is_under_way() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(directory.path(), &[]);
    let authority = server.authority().to_owned();
    let body = "name=root&password=x";
    let mut slow = TcpStream::connect(&authority).expect("a connection");
    slow.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    write!(
        slow,
        "POST /login HTTP/1.1\r\nHost: {authority}\r\nAccept: text/html\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .expect("sent");
    // The server asks for the body: the request is under way.
    let mut head = [0; 25];
    slow.read_exact(&mut head).expect("an answer");
    assert!(head.starts_with(b"HTTP/1.1 100"), "{}", text(&head));
    kill(Pid::from_raw(server.child.id().cast_signed()), Signal::SIGTERM).expect("a signal");
    let begin = Instant::now();
    while TcpStream::connect(&authority).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(5), "new connections are still taken");
        std::thread::yield_now();
    }
    slow.write_all(body.as_bytes()).expect("sent");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(server.child.wait().expect("an end").success());
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// Sockets are told why they close before the process ends.
#[test]
fn a_stop_closes_sockets_with_a_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(directory.path(), &[]);
    let cookie = set_up(&server);
    let mut request = format!("ws://{}/live", server.authority()).into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("cookie", cookie.parse().expect("a cookie"));
    headers.insert("origin", format!("http://{}", server.authority()).parse().expect("an origin"));
    let stream = TcpStream::connect(server.authority()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let (mut socket, _) = tungstenite::client(request, stream).expect("a socket");
    let reader = std::thread::spawn(move || {
        let mut messages = Vec::new();
        while let Ok(message) = socket.read() {
            messages.push(message);
        }
        messages
    });
    assert!(server.stop(Signal::SIGTERM) < Duration::from_secs(10));
    let messages = reader.join().expect("a reader");
    let closed = messages.iter().any(|message| {
        message.to_text().is_ok_and(|text| text.contains(r#"{"closed":"#) && text.contains("restarting"))
    });
    assert!(closed, "{messages:?}");
}

#[test]
fn the_secret_key_is_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    assert!(run(gantry(path).arg("doctor")).status.success());
    let file = path.join("data/secret.key");
    let before = std::fs::read_to_string(&file).expect("a key file");
    let rotated = run(gantry(path).args(["admin", "rotate-key"]));
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let after = std::fs::read_to_string(&file).expect("a key file");
    assert_ne!(before, after);
    assert_eq!(after.lines().filter(|line| !line.starts_with('#')).count(), 1, "only the new key: {after}");
    assert!(run(gantry(path).arg("doctor")).status.success());
    let (code, line) = failure(&run(gantry(path)
        .args(["admin", "rotate-key"])
        .env("GANTRY_SECRET_KEY", before.lines().last().expect("a key"))));
    assert_eq!(code, Some(1));
    assert!(line.contains("GANTRY_SECRET_KEY"), "{line}");
}

fn post(authority: &str, path: &str, body: &str) -> String {
    try_post(authority, path, "none=", body).expect("an answer")
}

fn try_post(authority: &str, path: &str, cookie: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(authority)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nAccept: text/html\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
