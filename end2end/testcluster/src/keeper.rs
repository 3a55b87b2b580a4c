//! The process that a cluster lives in when it shall outlast the command that started it.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{SigSet, Signal};

use crate::cluster::{Cluster, Kind, Options};
use crate::lock::FileLock;
use crate::process::{ProcessId, spawn_detached, wait_until};
use crate::state::{self, Phase, State};
use crate::supervisor::tail;

/// Building the Go programs may be part of the start.
const UP_LIMIT: Duration = Duration::from_secs(30 * 60);
const DOWN_LIMIT: Duration = Duration::from_secs(60);

/// Starts the cluster and blocks until SIGTERM or SIGINT, then stops it. The state file in the cluster's folder says how
/// far it is; when the start fails it holds the error.
pub fn keep(options: &Options, then: impl FnOnce(&Cluster) -> Result<()> + Send) -> Result<()> {
    // Blocked before any thread is made: all inherit it, and only the waiting below takes the signals.
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGINT);
    signals.thread_block()?;

    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = ended.send(signals.wait());
    });
    // A signal during the start must count too: the work is done on a thread, and this one decides.
    std::thread::scope(|scope| -> Result<()> {
        let (started, ready) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            let result = Cluster::start_with(options, &mut |line| println!("{line}"));
            let result = result.and_then(|cluster| {
                then(&cluster)?;
                println!("ready: {}", cluster.kubeconfig.display());
                Ok(cluster)
            });
            match result {
                Ok(cluster) => {
                    let _ = started.send(Ok(()));
                    let _ = released.recv();
                    if let Err(error) = cluster.stop() {
                        eprintln!("{error:#}");
                    }
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
        });
        loop {
            if end.try_recv().is_ok() {
                if ready.try_recv().is_err() {
                    // Still starting: the kernel ends the programs with this process, the next start cleans the rest.
                    std::process::exit(143);
                }
                drop(release);
                return Ok(());
            }
            match ready.recv_timeout(Duration::from_millis(100)) {
                Ok(Err(error)) => return Err(error),
                Ok(Ok(())) => {
                    let _ = end.recv();
                    drop(release);
                    return Ok(());
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(error) => return Err(error).context("the thread that starts the cluster ended"),
            }
        }
    })
}

/// Starts `exe args…`, which must call [`keep`] with the same options, as a process of its own, and waits until its
/// cluster is ready. What it says is passed on.
pub fn up_detached(exe: &Path, args: &[String], options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Cluster> {
    state::check_name(&options.name)?;
    let root = std::path::absolute(&options.state_root)?;
    if let Some(state) = kept(&root, &options.name) {
        progress(&format!("cluster {} runs already", options.name));
        if state.phase == Phase::Starting {
            let starting = || Ok(kept(&root, &options.name).is_none_or(|s| s.phase != Phase::Starting).then_some(()));
            wait_until(UP_LIMIT, "the cluster that another command starts", starting)?;
        }
        return Cluster::attach(&root, &options.name);
    }
    fs::create_dir_all(&root).with_context(|| format!("create {}", root.display()))?;
    let log = log_path(&root, &options.name);
    let output = OpenOptions::new().create(true).write(true).truncate(true).open(&log)?;
    let mut command = Command::new(exe);
    command.args(args).current_dir("/").stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut keeper = spawn_detached(command).with_context(|| format!("start {}", exe.display()))?;
    let id = ProcessId::of(keeper.id().cast_signed());

    let begin = Instant::now();
    let mut shown = 0;
    loop {
        let text = fs::read_to_string(&log).unwrap_or_default();
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        for line in text.get(shown..whole).unwrap_or_default().lines() {
            progress(line);
        }
        shown = whole.max(shown);
        if text.lines().any(|line| line.starts_with("ready: ")) {
            return Cluster::attach(&root, &options.name);
        }
        if let Some(status) = keeper.try_wait()? {
            bail!("the cluster's keeper ended: {status}\n{}", tail(&log, 20));
        }
        if begin.elapsed() > UP_LIMIT {
            if let Some(id) = id {
                let _ = id.signal(Signal::SIGKILL);
            }
            bail!("cluster {} was not ready after {} s\n{}", options.name, UP_LIMIT.as_secs(), tail(&log, 20));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The state of a cluster whose keeper lives.
fn kept(root: &Path, name: &str) -> Option<State> {
    State::read(&state::dir_of(root, name)).ok().flatten().filter(State::kept)
}

/// Where the keeper's own words go.
pub fn log_path(root: &Path, name: &str) -> PathBuf {
    root.join(format!("{name}.log"))
}

/// Stops a cluster, or cleans what a killed one left. Nothing to do is no error.
pub fn down(root: &Path, name: &str) -> Result<()> {
    state::check_name(name)?;
    let root = std::path::absolute(root)?;
    let dir = state::dir_of(&root, name);
    if let Some(state) = kept(&root, name) {
        state.keeper.signal(Signal::SIGTERM)?;
        if state.keeper.wait_gone(DOWN_LIMIT).is_err() {
            state.keeper.signal(Signal::SIGKILL)?;
            state.keeper.wait_gone(DOWN_LIMIT)?;
        }
    }
    let lock_path = state::lock_path(&root, name);
    let lock = wait_until(DOWN_LIMIT, &format!("the lock of cluster {name}"), || FileLock::try_take(&lock_path))?;
    state::clean(&dir, &lock)?;
    let _ = fs::remove_file(log_path(&root, name));
    Ok(())
}

/// Stops all clusters below a folder.
pub fn down_all(root: &Path) -> Result<()> {
    for state in state::list(root)? {
        down(root, &state.name)?;
    }
    Ok(())
}

/// How a cluster is, for people.
#[derive(Clone, Debug)]
pub struct ClusterStatus {
    pub name: String,
    pub kind: Kind,
    /// `ready`, `starting`, `failed`, or `dead` when its keeper was killed.
    pub word: &'static str,
    pub error: Option<String>,
    pub server_url: String,
    pub kubeconfig: PathBuf,
    pub registry: Option<String>,
    /// Resident memory of its programs (without pods), in MiB.
    pub memory_mib: u64,
    pub processes: usize,
}

pub fn status(root: &Path) -> Result<Vec<ClusterStatus>> {
    let states = state::list(&std::path::absolute(root)?)?;
    Ok(states
        .into_iter()
        .map(|state| {
            let word = match (state.phase, state.kept()) {
                (Phase::Failed, _) => "failed",
                (_, false) => "dead",
                (Phase::Starting, true) => "starting",
                (Phase::Ready, true) => "ready",
            };
            let alive: Vec<_> = state.processes.iter().filter(|p| p.id.alive()).collect();
            ClusterStatus {
                memory_mib: alive.iter().filter_map(|p| resident_mib(p.id)).sum(),
                processes: alive.len(),
                name: state.name,
                kind: state.kind,
                word,
                error: state.error,
                server_url: state.server_url,
                kubeconfig: state.kubeconfig,
                registry: state.registry,
            }
        })
        .collect())
}

fn resident_mib(id: ProcessId) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/status", id.pid)).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}
