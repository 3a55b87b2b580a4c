//! Starts real clusters: `cargo xtask test cluster`. Needs the built Go programs (they are built when missing), and root
//! and the Debian packages for the tests with a node. What is missing is an error, never a skipped test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use testcluster::load::{self, Counts};
use testcluster::{Cluster, Kind, Options, Order, fixture, keep, status, up_detached, wait_until};

/// Each test starts a whole cluster; side by side they would only wait for each other.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plane(name: &str, root: &Path) -> Options {
    Options { state_root: root.to_owned(), ..Options::plane(name) }
}

fn node(name: &str, root: &Path) -> Options {
    Options { state_root: root.to_owned(), ..Options::node(name) }
}

#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// What the command says when it must not work.
#[track_caller]
fn refusal(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(!output.status.success(), "{command:?} must not work");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const KEEP_NAME: &str = "TESTCLUSTER_KEEP_NAME";
const KEEP_ROOT: &str = "TESTCLUSTER_KEEP_ROOT";
const KEEP_KIND: &str = "TESTCLUSTER_KEEP_KIND";

/// The body of the keeper that other tests start as a process and kill; without their environment it does nothing.
#[test]
fn keeper_process() {
    let (Some(name), Some(root)) = (std::env::var(KEEP_NAME).ok(), std::env::var_os(KEEP_ROOT)) else { return };
    let options = if std::env::var(KEEP_KIND).is_ok_and(|k| k == "node") {
        node(&name, Path::new(&root))
    } else {
        plane(&name, Path::new(&root))
    };
    keep(&options, |_| Ok(())).expect("kept");
}

/// The command line of a keeper as a process of its own: this program, told by its environment.
fn keeper_command(kind: &str, name: &str, root: &Path) -> (PathBuf, Vec<String>) {
    let own = std::env::current_exe().expect("own path");
    let mut args = vec![
        format!("{KEEP_NAME}={name}"),
        format!("{KEEP_ROOT}={}", root.display()),
        format!("{KEEP_KIND}={kind}"),
        own.display().to_string(),
    ];
    args.extend(["--exact", "keeper_process", "--nocapture"].map(str::to_owned));
    (PathBuf::from("/usr/bin/env"), args)
}

fn start_keeper(kind: &str, name: &str, root: &Path) -> std::process::Child {
    let (program, args) = keeper_command(kind, name, root);
    Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the keeper starts")
}

fn wait_attached(name: &str, root: &Path) -> Cluster {
    wait_until(Duration::from_secs(120), "the keeper's cluster", || Ok(Cluster::attach(root, name).ok()))
        .expect("ready")
}

fn living_processes(root: &Path) -> usize {
    status(root).expect("status").iter().map(|s| s.processes).sum()
}

#[test]
fn a_plane_is_ready_and_leaves_nothing() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(&plane("one", root.path())).expect("started");
    for step in &cluster.steps {
        println!("{}: {:.1} s", step.name, step.seconds);
    }
    let version = output(cluster.kubectl().args(["version", "-o", "json"]));
    assert!(version.contains("\"gitVersion\": \"v1.37.2\""), "{version}");
    // Ready means that a pod is taken, and that the scheduler looked at it.
    output(cluster.kubectl().args(["run", "first", "--image=none:1"]));
    let condition = "--for=jsonpath={.status.conditions[?(@.type==\"PodScheduled\")].reason}=Unschedulable";
    output(cluster.kubectl().args(["wait", "pod/first", "--timeout=30s", condition]));

    // A user of a group without rights is known and refused.
    let config = root.path().join("jane.kubeconfig");
    std::fs::write(&config, cluster.user_kubeconfig("jane", &["team"]).unwrap()).unwrap();
    let kubectl = cluster.kubectl().get_program().to_owned();
    let said = refusal(Command::new(kubectl).arg("--kubeconfig").arg(&config).args(["get", "pods"]));
    assert!(said.contains("User \"jane\" cannot list"), "{said}");

    assert!(Cluster::start(&plane("one", root.path())).is_err_and(|e| e.to_string().contains("runs already")));
    let shown = status(root.path()).unwrap();
    assert_eq!((shown.len(), shown[0].word, shown[0].processes, shown[0].kind), (1, "ready", 4, Kind::Plane));
    let dir = cluster.dir().to_owned();
    cluster.stop().expect("stopped");
    assert!(!dir.exists());
    assert!(status(root.path()).unwrap().is_empty());
}

#[test]
fn two_planes_run_beside_each_other() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let a = Cluster::start(&plane("a", root.path())).expect("first");
    let b = Cluster::start(&plane("b", root.path())).expect("second");
    assert_ne!(a.server_url, b.server_url);
    output(a.kubectl().args(["create", "namespace", "only-in-a"]));
    assert!(refusal(b.kubectl().args(["get", "namespace", "only-in-a"])).contains("not found"));
    drop(a);
    output(b.kubectl().args(["get", "namespaces"]));
}

#[test]
fn a_killed_keeper_takes_its_programs_along_and_the_next_start_cleans() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let mut keeper = start_keeper("plane", "k", root.path());
    let found = wait_attached("k", root.path());
    output(found.kubectl().args(["create", "namespace", "before"]));
    assert_eq!(living_processes(root.path()), 4);
    keeper.kill().unwrap();
    keeper.wait().unwrap();
    wait_until(Duration::from_secs(10), "the programs to end", || {
        Ok((living_processes(root.path()) == 0).then_some(()))
    })
    .expect("all ended");
    assert_eq!(status(root.path()).unwrap()[0].word, "dead");
    assert!(Cluster::attach(root.path(), "k").is_err(), "a dead cluster is not given to tests");

    let again = Cluster::start(&plane("k", root.path())).expect("started again");
    assert!(refusal(again.kubectl().args(["get", "namespace", "before"])).contains("not found"), "a new cluster");
}

#[test]
fn a_keeper_killed_while_it_starts_does_no_harm() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let mut keeper = start_keeper("plane", "k", root.path());
    wait_until(Duration::from_secs(60), "the first programs", || Ok((living_processes(root.path()) > 0).then_some(())))
        .expect("it starts");
    keeper.kill().unwrap();
    keeper.wait().unwrap();
    testcluster::down(root.path(), "k").expect("cleaned");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "nothing is left");
    Cluster::start(&plane("k", root.path())).expect("started again");
}

#[test]
fn a_detached_cluster_stays_until_it_is_taken_down() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let (program, args) = keeper_command("plane", "d", root.path());
    let mut lines = Vec::new();
    let mut tell = |line: &str| lines.push(line.to_owned());
    let cluster = up_detached(&program, &args, &plane("d", root.path()), &mut tell).expect("up");
    output(cluster.kubectl().args(["get", "namespaces"]));
    let again = up_detached(&program, &args, &plane("d", root.path()), &mut tell).expect("a second time is fine");
    assert_eq!(again.server_url, cluster.server_url);
    drop((cluster, again));
    assert_eq!(status(root.path()).unwrap()[0].word, "ready", "who found it does not end it");
    testcluster::down_all(root.path()).expect("down");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "nothing is left");
    assert!(lines.iter().any(|line| line.starts_with("etcd and apiserver: ")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("runs already")), "{lines:?}");
    testcluster::down(root.path(), "d").expect("nothing to do is no error");
}

#[test]
fn a_keeper_that_fails_says_why_at_once() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    // A file where the folder of the clusters should be.
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (program, args) = keeper_command("plane", "d", &file);
    let error = up_detached(&program, &args, &plane("d", root.path()), &mut |_| {}).err().expect("not up");
    assert!(error.to_string().contains("the cluster's keeper ended"), "{error:#}");
}

#[test]
fn the_apiserver_can_be_broken_and_mended() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(&plane("f", root.path())).expect("started");
    output(cluster.kubectl().args(["create", "namespace", "kept"]));
    let api = cluster.api().unwrap();
    cluster.kill_apiserver().unwrap();
    assert!(!api.healthy("/readyz"));
    cluster.restart_apiserver().unwrap();
    output(cluster.kubectl().args(["get", "namespace", "kept"]));
    cluster.freeze_apiserver().unwrap();
    assert!(!api.healthy("/readyz"), "connections hang");
    cluster.thaw_apiserver().unwrap();
    wait_until(Duration::from_secs(30), "the apiserver", || Ok(api.healthy("/readyz").then_some(()))).unwrap();
    cluster.check().expect("all programs run");
}

#[test]
fn a_small_load_is_owned_and_runs() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let options = Options { state_root: root.path().to_owned(), ..Options::load("l") };
    let cluster = Cluster::start(&options).expect("started");
    let counts = Counts { namespaces: 3, nodes: 10, deployments: 10, pods: 95, events: 50 };
    load::fill(&cluster, counts, &mut |line| println!("{line}")).expect("filled");
    let names = |what: &str| output(cluster.kubectl().args(["get", what, "-A", "-o", "name"])).lines().count();
    assert_eq!(names("pods"), 95);
    assert_eq!(names("nodes"), 10);
    assert_eq!(names("deployments"), 10);
    assert_eq!(names("replicasets"), 10, "the controllers took the sets that were there");
    assert!(names("events") >= 50);
}

#[test]
fn pods_run_on_the_node() {
    let _lock = one_at_a_time();
    // A running cluster when one of this library is named, else one of this process.
    let fixture = fixture::own();
    let cluster = fixture.own().expect("a cluster of this library");
    let namespace = fixture.namespace("real").expect("a namespace");
    let address = cluster.address;
    namespace.apply(WEB).expect("applied");
    let run = |args: &[&str]| namespace.run(args).expect("kubectl works");
    run(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    assert!(run(&["logs", "deployment/web"]).contains("starting"));
    assert_eq!(run(&["exec", "deployment/web", "--", "sh", "-c", "echo $((6 * 7))"]).trim(), "42");

    // A Service from the machine; kube-proxy may be a moment behind.
    let port = run(&["get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}"]);
    let page = wait_until(Duration::from_secs(20), "the NodePort", || {
        Ok(http_get(&format!("{address}:{port}")).filter(|text| text.contains("hello from busybox")))
    });
    page.expect("reachable");
    // ... and from a pod, by its name.
    wait_until(Duration::from_secs(20), "the name of the Service in a pod", || {
        let script = "timeout 3 wget -qO- http://web/";
        Ok(namespace.run(&["exec", "deployment/web", "--", "sh", "-c", script]).ok().filter(|t| t.contains("hello")))
    })
    .expect("reachable by name");

    // An image without a shell runs, and says that it has none.
    run(&["run", "noshell", "--image=tc.local/noshell:1"]);
    run(&["wait", "pod/noshell", "--for=condition=Ready", "--timeout=60s"]);
    assert!(run(&["logs", "noshell"]).contains("ready"));
    let said = namespace.run(&["exec", "noshell", "--", "sh"]).unwrap_err().to_string();
    assert!(said.contains("executable file not found"), "{said}");

    // An image from the registry.
    let registry = cluster.registry.as_ref().expect("it has a registry");
    run(&["run", "pulled", &format!("--image={registry}/library/bash:5")]);
    run(&["wait", "pod/pulled", "--for=condition=Ready", "--timeout=60s"]);
    assert!(run(&["exec", "pulled", "--", "bash", "-c", "echo $BASH_VERSION"]).starts_with('5'));

    // A failing probe restarts the container.
    run(&["wait", "pod/unwell", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "--timeout=60s"]);
    testcluster::wait_metrics(&cluster.api().unwrap(), Duration::from_secs(60)).expect("metrics come");
}

#[test]
fn a_killed_node_leaves_nothing_that_down_does_not_clean() {
    let _lock = one_at_a_time();
    let root = tempfile::tempdir().unwrap();
    let mut keeper = start_keeper("node", "n", root.path());
    let found = wait_attached("n", root.path());
    output(found.kubectl().args(["run", "sleeper", "--image=tc.local/busybox:1.35"]));
    output(found.kubectl().args(["wait", "pod/sleeper", "--for=condition=Ready", "--timeout=60s"]));
    let slot = found.address.to_string().split('.').nth(2).expect("10.213.N.2").to_owned();
    let interface = format!("/sys/class/net/tc{slot}");
    assert!(Path::new(&interface).exists());
    found.order(Order::Kill, "kube-proxy").expect("the keeper of another process takes orders");

    keeper.kill().unwrap();
    keeper.wait().unwrap();
    wait_until(Duration::from_secs(20), "the node to vanish", || {
        Ok((living_processes(root.path()) == 0 && !Path::new(&interface).exists()).then_some(()))
    })
    .expect("programs, pods and the network go with the keeper");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&root.path().display().to_string()), "no mount is left");

    testcluster::down(root.path(), "n").expect("cleaned");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "nothing is left");
    let cgroups: Vec<_> = ["", "memory", "cpu", "pids", "systemd"]
        .iter()
        .map(|h| Path::new("/sys/fs/cgroup").join(h).join(format!("tc{slot}")))
        .filter(|dir| dir.exists())
        .collect();
    assert!(cgroups.is_empty(), "{cgroups:?}");
}

fn http_get(address: &str) -> Option<String> {
    use std::io::{Read, Write};
    let address: std::net::SocketAddr = address.parse().ok()?;
    let mut stream = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

const WEB: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: tc.local/busybox:1.35
        command: [sh, -c, "echo starting; exec httpd -f -p 8080 -h /www"]
        ports: [{ containerPort: 8080 }]
        readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
        livenessProbe: { exec: { command: ["true"] } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: unwell }
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: tc.local/busybox:1.35
    livenessProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 }
"#;
