//! Commands in containers (traps.md, "Terminal").

use crate::{BASH, BUSYBOX, NO_SHELL, Real, start_pod};
use bytes::Bytes;
use clusters::ClusterError;
use clusters::exec::{ExecEnd, ExecEvent, ExecSession, Size, shell};
use std::time::Duration;
use testcluster::fixture::cluster;

const PATIENCE: Duration = Duration::from_secs(60);

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|word| (*word).to_owned()).collect()
}

/// Standard output, standard error and the end.
pub async fn finish(mut session: ExecSession) -> (Vec<u8>, Vec<u8>, ExecEnd) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let all = async {
        loop {
            match session.output.next().await {
                Some(ExecEvent::Stdout(bytes)) => out.extend_from_slice(&bytes),
                Some(ExecEvent::Stderr(bytes)) => err.extend_from_slice(&bytes),
                Some(ExecEvent::Ended(end)) => break end,
                None => panic!("no end was told"),
            }
        }
    };
    let end = tokio::time::timeout(PATIENCE, all).await.expect("an end");
    (out, err, end)
}

/// Reads until the output holds a text.
async fn until(session: &mut ExecSession, text: &str) -> String {
    let mut out = Vec::new();
    let found = async {
        loop {
            match session.output.next().await {
                Some(ExecEvent::Stdout(bytes)) => out.extend_from_slice(&bytes),
                other => panic!("{other:?} after {}", String::from_utf8_lossy(&out)),
            }
            let so_far = String::from_utf8_lossy(&out);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("the text in time")
}

#[tokio::test]
async fn output_and_exit_codes_come_back() {
    let (real, namespace) = (Real::new().await, cluster().namespace("exec").unwrap());
    start_pod(&namespace, "p", BUSYBOX, &["sleep", "3600"]);
    let (admin, ns) = (real.admin(), namespace.name.as_str());
    let run = |command: &[&str]| {
        let (admin, command) = (admin.clone(), words(command));
        async move { finish(admin.exec(ns, "p", "main", &command, false, None).await.unwrap()).await }
    };
    let (out, err, end) = run(&["sh", "-c", "echo 你好; echo oops >&2; exit 42"]).await;
    assert_eq!(String::from_utf8(out).unwrap(), "你好\n");
    assert_eq!(err, b"oops\n");
    assert_eq!(end, ExecEnd::Exited { code: 42 });
    assert_eq!(run(&["echo", "a b", "&", "?", "'\"#%"]).await.0, b"a b & ? '\"#%\n", "arguments as they are");
    let (_, _, end) = run(&["no-such-program"]).await;
    assert!(matches!(end, ExecEnd::NoProgram { .. }), "{end:?}");

    // Binary and fast output, read slowly at first.
    let (out, _, end) = run(&["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' '\\377'; seq 1 100000"]).await;
    assert_eq!(end, ExecEnd::Exited { code: 0 });
    assert!(out[..3_000_000].iter().all(|byte| *byte == 0xff));
    let numbers: String = (1..=100_000).map(|number| format!("{number}\n")).collect();
    assert_eq!(&out[3_000_000..], numbers.as_bytes());

    let missing = admin.exec(ns, "p", "other", &words(&["true"]), false, None).await.unwrap_err();
    assert_eq!(missing.status(), Some(400), "{missing}");
    let gone = admin.exec(ns, "q", "main", &words(&["true"]), false, None).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}

/// [P-139] on the level of the stream: 100 kB at once, all bytes arrive.
#[tokio::test]
async fn a_large_paste_arrives_whole() {
    let (real, namespace) = (Real::new().await, cluster().namespace("paste").unwrap());
    start_pod(&namespace, "p", BUSYBOX, &["sleep", "3600"]);
    let text: String = (0..)
        .map(|n| format!("{n}: 粘贴 paste é\n"))
        .take_while({
            let mut total = 0;
            move |line| {
                total += line.len();
                total < 100_000
            }
        })
        .collect();
    // A pipe, ended by us.
    let cat = real.admin().exec(&namespace.name, "p", "main", &words(&["cat"]), false, None).await.unwrap();
    let input = cat.input.clone();
    let bytes = Bytes::from(text.clone());
    let send = async {
        input.write(bytes.clone()).await.unwrap();
        input.end().await.unwrap();
    };
    let (_, (out, _, end)) = tokio::join!(send, finish(cat));
    assert_eq!((end, String::from_utf8(out).unwrap()), (ExecEnd::Exited { code: 0 }, text.clone()));
    // A terminal.
    let script = format!("stty raw -echo; echo ready; head -c {} | md5sum", text.len());
    let size = Size { cols: 80, rows: 24 };
    let mut tty = real
        .admin()
        .exec(&namespace.name, "p", "main", &words(&["sh", "-c", &script]), true, Some(size))
        .await
        .unwrap();
    until(&mut tty, "ready").await;
    tty.input.write(Bytes::from(text.clone())).await.unwrap();
    let (out, _, _) = finish(tty).await;
    let wanted = md5(&text);
    assert!(String::from_utf8_lossy(&out).contains(&wanted), "{} is not {wanted}", String::from_utf8_lossy(&out));
}

fn md5(text: &str) -> String {
    use std::io::Write as _;
    let mut child = std::process::Command::new("md5sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout)[..32].to_owned()
}

/// [P-127] bash where there is one, else sh; [P-128] TERM is set; [P-129] the window's size reaches the container.
#[tokio::test]
async fn a_shell_with_a_terminal() {
    let (real, namespace) = (Real::new().await, cluster().namespace("shell").unwrap());
    start_pod(&namespace, "busybox", BUSYBOX, &["sleep", "3600"]);
    start_pod(&namespace, "bash", BASH, &["sleep", "3600"]);
    for pod in ["busybox", "bash"] {
        let size = Size { cols: 101, rows: 33 };
        let mut session =
            real.admin().exec(&namespace.name, pod, "main", &shell("s1"), true, Some(size)).await.unwrap();
        let input = session.input.clone();
        let line = |text: &'static str| input.write(Bytes::from_static(text.as_bytes()));
        line("echo T=$TERM B=${BASH_VERSION:+yes}.\r").await.unwrap();
        let out = until(&mut session, "T=xterm-256color B=").await;
        let out = if out.ends_with('=') { out + &until(&mut session, ".").await } else { out };
        assert_eq!(out.contains("B=yes."), pod == "bash", "{out}");
        line("stty size\r").await.unwrap();
        until(&mut session, "33 101").await;
        session.input.resize(Size { cols: 60, rows: 20 }).await.unwrap();
        line("stty size\r").await.unwrap();
        until(&mut session, "20 60").await;
        // What is typed is shown as it is, not as keys with Meta; Ctrl-U takes it away [P-139].
        line("# é汉字😀 typed").await.unwrap();
        until(&mut session, "# é汉字😀 typed").await;
        line("\x15echo é汉字\r").await.unwrap();
        until(&mut session, "\né汉字").await;
        // Ctrl-C ends a program, not the session.
        line("sh -c 'echo be\"\"gun; sleep 1000'\r").await.unwrap();
        until(&mut session, "begun").await;
        line("\x03").await.unwrap();
        line("exit 7\r").await.unwrap();
        assert_eq!(finish(session).await.2, ExecEnd::Exited { code: 7 });
    }
}

/// [P-127] An image without a shell is said to have none, and a command of its own still runs.
#[tokio::test]
async fn no_shell_in_the_image() {
    let (real, namespace) = (Real::new().await, cluster().namespace("noshell").unwrap());
    namespace
        .apply(
            &serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "main", "image": NO_SHELL}], "terminationGracePeriodSeconds": 1}})
            .to_string(),
        )
        .unwrap();
    namespace.run(&["wait", "--for=condition=Ready", "pod/p", "--timeout=90s"]).unwrap();
    let size = Some(Size { cols: 80, rows: 24 });
    let started = std::time::Instant::now();
    let session = real.admin().exec(&namespace.name, "p", "main", &shell("s1"), true, size).await.unwrap();
    let end = finish(session).await.2;
    assert!(matches!(end, ExecEnd::NoProgram { .. }), "{end:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// [P-138] on the level of calls: `get pods/exec` is not enough, and nothing is opened.
#[tokio::test]
async fn readers_open_no_terminal() {
    let (real, namespace) = (Real::new().await, cluster().namespace("noexec").unwrap());
    start_pod(&namespace, "p", BUSYBOX, &["sleep", "3600"]);
    let guest = format!("gantry:{}", namespace.name);
    namespace.run(&["create", "role", "peek", "--verb=get", "--resource=pods,pods/exec"]).unwrap();
    namespace.run(&["create", "rolebinding", "peek", "--role=peek", &format!("--user={guest}")]).unwrap();
    for user in [real.reader(), real.user(&guest, &[])] {
        let refused = user.exec(&namespace.name, "p", "main", &words(&["true"]), false, None).await.unwrap_err();
        let ClusterError::Forbidden { verb, resource, .. } = refused else { panic!("{refused}") };
        assert_eq!((verb.as_str(), resource.as_str()), ("create", "pods/exec"));
    }
}

/// [P-132] on the level of the stream: it ends when the Pod is deleted, and when the cluster is taken away.
#[tokio::test]
async fn a_terminal_ends_with_what_it_stands_on() {
    let (real, namespace) = (Real::new().await, cluster().namespace("end").unwrap());
    start_pod(&namespace, "p", BUSYBOX, &["sleep", "3600"]);
    let open = || {
        let admin = real.admin();
        let ns = namespace.name.clone();
        async move { admin.exec(&ns, "p", "main", &words(&["sh"]), true, Some(Size { cols: 80, rows: 24 })).await.unwrap() }
    };
    let session = open().await;
    real.put(crate::kubeconfig(), clusters::IdentityMode::Direct);
    let end = finish(session).await.2;
    assert!(matches!(end, ExecEnd::Lost(_)), "another credential: {end:?}");
    real.put(crate::kubeconfig(), clusters::IdentityMode::Impersonate);
    let session = open().await;
    let input = session.input.clone();
    namespace.run(&["delete", "pod", "p", "--wait=false", "--grace-period=1"]).unwrap();
    let end = finish(session).await.2;
    assert!(matches!(end, ExecEnd::Exited { code: 137 } | ExecEnd::Failed { .. } | ExecEnd::Lost(_)), "{end:?}");
    let closed = async {
        while input.write(Bytes::from_static(b"x")).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("the input closes");
}

/// [P-131, P-132] A runtime leaves running what hangs on an ended connection; the hang-up ends exactly that session.
#[tokio::test]
async fn what_a_session_started_ends_with_it() {
    let (real, namespace) = (Real::new().await, cluster().namespace("hangup").unwrap());
    start_pod(&namespace, "p", BUSYBOX, &["sleep", "3600"]);
    let (ns, size) = (namespace.name.as_str(), Some(Size { cols: 80, rows: 24 }));
    let start = async |session: &str| {
        let mut opened = real.admin().exec(ns, "p", "main", &shell(session), true, size).await.unwrap();
        opened.input.write(Bytes::from_static(b"echo be\"\"gun; while true; do sleep 77; done\r")).await.unwrap();
        until(&mut opened, "begun").await;
        opened
    };
    let (one, two) = (start("one").await, start("two").await);
    drop(one);
    let running = async |text: &str| {
        let session = real.admin().exec(ns, "p", "main", &words(&["ps"]), false, None).await.unwrap();
        let out = String::from_utf8_lossy(&finish(session).await.0).into_owned();
        out.lines().filter(|line| line.ends_with(text)).count()
    };
    let hang_up = clusters::exec::hang_up("one");
    let end = finish(real.admin().exec(ns, "p", "main", &hang_up, false, None).await.unwrap()).await.2;
    assert!(matches!(end, ExecEnd::Exited { .. }), "{end:?}");
    let ended = async {
        while running("sleep 77").await != 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("one of the two sessions is over");
    assert_eq!(running(" sh").await, 1, "the shell of the other one is left");
    drop(two);
}
