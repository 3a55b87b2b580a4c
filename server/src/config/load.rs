//! File, then environment over it, then the checks. What is wrong is told in one line that names the place.

use super::Config;
use serde::Deserialize;
use std::fmt;
use std::path::Path;
use toml::{Table, Value};

/// Variables of the form `GANTRY_<SECTION>__<KEY>` belong to the configuration.
pub const ENV_PREFIX: &str = "GANTRY_";

/// One line: where, and what.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The configuration of a file (or the default) with this environment over it.
///
/// # Errors
/// The first thing that is wrong, with file and line or the variable's name.
pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let (name, text) = match file {
        None => (String::new(), String::new()),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| ConfigError(format!("{name}: {error}")))?;
            (name, text)
        }
    };
    parse(&name, &text, environment)
}

/// [`load`] of a text; `name` is what messages call it.
///
/// # Errors
/// The first thing that is wrong.
pub fn parse(
    name: &str,
    text: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    // The file alone first: only so do messages know the line.
    let in_file = |error: &toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ConfigError(format!("{name}:{line}: {}", one_line(error.message())))
    };
    toml::from_str::<Config>(text).map_err(|error| in_file(&error))?;
    let mut table: Table = toml::from_str(text).map_err(|error| in_file(&error))?;

    let mut variables: Vec<(String, String)> =
        environment.filter(|(key, _)| key.starts_with(ENV_PREFIX) && key.contains("__")).collect();
    variables.sort();
    for (key, value) in &variables {
        table = with_variable(&table, key, value)?;
    }
    let config = read(&table).map_err(|error| ConfigError(format!("{name}: {error}")))?;
    let place = if name.is_empty() { "configuration" } else { name };
    config.check().map_err(|what| ConfigError(format!("{place}: {what}")))?;
    Ok(config)
}

fn read(table: &Table) -> Result<Config, String> {
    Config::deserialize(table.clone()).map_err(|error| one_line(error.message()))
}

/// A variable's text is a number, a truth or a list when the value is one, else a text.
fn with_variable(table: &Table, key: &str, text: &str) -> Result<Table, ConfigError> {
    let refused = |what: &str| ConfigError(format!("{key}: {what}"));
    let path = key[ENV_PREFIX.len()..].to_ascii_lowercase();
    let Some((section, name)) = path.split_once("__").filter(|(section, name)| !section.is_empty() && !name.is_empty())
    else {
        return Err(refused("expected GANTRY_<SECTION>__<KEY>"));
    };
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    let mut last = String::new();
    for value in parsed.into_iter().chain([Value::String(text.to_owned())]) {
        let mut candidate = table.clone();
        let entry = candidate.entry(section).or_insert_with(|| Value::Table(Table::new()));
        let Some(section) = entry.as_table_mut() else {
            return Err(refused("is no section"));
        };
        section.insert(name.to_owned(), value);
        match read(&candidate) {
            Ok(_) => return Ok(candidate),
            Err(error) => last = error,
        }
    }
    Err(refused(&last))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT;

    fn parsed(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let environment = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        parse("gantry.toml", text, environment).map_err(|error| error.to_string())
    }

    /// The printed default says what happens without a file, and names every value there is.
    #[test]
    fn the_printed_default_is_the_default() {
        assert_eq!(parsed(DEFAULT, &[]), Ok(Config::default()));
        let printed: Table = toml::from_str(DEFAULT).expect("default");
        for (section, values) in &printed {
            for key in values.as_table().expect("a section").keys() {
                let without: String = DEFAULT
                    .lines()
                    .filter(|line| !line.starts_with(&format!("{key} = ")))
                    .collect::<Vec<_>>()
                    .join("\n");
                assert!(parsed(&without, &[]).is_ok(), "{section}.{key}");
                let misspelt = DEFAULT.replacen(&format!("\n{key} = "), &format!("\n{key}x = "), 1);
                let refused = parsed(&misspelt, &[]).expect_err("a misspelt key");
                assert!(refused.contains("expected one of") || refused.contains("expected `"), "{refused}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let refused = parsed("[server]\nlisten = \"127.0.0.1:1\"\n\nprot = 1\n", &[]).expect_err("unknown key");
        assert!(refused.starts_with("gantry.toml:4: unknown field `prot`, expected"), "{refused}");
        let refused = parsed("[servers]\n", &[]).expect_err("unknown section");
        assert!(refused.starts_with("gantry.toml:1: unknown field `servers`"), "{refused}");
        let refused = parsed("[server]\nlisten = 8080\n", &[]).expect_err("wrong type");
        assert!(refused.starts_with("gantry.toml:2: "), "{refused}");
        let refused = parsed("[server\n", &[]).expect_err("no TOML");
        assert!(refused.starts_with("gantry.toml:1: "), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = parsed(
            "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n",
            &[
                ("GANTRY_SERVER__LISTEN", "0.0.0.0:9"),
                ("GANTRY_SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
                ("GANTRY_DATABASE__CONNECTIONS", "3"),
                ("GANTRY_CLUSTERS__DISCOVER_KUBECONFIG", "false"),
                ("GANTRY_METRICS__TOKEN", "1234567890123456"),
                ("GANTRY_SECRET_KEY", "belongs to the store"),
                ("HOME", "/"),
            ],
        )
        .expect("configuration");
        assert_eq!(config.server.listen.to_string(), "0.0.0.0:9");
        assert_eq!(config.server.trusted_proxies.len(), 1);
        assert_eq!(config.database.connections, 3);
        assert!(!config.clusters.discover_kubeconfig);
        assert_eq!(config.metrics.token, "1234567890123456", "a text of digits stays a text");
        assert_eq!(config.log.level, "warn");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (key, value) in [
            ("GANTRY_SERVER__PROT", "1"),
            ("GANTRY_SERVERS__LISTEN", "127.0.0.1:1"),
            ("GANTRY_SERVER__LISTEN", "here"),
            ("GANTRY_DATABASE__CONNECTIONS", "many"),
            ("GANTRY___LISTEN", "x"),
        ] {
            let refused = parsed("", &[(key, value)]).expect_err(key);
            assert!(refused.starts_with(&format!("{key}: ")), "{refused}");
        }
    }

    #[test]
    fn every_value_is_checked() {
        for (text, named) in [
            ("[tls]\ncert_file = \"a.pem\"", "go together"),
            ("[server]\npublic_url = \"gantry.example.org\"", "public_url"),
            ("[server]\npublic_url = \"https://gantry.example.org/console\"", "without a path"),
            ("[server]\nstop_within = \"11s\"", "stop_within"),
            ("[server]\ntrusted_proxies = [\"10.0.0.0/40\"]", "no address or network"),
            ("[database]\nurl = \"mysql://x\"", "database.url"),
            ("[database]\nconnections = 0", "database.connections"),
            ("[sessions]\nidle = \"2d\"", "longer"),
            ("[sessions]\nidle = \"soon\"", "no time"),
            ("[login]\nhash_memory_kib = 1024", "hash_memory_kib"),
            ("[login]\nhash_passes = 1", "hash_passes"),
            ("[log]\nlevel = \"info,=\"", "log.level"),
            ("[log]\nformat = \"xml\"", "format"),
            ("[metrics]\ntoken = \"short\"", "metrics.token"),
            ("[limits]\nbody_bytes = 1", "body_bytes"),
            ("[clusters]\nkubectl_mirror = \"https://a/$(id)\"", "kubectl_mirror"),
            ("[clusters]\nkubectl_mirror = \"mirror.example.org\"", "kubectl_mirror"),
        ] {
            let refused = parsed(text, &[]).expect_err(text);
            assert!(refused.contains(named) || named == "format", "{text}: {refused}");
            assert!(refused.starts_with("gantry.toml"), "{refused}");
        }
    }

    #[test]
    fn secrets_are_not_in_debug_output() {
        let config =
            parsed("[database]\nurl = \"postgres://u:hunter2@h/d\"\n[metrics]\ntoken = \"hunter2hunter2hu\"", &[])
                .expect("configuration");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn the_public_origin_is_what_browsers_send() {
        let origin = |url: &str| {
            let text = format!("[server]\npublic_url = \"{url}\"");
            parsed(&text, &[]).expect("configuration").server.public_origin()
        };
        assert_eq!(origin("https://Gantry.example.org/").as_deref(), Some("https://gantry.example.org"));
        assert_eq!(origin("https://gantry.example.org:443").as_deref(), Some("https://gantry.example.org"));
        assert_eq!(origin("http://gantry.example.org:8443").as_deref(), Some("http://gantry.example.org:8443"));
        assert_eq!(origin(""), None);
    }
}
