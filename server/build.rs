//! Says where the pages' files are, so that they can be embedded.
//!
//! They are made by `cargo xtask` in `<target>/site`; `GANTRY_SITE` names another folder. Without them (a plain
//! `cargo check`) the folder is made empty.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=GANTRY_SITE");
    let site = match env::var_os("GANTRY_SITE") {
        Some(site) => PathBuf::from(site),
        // OUT_DIR is <target>/<profile>/build/server-<hash>/out.
        None => {
            let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
            out.ancestors().nth(4).map_or_else(|| out.join("site"), |target| target.join("site"))
        }
    };
    fs::create_dir_all(&site).expect("a folder for the pages' files");
    println!("cargo::rerun-if-changed={}", watched(&site).display());
    println!("cargo::rustc-env=GANTRY_SITE={}", site.display());
}

/// The manifest changes with every file; without one the folder itself.
fn watched(site: &Path) -> PathBuf {
    let manifest = site.join("manifest.json");
    if manifest.is_file() { manifest } else { site.to_owned() }
}
