//! JavaScript by esbuild, CSS by Tailwind.

use std::fs;

use anyhow::Context;

use super::{Build, Flavour, wasm};
use crate::{
    command::{self, Show},
    stamp,
    steps::Done,
};

/// Bundles the loader (with wasm-bindgen's module inside) and the widgets into `<work>/js`.
pub(super) fn scripts(build: &Build<'_>) -> anyhow::Result<Done> {
    let wasm_file = wasm::hashed(build)?;
    let wasm_name = wasm_file.file_name().context("the wasm file has a name")?.to_string_lossy().into_owned();
    let frontend = build.paths.frontend();
    let bindgen = wasm::bindgen_folder(build);
    let inputs = [
        frontend.join("js"),
        frontend.join("tools/bundle.mjs"),
        build.lockfile(),
        bindgen.join("gantry.js"),
        bindgen.join("snippets"),
    ];
    let stamp = build.stamp("scripts", &[&wasm_name], &inputs)?;
    let folder = build.work.join("js");
    if stamp.is_current() && folder.join("bundle.json").is_file() {
        return Ok(Done::Unchanged);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut node = command::program("node", ["tools/bundle.mjs", "--bindgen"], &frontend);
    node.arg(&bindgen).args(["--wasm-file", &format!("./{wasm_name}"), "--out"]).arg(&folder);
    if build.flavour == Flavour::Small {
        node.arg("--minify");
    }
    command::run(&mut node, Show::OnFailure)?;
    stamp.save()?;
    Ok(Done::Fresh)
}

/// Makes the style sheet from `style/main.css` and the class names in the sources, as `<work>/css/main.<hash>.css`.
pub(super) fn styles(build: &Build<'_>) -> anyhow::Result<Done> {
    let root = &build.paths.root;
    let sources: Vec<_> = stamp::files_under(&root.join("app"))?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    let inputs: Vec<_> =
        [root.join("style"), build.paths.frontend().join("js"), build.lockfile()].into_iter().chain(sources).collect();
    let stamp = build.stamp("styles", &[], &inputs)?;
    let folder = build.work.join("css");
    if stamp.is_current() && folder.is_dir() {
        return Ok(Done::Unchanged);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let plain = build.work.join("main.css");
    let mut tailwind =
        command::program(build.paths.node_program("tailwindcss"), ["--input", "style/main.css", "--output"], root);
    tailwind.arg(&plain);
    if build.flavour == Flavour::Small {
        tailwind.arg("--minify");
    }
    command::run(&mut tailwind, Show::OnFailure)?;
    let content = fs::read(&plain)?;
    fs::write(folder.join(format!("main.{}.css", stamp::short_hash(&content))), &content)?;
    stamp.save()?;
    Ok(Done::Fresh)
}
