//! Lists the text files, so that a new area is a new file and nothing else.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=locales");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("locales");
    let mut out = String::from("&[\n");
    for tag in ["en", "zh-CN"] {
        let folder = root.join(tag);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<_> = fs::read_dir(&folder)
            .expect("a folder per language")
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ext| ext == "ftl"))
            .collect();
        files.sort();
        for file in files {
            let area = file.file_stem().expect("a name").to_string_lossy().into_owned();
            writeln!(out, "    ({tag:?}, {area:?}, include_str!({:?})),", file.display().to_string())
                .expect("a string");
        }
    }
    out.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("files.rs"), out).expect("writable OUT_DIR");
}
