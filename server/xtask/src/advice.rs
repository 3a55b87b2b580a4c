//! One clear line for what went wrong and one for what to do about it.

use std::{error::Error, fmt, io};

/// A failure that people can do something about.
#[derive(Debug)]
pub struct Advice {
    what: String,
    todo: String,
}

impl Advice {
    /// An error that says what happened and what to do.
    pub fn error(what: impl Into<String>, todo: impl Into<String>) -> anyhow::Error {
        Self { what: what.into(), todo: todo.into() }.into()
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n  what to do: {}", self.what, self.todo)
    }
}

impl Error for Advice {}

const DISK: (&str, &str) =
    ("the disk is full", "free some space (df -h shows which file system), then run the same command again");
const NETWORK: (&str, &str) = (
    "a download failed: the network or the package registry cannot be reached",
    "check the connection and proxy settings, then run the same command again; what was downloaded is kept",
);

/// Recognises in a program's output the causes that a newcomer meets: no network, full disk.
#[must_use]
pub fn from_output(output: &str) -> Option<anyhow::Error> {
    const FULL: [&str; 3] = ["No space left on device", "ENOSPC", "database or disk is full"];
    const AWAY: [&str; 18] = [
        "Could not resolve host",
        "Couldn't resolve host",
        "failed to download",
        "spurious network error",
        "download of config.json failed",
        "ENOTFOUND",
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "ETIMEDOUT",
        "ENETUNREACH",
        "ERR_SOCKET_TIMEOUT",
        "network request failed",
        "could not download file",
        "Temporary failure resolving",
        "Failed to fetch",
        "dial tcp: lookup",
        "no such host",
    ];
    let (what, todo) = if FULL.iter().any(|sign| output.contains(sign)) {
        DISK
    } else if AWAY.iter().any(|sign| output.contains(sign)) {
        NETWORK
    } else {
        return None;
    };
    Some(Advice::error(what, todo))
}

/// What the user reads at the end of a failed command.
#[must_use]
pub fn explain(error: &anyhow::Error) -> String {
    let full = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::StorageFull);
    if full {
        return format!("{}\n  what to do: {}\n  ({error:#})", DISK.0, DISK.1);
    }
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outputs are those of cargo 1.95, npm 11 and apt with the network cut and on a full disk.
    #[test]
    fn recognises_network_and_disk() {
        let network = [
            "error: failed to get `anyhow` as a dependency\nCaused by:\n  [6] Could not resolve hostname (Could not resolve host: index.crates.io)",
            "npm error code ENOTFOUND\nnpm error network request to https://registry.example/esbuild failed",
            "Err:1 http://deb.example trixie InRelease\n  Temporary failure resolving 'deb.example'",
        ];
        for output in network {
            assert!(from_output(output).is_some_and(|error| error.to_string().contains("network")), "{output}");
        }
        let disk = ["error: failed to write: No space left on device (os error 28)", "npm error code ENOSPC"];
        for output in disk {
            assert!(from_output(output).is_some_and(|error| error.to_string().contains("disk is full")), "{output}");
        }
        assert!(from_output("error[E0308]: mismatched types").is_none());
    }

    #[test]
    fn a_full_disk_is_explained_wherever_it_is_met() {
        let error =
            anyhow::Error::from(io::Error::from(io::ErrorKind::StorageFull)).context("cannot write the manifest");
        assert!(explain(&error).contains("free some space"));
    }
}
