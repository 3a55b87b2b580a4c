//! Logs (traps.md, "Logs").

use crate::{BUSYBOX, Real, apply_pod, kubeconfig, start_pod};
use clusters::IdentityMode;
use clusters::logs::{LogEnd, LogEvent, LogFollow};
use futures::StreamExt as _;
use model::logs::LogQuery;
use std::time::Duration;
use testcluster::fixture::cluster;
use testkit::fault_proxy::FaultProxy;

fn query(change: impl FnOnce(&mut LogQuery)) -> LogQuery {
    let mut query = LogQuery { container: "main".into(), follow: false, tail: 0, ..LogQuery::default() };
    change(&mut query);
    query
}

async fn next(follow: &mut LogFollow) -> LogEvent {
    tokio::time::timeout(Duration::from_secs(60), follow.next()).await.expect("an event").expect("not the end")
}

/// All lines, and the end.
async fn all(mut follow: LogFollow) -> (Vec<String>, LogEnd) {
    let mut lines = Vec::new();
    loop {
        match next(&mut follow).await {
            LogEvent::Lines(more) => lines.extend(more.into_iter().map(|line| line.text)),
            LogEvent::Ended(end) => return (lines, end),
            other => panic!("{other:?}"),
        }
    }
}

/// [W-108] on the level of calls: lines of a Pod that has finished.
#[tokio::test]
async fn a_finished_container_still_has_its_log() {
    let (real, namespace) = (Real::new().await, cluster().namespace("log").unwrap());
    let script = "printf 'one\\n\\033[31mtwo\\033[0m\\rTWO\\n三\\n'; for i in $(seq 1 300); do echo line $i; done; printf end; exit 3";
    apply_pod(&namespace, "p", BUSYBOX, &["sh", "-c", script]);
    namespace.run(&["wait", "--for=jsonpath={.status.phase}=Failed", "pod/p", "--timeout=90s"]).unwrap();
    let (reader, ns) = (real.reader(), namespace.name.as_str());

    let (lines, end) = all(reader.follow_logs(ns, "p", &query(|_| {}))).await;
    assert_eq!(end, LogEnd::Complete);
    assert_eq!(&lines[..3], ["one", "\u{1b}[31mtwo\u{1b}[0m\rTWO", "三"], "terminal codes are kept");
    assert_eq!((lines.len(), lines.last().unwrap().as_str()), (304, "end"));
    let (lines, _) = all(reader.follow_logs(ns, "p", &query(|q| q.tail = 2))).await;
    assert_eq!(lines, ["line 300", "end"]);
    let (_, end) = all(reader.follow_logs(ns, "p", &query(|q| q.follow = true))).await;
    assert_eq!(end, LogEnd::ContainerEnded { exit_code: Some(3), reason: "Error".into() });

    let mut raw = Vec::new();
    let mut stream = reader.logs(ns, "p", &query(|_| {}), false).await.unwrap();
    while let Some(piece) = stream.next().await {
        raw.extend_from_slice(&piece.unwrap());
    }
    assert!(raw.starts_with("one\n\u{1b}[31mtwo\u{1b}[0m\rTWO\n三\n".as_bytes()), "downloads are raw");

    let (_, end) = all(reader.follow_logs(ns, "q", &query(|_| {}))).await;
    assert!(matches!(&end, LogEnd::Failed(error) if error.is_not_found()), "{end:?}");
    let (_, end) = all(reader.follow_logs(ns, "p", &query(|q| q.previous = true))).await;
    assert!(matches!(&end, LogEnd::Failed(error) if error.status() == Some(400)), "{end:?}");
    let guest = real.user("gantry:guest", &[]);
    let (_, end) = all(guest.follow_logs(ns, "p", &query(|_| {}))).await;
    assert!(matches!(&end, LogEnd::Failed(error) if error.is_forbidden()), "{end:?}");
}

/// What ends a followed log in silence: it goes on without gap and without double.
#[tokio::test]
async fn a_followed_log_goes_on_after_a_break() {
    Real::new().await;
    let namespace = cluster().namespace("follow").unwrap();
    let script = "i=0; while true; do i=$((i+1)); echo n $i; [ $((i % 20)) = 0 ] && sleep 0.1; done";
    start_pod(&namespace, "p", BUSYBOX, &["sh", "-c", script]);
    let proxy = FaultProxy::start(&kubeconfig()).await.unwrap();
    let real = Real::with(proxy.kubeconfig(), IdentityMode::Impersonate);
    let mut follow = real.reader().follow_logs(&namespace.name, "p", &query(|q| (q.follow, q.tail) = (true, 100)));
    let (mut last, mut breaks, mut resumed) = (None, 0, 0);
    let mut counted = 0;
    while resumed < 3 || counted < 2000 {
        match next(&mut follow).await {
            LogEvent::Lines(lines) => {
                for line in lines {
                    assert!(line.at.is_some());
                    let number: u64 = line.text.strip_prefix("n ").unwrap().parse().unwrap();
                    assert!(last.is_none_or(|last| number == last + 1), "{number} after {last:?}");
                    last = Some(number);
                    counted += 1;
                }
                if counted > 300 * (breaks + 1) && breaks == resumed && breaks < 3 {
                    proxy.cut();
                    breaks += 1;
                }
            }
            LogEvent::Resumed { gap } => {
                assert!(!gap);
                resumed += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    namespace.run(&["delete", "pod", "p", "--grace-period=0", "--force"]).unwrap();
    loop {
        match next(&mut follow).await {
            LogEvent::Ended(end) => {
                assert!(matches!(end, LogEnd::PodGone | LogEnd::ContainerEnded { .. }), "{end:?}");
                break;
            }
            LogEvent::Lines(_) | LogEvent::Resumed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(follow.next().await, None);
}

fn running(namespace: &testcluster::fixture::Namespace, pod: &serde_json::Value) {
    namespace.apply(&pod.to_string()).expect("a Pod");
}

/// [W-108] A log that is opened too early is waited for; each run of a container that is started again follows the one
/// before, from its first line.
#[tokio::test]
async fn a_followed_log_goes_from_run_to_run() {
    let (real, namespace) = (Real::new().await, cluster().namespace("runs").unwrap());
    // The second run begins at once, the log of the init container ends for good.
    running(
        &namespace,
        &serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
            "terminationGracePeriodSeconds": 0,
            "initContainers": [{"name": "first", "image": BUSYBOX, "command": ["sh", "-c", "until [ -e /data/go ]; do sleep 0.1; done"],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
            "containers": [{"name": "main", "image": BUSYBOX, "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "command": ["sh", "-c", "echo x >> /data/runs; n=$(wc -l < /data/runs); echo one-of-$n; echo two-of-$n; [ $n -lt 3 ] && exit $n; sleep 1000000"]}],
            "volumes": [{"name": "data", "emptyDir": {}}]}}),
    );
    namespace
        .run(&["wait", "--for=jsonpath={.status.initContainerStatuses[0].state.running}", "pod/p", "--timeout=90s"])
        .unwrap();
    let wanted = query(|q| (q.follow, q.tail) = (true, 1));
    let mut follow = real.reader().follow_logs(&namespace.name, "p", &wanted);
    assert_eq!(next(&mut follow).await, LogEvent::Waiting { reason: "PodInitializing".into() });
    namespace.run(&["exec", "p", "-c", "first", "--", "touch", "/data/go"]).unwrap();
    let (mut seen, mut codes) = (Vec::new(), Vec::new());
    while seen.last().map(String::as_str) != Some("two-of-3") {
        match next(&mut follow).await {
            LogEvent::Lines(lines) => seen.extend(lines.into_iter().map(|line| line.text)),
            // The end of a run that is over before the Pod's status is written cannot be told.
            LogEvent::Restarting { exit_code, .. } => codes.extend(exit_code),
            LogEvent::Restarted => seen.push("again".into()),
            LogEvent::Waiting { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    // How much of the first run is there depends on when it is asked for; a run that is met later is read whole.
    let from = seen.iter().position(|line| line == "two-of-1").expect("the first run");
    let told = ["two-of-1", "again", "one-of-2", "two-of-2", "again", "one-of-3", "two-of-3"];
    assert_eq!(seen[from..], told, "{seen:?}");
    assert!(codes == [1, 2] || codes == [2], "{codes:?}");
    let (_, end) = all(real.reader().follow_logs(
        &namespace.name,
        "p",
        &query(|q| (q.follow, q.container) = (true, "first".into())),
    ))
    .await;
    assert_eq!(end, LogEnd::ContainerEnded { exit_code: Some(0), reason: "Completed".into() });
    let missing = query(|q| (q.follow, q.container) = (true, "no-such".into()));
    let (_, end) = all(real.reader().follow_logs(&namespace.name, "p", &missing)).await;
    assert!(matches!(&end, LogEnd::Failed(error) if error.status() == Some(400)), "{end:?}");
}

/// [W-108] The kubelet rotates a log while it is followed: no line is missing, none comes twice.
#[tokio::test]
async fn a_followed_log_survives_its_rotation() {
    let (real, namespace) = (Real::new().await, cluster().namespace("rotated").unwrap());
    let script = "p=$(head -c 480 /dev/zero | tr '\\0' x); i=0; while true; do i=$((i+1)); echo $i $p; [ $((i % 300)) = 0 ] && sleep 0.1; done";
    start_pod(&namespace, "p", BUSYBOX, &["sh", "-c", script]);
    let mut follow = real.reader().follow_logs(&namespace.name, "p", &query(|q| (q.follow, q.tail) = (true, 1)));
    let uid = namespace.run(&["get", "pod", "p", "-o", "jsonpath={.metadata.uid}"]).unwrap();
    let node = namespace.run(&["get", "pod", "p", "-o", "jsonpath={.spec.nodeName}"]).unwrap();
    let folder = format!("/api/v1/nodes/{}/proxy/logs/pods/{}_p_{}/main/", node.trim(), namespace.name, uid.trim());
    let rotated = || namespace.run(&["get", "--raw", &folder]).unwrap().matches("0.log.").count() > 0;
    let (mut last, mut counted, mut since) = (None, 0_u64, None);
    while since.is_none_or(|since| counted < since + 2000) {
        match next(&mut follow).await {
            LogEvent::Lines(lines) => {
                for line in lines {
                    let number: u64 = line.text.split(' ').next().unwrap().parse().unwrap();
                    assert!(last.is_none_or(|last| number == last + 1), "{number} after {last:?}");
                    last = Some(number);
                    counted += 1;
                    if since.is_none() && counted % 2000 == 0 && rotated() {
                        since = Some(counted);
                    }
                }
            }
            LogEvent::Resumed { gap } => assert!(!gap),
            other => panic!("{other:?}"),
        }
    }
    assert!(counted > 20_000, "ten MiB and more were read: {counted}");
}
