//! What must be on the machine before anything can be built; each missing one in a line, with what to do.

use std::path::Path;

use crate::{
    advice::Advice,
    command::{self, Show},
    steps::Done,
};

const RUST: (u32, u32) = (1, 95);
const NODE: u32 = 20;
/// Older ones cannot fetch the version that Kubernetes asks for by themselves.
const GO: (u32, u32) = (1, 21);
const WASM: &str = "wasm32-unknown-unknown";

/// Checks Rust, Node and the C compiler; all that is missing is told at once.
///
/// # Errors
/// With one line and one advice for each missing program.
pub fn check() -> anyhow::Result<Done> {
    let compiler = std::env::var("CC").ok().filter(|name| !name.is_empty());
    let missing: Vec<String> = [
        rust(command::answer("rustc", &["--version"]).as_deref()),
        node(command::answer("node", &["--version"]).as_deref()),
        npm(command::answer("npm", &["--version"]).as_deref()),
        c_compiler(compiler.as_deref(), |name| command::answer(name, &["--version"]).is_some()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if missing.is_empty() {
        return Ok(Done::Unchanged);
    }
    anyhow::bail!("{}", missing.join("\n"))
}

/// Checks Go, which only clusters need.
///
/// # Errors
/// With what to do when it is missing or too old.
pub fn go() -> anyhow::Result<()> {
    go_answer(command::answer("go", &["env", "GOVERSION"]).as_deref())
}

fn go_answer(answer: Option<&str>) -> anyhow::Result<()> {
    let what = match answer.map(|line| (line, version(line.trim_start_matches("go")))) {
        Some((_, Some(found))) if found >= GO => return Ok(()),
        Some((line, _)) => format!("Go is too old: {line}"),
        None => "Go is not there, and Kubernetes is built with it".to_owned(),
    };
    Err(Advice::error(
        what,
        "install Go 1.26 or newer from https://go.dev/doc/install and put its bin folder on the PATH",
    ))
}

/// Adds the wasm target to the Rust toolchain.
///
/// # Errors
/// When it is missing and rustup is missing too, or cannot download it.
pub fn wasm_target(root: &Path) -> anyhow::Result<Done> {
    let present = command::answer("rustc", &["--print", "sysroot"])
        .is_some_and(|root| Path::new(&root).join("lib/rustlib").join(WASM).is_dir());
    if present {
        return Ok(Done::Unchanged);
    }
    if command::answer("rustup", &["--version"]).is_none() {
        return Err(Advice::error(
            format!("Rust's target {WASM} is missing, and there is no rustup to add it"),
            "install Rust through https://rustup.rs, or your distribution's package of that target",
        ));
    }
    command::run(&mut command::program("rustup", ["target", "add", WASM], root), Show::Always)?;
    Ok(Done::Fresh)
}

/// Adds the formatter and the linter to the Rust toolchain.
///
/// # Errors
/// When one is missing and rustup is missing too, or cannot download it.
pub fn components(root: &Path) -> anyhow::Result<Done> {
    let missing: Vec<_> = [("rustfmt", "rustfmt"), ("cargo-clippy", "clippy")]
        .into_iter()
        .filter(|(program, _)| command::answer(program, &["--version"]).is_none())
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(Done::Unchanged);
    }
    if command::answer("rustup", &["--version"]).is_none() {
        return Err(Advice::error(
            format!("{} is missing, and there is no rustup to add it", missing.join(" and ")),
            "install Rust through https://rustup.rs, or your distribution's packages",
        ));
    }
    command::run(command::program("rustup", ["component", "add"], root).args(missing), Show::Always)?;
    Ok(Done::Fresh)
}

fn rust(answer: Option<&str>) -> Option<String> {
    let (major, minor) = RUST;
    let advice = format!(
        "what to do: rustup update stable (or install Rust through https://rustup.rs); Gantry needs Rust {major}.{minor} or newer"
    );
    match answer.map(|line| (line, version(line.trim_start_matches("rustc ")))) {
        Some((_, Some(found))) if found >= RUST => None,
        Some((line, _)) => Some(format!("Rust is too old: {line}\n  {advice}")),
        None => Some(format!("Rust is not there\n  {advice}")),
    }
}

fn node(answer: Option<&str>) -> Option<String> {
    let advice = format!("what to do: install Node {NODE} or newer from https://nodejs.org or your distribution");
    match answer.map(|line| (line, version(line.trim_start_matches('v')))) {
        Some((_, Some((major, _)))) if major >= NODE => None,
        Some((line, _)) => Some(format!("Node is too old: {line}\n  {advice}")),
        None => Some(format!("Node is not there\n  {advice}")),
    }
}

fn npm(answer: Option<&str>) -> Option<String> {
    answer.is_none().then(|| {
        "npm is not there\n  what to do: install the npm that belongs to your Node (Debian: apt-get install npm)"
            .to_owned()
    })
}

fn c_compiler(chosen: Option<&str>, works: impl Fn(&str) -> bool) -> Option<String> {
    let found = match chosen {
        Some(name) => works(name),
        None => ["cc", "gcc", "clang"].into_iter().any(works),
    };
    (!found).then(|| "there is no C compiler (SQLite and the cryptography are built with it)\n  what to do: install one (Debian: apt-get install build-essential; macOS: xcode-select --install)".to_owned())
}

/// Major and minor of `1.95.0 (5980761 2026-04-14)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(['.', ' ', '-']).map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_enough_programs_pass() {
        assert_eq!(rust(Some("rustc 1.95.0 (59807616e 2026-04-14)")), None);
        assert_eq!(rust(Some("rustc 2.0.0-nightly (abc 2030-01-01)")), None);
        assert_eq!(node(Some("v20.0.0")), None);
        assert_eq!(node(Some("v121.2.0")), None);
    }

    #[test]
    fn old_or_missing_programs_are_named_with_what_to_do() {
        for line in [rust(Some("rustc 1.94.9 (abc 2026-01-01)")), rust(Some("rustc unknown")), rust(None)] {
            assert!(line.is_some_and(|line| line.contains("rustup update stable")));
        }
        for line in [node(Some("v18.20.4")), node(Some("what")), node(None)] {
            assert!(line.is_some_and(|line| line.contains("install Node 20")));
        }
        assert!(npm(None).is_some());
    }

    #[test]
    fn go_is_new_enough_to_fetch_a_newer_one() {
        assert!(go_answer(Some("go1.26.8")).is_ok());
        assert!(go_answer(Some("go1.21")).is_ok());
        for line in [Some("go1.19.8"), Some("what"), None] {
            let error = go_answer(line).expect_err("it does not do").to_string();
            assert!(error.contains("install Go"), "{error}");
        }
    }

    #[test]
    fn the_chosen_c_compiler_counts() {
        assert_eq!(c_compiler(None, |name| name == "clang"), None);
        assert!(c_compiler(Some("my-cc"), |name| name == "cc").is_some());
        assert!(c_compiler(None, |_| false).is_some_and(|line| line.contains("build-essential")));
    }
}
