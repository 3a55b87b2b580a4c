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
