//! Puts the finished files together as the server carries them, and lists them in `manifest.json`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::{Value, json};

use super::{Build, Flavour, wasm};
use crate::{
    command::{self, Show},
    paths::Paths,
    stamp,
    steps::Done,
};

/// What `manifest.json` says: logical name → file.
#[derive(Debug)]
pub struct Manifest {
    pub assets: BTreeMap<String, Asset>,
}

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Path in the site, `assets/start.ABCD.js`.
    pub path: String,
    /// Bytes.
    pub raw: u64,
    /// Bytes of the brotli sibling, where there is one.
    pub brotli: Option<u64>,
}

/// Endings of files that become smaller. Pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 7] = ["css", "js", "json", "svg", "txt", "wasm", "webmanifest"];

pub(super) fn assemble(build: &Build<'_>) -> anyhow::Result<Done> {
    let (assets, files) = (finished_assets(build)?, public_files(build)?);
    let site = build.paths.site();
    let inputs: Vec<PathBuf> = assets.values().chain(files.values()).cloned().collect();
    let tools = ["compress.mjs", "licenses.mjs"].map(|name| build.paths.frontend().join("tools").join(name));
    // One stamp for both flavours, in the site itself: it says which flavour lies there.
    let stamp = stamp::Stamp::read(
        build.paths.target.join("assets/site.stamp"),
        &[build.flavour.name()],
        &[inputs, tools.to_vec()].concat(),
    )?;
    if stamp.is_current() && site.join("manifest.json").is_file() {
        return Ok(Done::Unchanged);
    }
    // Compressing is slow and a hashed file never changes: the finished siblings are kept in the flavour's own folder.
    let packed = build.work.join("packed");
    fs::create_dir_all(packed.join("assets"))?;
    let mut wanted = BTreeSet::new();
    let mut compress = Vec::new();
    let placed = assets
        .values()
        .map(|path| (Path::new("assets").join(path.file_name().unwrap_or_default()), path))
        .chain(files.iter().map(|(name, path)| (PathBuf::from(name), path)));
    for (name, source) in placed {
        let target = packed.join(&name);
        let fresh = copy_when_changed(source, &target)?;
        wanted.insert(name.clone());
        let compressible = name.extension().is_some_and(|ending| COMPRESSIBLE.iter().any(|known| ending == *known));
        if build.flavour == Flavour::Small && compressible {
            let siblings = ["br", "gz"].map(|ending| sibling(&name, ending));
            if fresh || siblings.iter().any(|sibling| !packed.join(sibling).is_file()) {
                compress.push(target);
            }
            wanted.extend(siblings);
        }
    }
    if !compress.is_empty() {
        let mut node = command::program("node", ["tools/compress.mjs"], &build.paths.frontend());
        command::run(node.args(&compress), Show::OnFailure)?;
    }
    remove_others(&packed, &wanted)?;

    for name in &wanted {
        copy_when_changed(&packed.join(name), &site.join(name))?;
    }
    let manifest = json!({
        "assets": entries(&packed, assets.iter().map(|(name, path)| (name.as_str(), format!("assets/{}", path.file_name().unwrap_or_default().to_string_lossy()))))?,
        "files": entries(&packed, files.keys().map(|name| (name.as_str(), name.clone())))?,
    });
    fs::write(site.join("manifest.json"), serde_json::to_vec_pretty(&manifest)?)?;
    wanted.insert("manifest.json".into());
    remove_others(&site, &wanted)?;
    stamp.save()?;
    Ok(Done::Fresh)
}

/// # Errors
/// When the site was not built.
pub(super) fn read_manifest(paths: &Paths) -> anyhow::Result<Manifest> {
    let file = paths.site().join("manifest.json");
    let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_manifest(&text)
}

fn parse_manifest(text: &[u8]) -> anyhow::Result<Manifest> {
    let value: Value = serde_json::from_slice(text)?;
    let assets = value["assets"].as_object().context("the manifest has no assets")?;
    let assets = assets.iter().map(|(name, entry)| {
        let asset = Asset {
            path: entry["path"].as_str().with_context(|| format!("{name} has no path"))?.to_owned(),
            raw: entry["raw"].as_u64().with_context(|| format!("{name} has no size"))?,
            brotli: entry["br"].as_u64(),
        };
        Ok((name.clone(), asset))
    });
    Ok(Manifest { assets: assets.collect::<anyhow::Result<_>>()? })
}

/// Logical name → file with its hash in the name.
fn finished_assets(build: &Build<'_>) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let scripts = build.work.join("js");
    let mut found = BTreeMap::new();
    for (name, file) in bundle(&scripts)?["entries"].as_object().context("bundle.json has no entries")? {
        found.insert(name.clone(), scripts.join(file.as_str().context("a file name")?));
    }
    found.insert("gantry.wasm".to_owned(), wasm::hashed(build)?);
    found.insert(
        "main.css".to_owned(),
        stamp::files_under(&build.work.join("css"))?.pop().context("there is no style sheet")?,
    );
    Ok(found)
}

/// Files that keep their names: those of `public/`, and the licences of what was bundled.
fn public_files(build: &Build<'_>) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let public = build.paths.root.join("public");
    let mut found = BTreeMap::new();
    for path in stamp::files_under(&public)? {
        found.insert(path.strip_prefix(&public)?.to_string_lossy().into_owned(), path);
    }
    let licences = build.work.join("licenses.txt");
    let mut node = command::program("node", ["tools/licenses.mjs", "--out"], &build.paths.frontend());
    node.arg(&licences);
    let bundle = bundle(&build.work.join("js"))?;
    let packages = bundle["packages"].as_array().context("bundle.json has no packages")?;
    // What Tailwind writes into the style sheet is theirs as well.
    node.args(["node_modules/tailwindcss", "node_modules/daisyui"]).args(packages.iter().filter_map(Value::as_str));
    let stamp = build.stamp(
        "licenses",
        &[&bundle["packages"].to_string()],
        &[build.lockfile(), build.paths.frontend().join("tools/licenses.mjs")],
    )?;
    if !stamp.is_current() || !licences.is_file() {
        command::run(&mut node, Show::OnFailure)?;
        stamp.save()?;
    }
    found.insert("licenses.txt".to_owned(), licences);
    Ok(found)
}

fn bundle(scripts: &Path) -> anyhow::Result<Value> {
    let file = scripts.join("bundle.json");
    Ok(serde_json::from_slice(&fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?)?)
}

fn entries<'a>(packed: &Path, names: impl Iterator<Item = (&'a str, String)>) -> anyhow::Result<Value> {
    let mut found = serde_json::Map::new();
    for (name, path) in names {
        let size = |file: PathBuf| fs::metadata(packed.join(file)).map(|data| data.len());
        let raw = size(PathBuf::from(&path))?;
        let (br, gz) = (size(sibling(Path::new(&path), "br")).ok(), size(sibling(Path::new(&path), "gz")).ok());
        found.insert(name.to_owned(), json!({ "path": path, "raw": raw, "br": br, "gz": gz }));
    }
    Ok(Value::Object(found))
}

fn sibling(name: &Path, ending: &str) -> PathBuf {
    let mut file = name.as_os_str().to_owned();
    file.push(".");
    file.push(ending);
    file.into()
}

/// A file that is already the same keeps its time, so that cargo does not build the server again for nothing.
fn copy_when_changed(source: &Path, target: &Path) -> anyhow::Result<bool> {
    let content = fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    if fs::read(target).is_ok_and(|before| before == content) {
        return Ok(false);
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(target, content).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(true)
}

fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for path in stamp::files_under(folder)? {
        if !wanted.contains(path.strip_prefix(folder)?) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let folder = std::env::temp_dir().join(format!("gantry-site-{}", std::process::id()));
        fs::create_dir_all(folder.join("assets")).expect("a folder");
        fs::write(folder.join("assets/start.A.js"), "12345").expect("a file");
        fs::write(folder.join("assets/start.A.js.br"), "12").expect("a file");
        let written = json!({ "assets": entries(&folder, [("start.js", "assets/start.A.js".to_owned())].into_iter()).expect("sizes") });
        let manifest = parse_manifest(written.to_string().as_bytes()).expect("a manifest");
        assert_eq!(
            manifest.assets["start.js"],
            Asset { path: "assets/start.A.js".to_owned(), raw: 5, brotli: Some(2) }
        );
        fs::remove_dir_all(&folder).expect("a removed folder");
    }

    #[test]
    fn stale_files_go_and_unchanged_files_keep_their_time() {
        let folder = std::env::temp_dir().join(format!("gantry-stale-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("source"), "x").expect("a file");
        assert!(copy_when_changed(&folder.join("source"), &folder.join("deep/kept")).expect("a copy"));
        assert!(!copy_when_changed(&folder.join("source"), &folder.join("deep/kept")).expect("no copy"));
        remove_others(&folder, &BTreeSet::from([PathBuf::from("deep/kept")])).expect("removed");
        assert!(!folder.join("source").exists());
        assert!(folder.join("deep/kept").exists());
        fs::remove_dir_all(&folder).expect("a removed folder");
    }
}
