//! The islands: Rust to wasm, wasm-bindgen, wasm-opt.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Context;

use super::{Build, Flavour};
use crate::{
    command::{self, Show},
    own_program,
    paths::Paths,
    profile::Profile,
    stamp::{self, Stamp},
    steps::Done,
};

/// The profile of the small wasm, for cargo.
pub const SMALL: [&str; 2] = ["--profile", "wasm-release"];

/// `cargo build` or `cargo clippy` of the browser's half. The target folder is an own one, so that the browser's features
/// and flags never cause the server to be built again.
pub fn cargo_wasm(paths: &Paths, what: &str) -> Command {
    let mut cargo = command::cargo(&paths.root);
    cargo
        .args([what, "--package", "frontend", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(paths.target.join("wasm"));
    cargo
}

/// Compiles `frontend`. Cargo itself knows what changed.
pub(super) fn compile(build: &Build<'_>) -> anyhow::Result<Done> {
    let before = fs::read(compiled(build)).ok();
    let mut cargo = cargo_wasm(build.paths, "build");
    cargo.arg("--lib");
    match build.flavour {
        // Debug information would make the file ten times as large; names stay.
        Flavour::Dev => cargo.env("CARGO_PROFILE_DEV_DEBUG", "false"),
        Flavour::Small => cargo.args(SMALL),
    };
    command::run(&mut cargo, Show::Always)?;
    let same = before.is_some_and(|before| fs::read(compiled(build)).is_ok_and(|now| now == before));
    Ok(if same { Done::Unchanged } else { Done::Fresh })
}

/// Makes the JavaScript half and the wasm that fits it.
pub(super) fn bindgen(build: &Build<'_>) -> anyhow::Result<Done> {
    let stamp = build.stamp(
        "bindgen",
        &[],
        &[
            compiled(build),
            build.paths.root.join("Cargo.lock"),
            build.paths.root.join("server/xtask/src/bin/bindgen.rs"),
        ],
    )?;
    if stamp.is_current() && bound(build).is_file() {
        return Ok(Done::Unchanged);
    }
    let folder = bindgen_folder(build);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = command::program(bindgen_program(build)?, [compiled(build), folder], &build.paths.root);
    if build.flavour == Flavour::Small {
        bindgen.arg("--strip");
    }
    command::run(&mut bindgen, Show::OnFailure)?;
    stamp.save()?;
    Ok(Done::Fresh)
}

/// The program `bindgen`. Cargo is asked only when its version or source changed: it would wait for whatever else compiles.
fn bindgen_program(build: &Build<'_>) -> anyhow::Result<PathBuf> {
    let paths = build.paths;
    let profile = match build.flavour {
        Flavour::Dev => Profile::Dev,
        Flavour::Small => Profile::Ci,
    };
    let program = paths.target.join(profile.folder()).join("bindgen");
    let inputs = [paths.root.join("Cargo.lock"), paths.root.join("server/xtask/src/bin/bindgen.rs")];
    let stamp = Stamp::read(build.work.join("bindgen-program.stamp"), &[], &inputs)?;
    if !stamp.is_current() || !program.is_file() {
        own_program::build(paths, profile, "bindgen")?;
        stamp.save()?;
    }
    Ok(program)
}

/// Makes the wasm small, or in a development build just takes it; the result has its hash in the name.
pub(super) fn optimize(build: &Build<'_>) -> anyhow::Result<Done> {
    let stamp = build.stamp("wasm-opt", &[], &[bound(build), build.lockfile()])?;
    let folder = build.work.join("wasm");
    if stamp.is_current() && hashed(build).is_ok() {
        return Ok(Done::Unchanged);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let content = match build.flavour {
        Flavour::Dev => fs::read(bound(build))?,
        Flavour::Small => {
            let small = build.work.join("gantry.small.wasm");
            // The features that rustc 1.95 switches on for this target by itself.
            let features = [
                "--enable-bulk-memory",
                "--enable-bulk-memory-opt",
                "--enable-call-indirect-overlong",
                "--enable-multivalue",
                "--enable-mutable-globals",
                "--enable-nontrapping-float-to-int",
                "--enable-reference-types",
                "--enable-sign-ext",
            ];
            // What else `-Oz` does makes the file smaller, but what goes over the wire larger: brotli packs the compiler's
            // own patterns better.
            let passes = ["--duplicate-function-elimination", "--remove-unused-module-elements", "--vacuum"];
            let mut wasm_opt = command::program(build.paths.node_program("wasm-opt"), passes, &build.paths.root);
            wasm_opt.args(features).arg(bound(build)).arg("-o").arg(&small);
            command::run(&mut wasm_opt, Show::OnFailure)?;
            fs::read(small)?
        }
    };
    fs::write(folder.join(format!("gantry.{}.wasm", stamp::short_hash(&content))), &content)?;
    stamp.save()?;
    Ok(Done::Fresh)
}

/// The finished wasm file: `gantry.<hash>.wasm`.
pub(super) fn hashed(build: &Build<'_>) -> anyhow::Result<PathBuf> {
    stamp::files_under(&build.work.join("wasm"))?.pop().context("there is no finished wasm file")
}

/// Output of wasm-bindgen: `gantry.js`, `gantry_bg.wasm`, `snippets/`.
pub(super) fn bindgen_folder(build: &Build<'_>) -> PathBuf {
    build.work.join("bindgen")
}

fn bound(build: &Build<'_>) -> PathBuf {
    bindgen_folder(build).join("gantry_bg.wasm")
}

fn compiled(build: &Build<'_>) -> PathBuf {
    let profile = match build.flavour {
        Flavour::Dev => "debug",
        Flavour::Small => "wasm-release",
    };
    build.paths.target.join("wasm/wasm32-unknown-unknown").join(profile).join("frontend.wasm")
}
