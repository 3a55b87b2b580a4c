//! The keeper's ear: a socket in the cluster's folder that takes one-line orders, so that a test in another process
//! can break the cluster and mend it again.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::supervisor::Supervisor;

/// What can be done to one of the cluster's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ends it as a crash would.
    Kill,
    /// Starts it (again), with the arguments it had.
    Restart,
    /// Stops its time: connections stay open and nothing answers.
    Freeze,
    Thaw,
}

impl Order {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Kill, "kill"), (Self::Restart, "restart"), (Self::Freeze, "freeze"), (Self::Thaw, "thaw")];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(order, _)| *order == self).map_or("", |(_, word)| word)
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(order, _)| *order)
    }

    pub(crate) fn carry_out(self, supervisor: &Supervisor, program: &str) -> Result<()> {
        match self {
            Self::Kill => supervisor.kill(program),
            Self::Restart => supervisor.restart(program),
            Self::Freeze => supervisor.signal(program, Signal::SIGSTOP),
            Self::Thaw => supervisor.signal(program, Signal::SIGCONT),
        }
    }
}

fn socket(dir: &Path) -> PathBuf {
    dir.join("control.sock")
}

/// Listens until the process ends.
pub(crate) fn listen(dir: &Path, supervisor: Arc<Supervisor>) -> Result<()> {
    let path = socket(dir);
    let listener = UnixListener::bind(&path).with_context(|| format!("listen on {}", path.display()))?;
    std::thread::Builder::new().name("control".into()).spawn(move || {
        for connection in listener.incoming().flatten() {
            let supervisor = Arc::clone(&supervisor);
            std::thread::spawn(move || serve(connection, &supervisor));
        }
    })?;
    Ok(())
}

fn serve(mut connection: UnixStream, supervisor: &Supervisor) {
    let mut line = String::new();
    if BufReader::new(&connection).read_line(&mut line).is_err() {
        return;
    }
    let done = match line.trim().split_once(' ') {
        Some((word, program)) => Order::parse(word)
            .with_context(|| format!("unknown order {word:?}"))
            .and_then(|order| order.carry_out(supervisor, program)),
        None => Err(anyhow::anyhow!("an order has two words")),
    };
    let answer = match done {
        Ok(()) => "ok\n".to_owned(),
        Err(e) => format!("{}\n", format!("{e:#}").replace('\n', " ")),
    };
    // Who asked may be gone.
    let _ = connection.write_all(answer.as_bytes());
}

/// Gives an order to the keeper of the cluster in `dir`.
pub(crate) fn order(dir: &Path, order: Order, program: &str) -> Result<()> {
    let path = socket(dir);
    let mut connection = UnixStream::connect(&path).with_context(|| format!("connect to {}", path.display()))?;
    connection.set_read_timeout(Some(Duration::from_secs(60)))?;
    writeln!(connection, "{} {program}", order.word())?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer)?;
    match answer.trim() {
        "ok" => Ok(()),
        "" => bail!("the keeper ended while it carried out: {} {program}", order.word()),
        error => bail!("{} {program}: {error}", order.word()),
    }
}
