//! The program against real clusters: the demo that `cargo xtask serve --demo` prepares, and what `gantry doctor` says.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use std::{fs, io::Read};
use testcluster::{Cluster, Options, wait_until};

const WAIT: Duration = Duration::from_secs(60);

/// One installation in a folder of its own.
struct Installation {
    folder: tempfile::TempDir,
}

/// A running server; killed when dropped.
struct Server {
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Installation {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn gantry(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.args(words).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.env("GANTRY_SERVER__DATA_DIR", self.path("data")).stdin(Stdio::null());
        command
    }

    /// Starts the console with a demo and waits until it says what account that has.
    fn demo(&self, kubeconfig: &Path) -> (Server, String) {
        let (out, log) = (self.path("out"), self.path("log"));
        let file = |path: &Path| fs::File::create(path).expect("a file");
        let mut command = self.gantry(&["serve"]);
        command.env("GANTRY_SERVER__LISTEN", "127.0.0.1:0").env("GANTRY_DEMO_KUBECONFIG", kubeconfig);
        let mut server = Server { child: command.stdout(file(&out)).stderr(file(&log)).spawn().expect("the program") };
        let line = wait_until(WAIT, "the demo account", || {
            let ended = server.child.try_wait()?.is_some();
            let said =
                fs::read_to_string(&out)?.lines().find(|line| line.starts_with("demo account")).map(str::to_owned);
            assert!(said.is_some() || !ended, "{}", fs::read_to_string(&log)?);
            Ok(said)
        });
        (server, line.expect("a demo"))
    }

    fn doctor(&self) -> (Output, String) {
        let output = self.gantry(&["doctor"]).output().expect("the program");
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        (output, report)
    }
}

/// `ok`, `warn` or `BAD` of each line about a cluster of this name.
fn marks<'a>(report: &'a str, name: &str) -> Vec<&'a str> {
    let named = format!("({name})");
    let lines = report.lines().filter(|line| line.contains("cluster cls-") && line.contains(&named));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

fn plane(root: &Path, name: &str) -> Cluster {
    let options = Options { state_root: root.to_owned(), ..Options::plane(name) };
    Cluster::start(&options).expect("a plane")
}

/// Both kubeconfigs as one file with two contexts.
fn merged(one: &Cluster, other: &Cluster, file: &Path) {
    // Entries of the same name would be one.
    let renamed = fs::read_to_string(&other.kubeconfig).expect("a kubeconfig").replace("\"admin\"", "\"other\"");
    fs::write(file, renamed).expect("written");
    let both = format!("{}:{}", one.kubeconfig.display(), file.display());
    let kubectl = one.kubectl().get_program().to_owned();
    let output = Command::new(kubectl).args(["config", "view", "--flatten"]).env("KUBECONFIG", both).output();
    let output = output.expect("kubectl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(file, output.stdout).expect("written");
}

/// [1.2] The demo imports its cluster, and finds the new one of a later start under the same entry.
/// [1.5] Doctor names the cluster that is away and the key that is wrong, and fails.
#[test]
fn demo_and_doctor() {
    let root = tempfile::tempdir().expect("a folder");
    let first = plane(root.path(), "near");
    let installation = Installation::new();
    let (server, line) = installation.demo(&first.kubeconfig);
    assert!(line.contains("demo") && line.contains("password"), "{line}");
    let (output, report) = installation.doctor();
    assert!(output.status.success(), "{report}");
    assert_eq!(marks(&report, "near"), ["ok"], "{report}");
    drop(server);
    first.stop().expect("stopped");
    let (output, report) = installation.doctor();
    assert_eq!((marks(&report, "near"), output.status.code()), (vec!["BAD"], Some(1)), "{report}");

    // Another cluster with other certificates, as each start of the demo makes one.
    let second = plane(root.path(), "near");
    let (server, line) = installation.demo(&second.kubeconfig);
    assert!(line.contains("reset-password"), "the password is not known any more: {line}");
    drop(server);
    let (output, report) = installation.doctor();
    assert_eq!((marks(&report, "near"), output.status.code()), (vec!["ok"], Some(0)), "{report}");
    let deployments =
        second.kubectl().args(["get", "deployments", "-n", "shop", "-o", "name"]).output().expect("kubectl");
    assert_eq!(String::from_utf8_lossy(&deployments.stdout).lines().count(), 4, "the demo's workloads are in it");

    // One near, one away.
    let away = plane(root.path(), "away");
    let both = Installation::new();
    let file = both.path("both.kubeconfig");
    merged(&second, &away, &file);
    drop(both.demo(&file));
    away.stop().expect("stopped");
    let (output, report) = both.doctor();
    let log = fs::read_to_string(both.path("log")).expect("a log");
    assert_eq!((marks(&report, "near"), marks(&report, "away")), (vec!["ok"], vec!["BAD"]), "{report}{log}");
    assert_eq!(output.status.code(), Some(1));
    assert!(report.lines().any(|line| line.starts_with("BAD") && line.contains("refused")), "says why: {report}");

    // The key of another installation.
    let key = |of: &Installation| of.path("data/secret.key");
    let mut own = String::new();
    fs::File::open(key(&both)).expect("a key").read_to_string(&mut own).expect("a key");
    fs::copy(key(&installation), key(&both)).expect("copied");
    let (output, report) = both.doctor();
    assert_eq!(output.status.code(), Some(1));
    assert!(report.lines().any(|line| line.starts_with("BAD") && line.contains("secret key")), "{report}");
    assert_eq!((marks(&report, "near"), marks(&report, "away")), (vec!["BAD"], vec!["BAD"]), "{report}");
    fs::write(key(&both), own).expect("written");
    assert_eq!(marks(&both.doctor().1, "near"), ["ok"]);
}
