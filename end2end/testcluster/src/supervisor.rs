//! The cluster's programs: started, watched, stopped and started again, each with a log file of its own.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::process::{ProcessId, spawn_bound, surroundings, wait_until};
use crate::state::{ProcessRecord, State};

/// How to start a program.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: &'static str,
    pub path: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(&'static str, String)>,
    /// In the node's namespaces, or in those of the keeper.
    pub inside: bool,
}

impl Program {
    pub fn new(name: &'static str, path: impl Into<PathBuf>, inside: bool) -> Self {
        Self { name, path: path.into(), args: Vec::new(), env: Vec::new(), inside }
    }

    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }
}

struct Part {
    program: Program,
    child: Child,
    /// The program itself: `child` or, inside the namespace, the child of `nsenter`.
    id: ProcessId,
    /// It ended because it was told to.
    stopped: bool,
}

pub struct Supervisor {
    dir: PathBuf,
    /// First process of the node's namespaces.
    namespace: Mutex<Option<ProcessId>>,
    parts: Mutex<Vec<Part>>,
    state: Arc<Mutex<State>>,
}

impl Supervisor {
    pub fn new(dir: &Path, state: Arc<Mutex<State>>) -> Result<Self> {
        fs::create_dir_all(dir.join("logs"))?;
        Ok(Self { dir: dir.to_owned(), namespace: Mutex::new(None), parts: Mutex::new(Vec::new()), state })
    }

    pub fn log_path(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    /// From now on programs can be started inside.
    pub fn set_namespace(&self, first: ProcessId) {
        *lock(&self.namespace) = Some(first);
        lock(&self.state).processes.push(ProcessRecord { name: "namespace".into(), id: first });
    }

    pub fn start(&self, program: Program) -> Result<ProcessId> {
        let part = self.launch(program)?;
        let id = part.id;
        lock(&self.parts).push(part);
        self.record()?;
        Ok(id)
    }

    fn launch(&self, program: Program) -> Result<Part> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path(program.name))?;
        let mut command = if program.inside { self.inside(&program.path)? } else { Command::new(&program.path) };
        surroundings(&mut command)
            .args(&program.args)
            .envs(program.env.iter().map(|(name, value)| (*name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child =
            spawn_bound(command).with_context(|| format!("start {} ({})", program.name, program.path.display()))?;
        let outer =
            ProcessId::of(child.id().cast_signed()).context("a child that is not reaped has an entry in /proc")?;
        let id = if program.inside {
            wait_until(Duration::from_secs(10), &format!("{} to start", program.name), || {
                if let Some(status) = child.try_wait()? {
                    bail!("{} ended at once: {status}\n{}", program.name, self.log_tail(program.name));
                }
                Ok(outer.only_child())
            })?
        } else {
            outer
        };
        Ok(Part { program, child, id, stopped: false })
    }

    /// A command that runs in the node's namespaces.
    pub fn inside(&self, program: &Path) -> Result<Command> {
        let first = (*lock(&self.namespace)).context("the cluster has no node")?;
        let mut command = Command::new("nsenter");
        surroundings(&mut command)
            .args(["--target", &first.pid.to_string(), "--net", "--mount", "--pid", "--"])
            .arg(program);
        Ok(command)
    }

    /// An error if a program has ended by itself; with the end of its log, so that the cause is seen at once.
    pub fn check(&self) -> Result<()> {
        for part in lock(&self.parts).iter_mut().filter(|p| !p.stopped) {
            if let Some(status) = part.child.try_wait()? {
                bail!("{} ended: {status}\n{}", part.program.name, self.log_tail(part.program.name));
            }
        }
        Ok(())
    }

    /// Polls `probe` and, each time, that all programs still run.
    pub fn wait<T>(&self, limit: Duration, what: &str, mut probe: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        wait_until(limit, what, || {
            self.check()?;
            probe()
        })
    }

    pub fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        let parts = lock(&self.parts);
        let part = parts.iter().find(|p| p.program.name == name).with_context(|| format!("no program {name}"))?;
        part.id.signal(signal)
    }

    /// Ends a program hard, as a crash would.
    pub fn kill(&self, name: &str) -> Result<()> {
        let mut parts = lock(&self.parts);
        let part = parts.iter_mut().find(|p| p.program.name == name).with_context(|| format!("no program {name}"))?;
        part.stopped = true;
        if part.id.alive() {
            part.id.signal(Signal::SIGKILL)?;
        }
        part.child.wait()?;
        part.id.wait_gone(Duration::from_secs(10))
    }

    /// Starts a program again with the arguments it had.
    pub fn restart(&self, name: &str) -> Result<()> {
        self.kill(name)?;
        let program = {
            let parts = lock(&self.parts);
            parts.iter().find(|p| p.program.name == name).map(|p| p.program.clone()).context("just killed")?
        };
        let new = self.launch(program)?;
        if let Some(part) = lock(&self.parts).iter_mut().find(|p| p.program.name == name) {
            *part = new;
        }
        self.record()
    }

    /// Kills everything; the data is thrown away, so nothing needs to be flushed.
    pub fn stop_all(&self) -> Result<()> {
        let mut parts = lock(&self.parts);
        // The namespace first: its end is the end of all that is inside, including what we never saw.
        let first = lock(&self.namespace).take();
        if let Some(first) = first
            && first.alive()
        {
            first.signal(Signal::SIGKILL)?;
        }
        for part in parts.iter_mut() {
            part.stopped = true;
            if part.id.alive() {
                let _ = part.id.signal(Signal::SIGKILL);
            }
        }
        for part in parts.iter_mut() {
            part.id.wait_gone(Duration::from_secs(20)).with_context(|| format!("end {}", part.program.name))?;
            // A program inside is gone when `nsenter` has seen it.
            part.child.wait()?;
        }
        if let Some(first) = first {
            first.wait_gone(Duration::from_secs(20)).context("end the node's namespace")?;
        }
        parts.clear();
        Ok(())
    }

    /// Writes the processes into the state file.
    fn record(&self) -> Result<()> {
        let first = *lock(&self.namespace);
        let mut records: Vec<_> = first.map(|id| ProcessRecord { name: "namespace".into(), id }).into_iter().collect();
        records.extend(
            lock(&self.parts)
                .iter()
                .filter(|p| !p.stopped)
                .map(|p| ProcessRecord { name: p.program.name.to_owned(), id: p.id }),
        );
        let mut state = lock(&self.state);
        state.processes = records;
        state.write(&self.dir)
    }

    pub fn log_tail(&self, name: &str) -> String {
        tail(&self.log_path(name), 15)
    }
}

/// The last lines of a log.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<_> = text.lines().collect();
    format!("{}:\n{}", path.display(), all[all.len().saturating_sub(lines)..].join("\n"))
}

/// A panic elsewhere does not make the list of processes wrong.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
