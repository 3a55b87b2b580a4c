//! `gantry doctor`: looks at everything that the console needs, one line each.

use crate::config::Config;
use crate::{doctor, wiring};
use anyhow::bail;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Good,
    /// Works, but somebody should look.
    Warning,
    Bad,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// `database`, `cluster cls-7k2m9xqd (prod-a)` …
    pub what: String,
    pub detail: String,
}

impl Finding {
    #[must_use]
    pub fn new(level: Level, what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { level, what: what.into(), detail: detail.into() }
    }
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let mut findings = vec![clock(SystemTime::now())];
    match wiring::store(&config).await {
        Err(error) => findings.push(Finding::new(Level::Bad, "database", format!("{error:#}"))),
        Ok(store) => {
            database(&config, &store, &mut findings).await;
            let services = wiring::services(&config, store.clone());
            findings.extend(doctor::clusters(&services).await);
            store.close().await;
        }
    }
    for finding in &findings {
        let mark = match finding.level {
            Level::Good => "ok  ",
            Level::Warning => "warn",
            Level::Bad => "BAD ",
        };
        println!("{mark}  {:<28} {}", finding.what, finding.detail);
    }
    match findings.iter().filter(|finding| finding.level == Level::Bad).count() {
        0 => Ok(()),
        bad => bail!("{bad} of {} checks failed", findings.len()),
    }
}

async fn database(config: &Config, store: &Store, findings: &mut Vec<Finding>) {
    let check = match store.check().await {
        Ok(check) => check,
        Err(error) => {
            findings.push(Finding::new(Level::Bad, "database", error.to_string()));
            return;
        }
    };
    let engine =
        format!("{} {}, schema {}, {} bytes", check.engine, check.engine_version, check.schema_version, check.bytes);
    findings.push(Finding::new(Level::Good, "database", engine));
    for problem in check.integrity.iter().chain(&check.refused_statements) {
        findings.push(Finding::new(Level::Bad, "database content", problem));
    }
    findings.push(match &check.writable {
        Ok(()) => Finding::new(Level::Good, "database writes", "a row was written and taken back"),
        Err(error) => Finding::new(Level::Bad, "database writes", error.to_string()),
    });
    findings.push(if check.missing_keys.is_empty() {
        Finding::new(Level::Good, "secret key", "opens every sealed value")
    } else {
        let keys: Vec<String> = check.missing_keys.iter().map(ToString::to_string).collect();
        let detail =
            format!("sealed values need keys that {} does not hold: {}", config.key_file().display(), keys.join(", "));
        Finding::new(Level::Bad, "secret key", detail)
    });
    findings.push(match store.accounts().has_main().await {
        Ok(true) => Finding::new(Level::Good, "main account", "is there"),
        Ok(false) => Finding::new(Level::Warning, "main account", "not set up: the server prints a link at its start"),
        Err(error) => Finding::new(Level::Bad, "main account", error.to_string()),
    });
}

/// Certificates and leases need a clock that is roughly right; one before this program was written is not.
fn clock(now: SystemTime) -> Finding {
    const WRITTEN: Duration = Duration::from_secs(1_760_000_000);
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) if since >= WRITTEN => {
            Finding::new(Level::Good, "clock", format!("{} s since 1970", since.as_secs()))
        }
        _ => Finding::new(Level::Bad, "clock", "is far in the past; set it, for example with NTP"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_long_ago_is_noticed() {
        assert_eq!(clock(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).level, Level::Bad);
        assert_eq!(clock(UNIX_EPOCH - Duration::from_secs(1)).level, Level::Bad);
        assert_eq!(clock(SystemTime::now()).level, Level::Good);
    }
}
