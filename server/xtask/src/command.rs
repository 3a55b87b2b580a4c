//! Runs other programs: shows what they print, keeps the end of it to explain a failure, and counts what it is asked to.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context;

use crate::advice::{self, Advice};

/// How much of a program's output is kept.
const KEPT: usize = 256 * 1024;

/// Whether a program's lines are shown while it runs, or only when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Always,
    OnFailure,
}

/// `cargo`, the same one that runs this program.
#[must_use]
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What `cargo run` sets for this program would make cargo think that everything changed.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_")
            || name_text.starts_with("CARGO_MANIFEST_")
            || name_text == "CARGO_BIN_NAME"
            || name_text == "CARGO_CRATE_NAME"
        {
            command.env_remove(&name);
        }
    }
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// A program with arguments, in a folder.
pub fn program<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = S>,
    folder: &Path,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command
}

/// What a program printed (both streams, the last 256 KiB) and whether it succeeded.
#[derive(Debug)]
pub struct Outcome {
    pub output: String,
    pub success: bool,
}

/// Runs the program and answers its output, also when it failed.
///
/// # Errors
/// When the program cannot be started.
pub fn observe(command: &mut Command, show: Show) -> anyhow::Result<Outcome> {
    observe_lines(command, show, &|_| ())
}

/// As [`observe`]; each line is told as it comes.
///
/// # Errors
/// When the program cannot be started.
pub fn observe_lines(command: &mut Command, show: Show, tell: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Outcome> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| start_failure(&name, &error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (out, err) = std::thread::scope(|scope| {
        let out = scope.spawn(move || stdout.map_or_else(String::new, |stream| follow(stream, show, tell)));
        let err = scope.spawn(move || stderr.map_or_else(String::new, |stream| follow(stream, show, tell)));
        (out.join().unwrap_or_default(), err.join().unwrap_or_default())
    });
    let status = child.wait().with_context(|| format!("cannot wait for {name}"))?;
    let output = format!("{out}{err}");
    if !status.success() && show == Show::OnFailure {
        eprintln!("{}", output.trim_end());
    }
    Ok(Outcome { output, success: status.success() })
}

/// Runs the program to its end.
///
/// # Errors
/// When it cannot be started or fails; with advice when the cause is a known one.
pub fn run(command: &mut Command, show: Show) -> anyhow::Result<String> {
    let outcome = observe(command, show)?;
    if outcome.success {
        return Ok(outcome.output);
    }
    if let Some(error) = advice::from_output(&outcome.output) {
        return Err(error);
    }
    let mut words =
        vec![Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    let mut line = words.join(" ");
    if line.len() > 160 {
        line = format!("{}…", line.chars().take(160).collect::<String>());
    }
    anyhow::bail!("`{line}` failed, see its output above")
}

/// The trimmed standard output of a quick program, or nothing when it is missing or fails.
#[must_use]
pub fn answer(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn start_failure(name: &str, error: &std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Advice::error(format!("the program {name} is not there"), "install it, or put it on the PATH");
    }
    anyhow::anyhow!("cannot start {name}: {error}")
}

/// Passes the lines on to standard error (standard output belongs to what a command answers) and keeps the last ones.
fn follow(stream: impl Read, show: Show, tell: &(dyn Fn(&str) + Sync)) -> String {
    let mut reader = BufReader::new(stream);
    let mut kept = String::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if show == Show::Always {
            let mut console = std::io::stderr().lock();
            // A closed console must not stop the program that is watched.
            let _ = console.write_all(&line).and_then(|()| console.flush());
        }
        let text = String::from_utf8_lossy(&line);
        tell(&text);
        kept.push_str(&text);
        line.clear();
        if kept.len() > 2 * KEPT {
            let mut cut = kept.len() - KEPT;
            while !kept.is_char_boundary(cut) {
                cut += 1;
            }
            kept.drain(..cut);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_of_a_long_output() {
        let mut command = program("sh", ["-c", "yes 0123456789 | head -c 2000000; echo the end"], Path::new("/"));
        let outcome = observe(&mut command, Show::OnFailure).expect("sh runs");
        assert!(outcome.success);
        assert!(outcome.output.ends_with("the end\n"));
        assert!(outcome.output.len() <= 2 * KEPT);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error =
            run(&mut program("no-such-program", ["x"], Path::new("/")), Show::OnFailure).expect_err("it is missing");
        assert!(error.to_string().contains("no-such-program"));
    }
}
