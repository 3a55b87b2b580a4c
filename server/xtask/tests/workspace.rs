//! The shape of the repository: which crate may use which, and what lies at the top.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    let output =
        cargo.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Own crates → the crates they name as ordinary or build dependencies. Those for tests only do not ship.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let packages = packages();
    let named = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let shipped = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
        (text(&package["name"]), shipped.map(|dependency| text(&dependency["name"])).collect())
    });
    named.collect()
}

/// Who may name whom. A crate that is not here fails the test: its place must be decided first.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("frontend", &["app"] as &[_]),
        ("app", &["ui", "view", "i18n", "model", "services", "authz"]),
        ("ui", &["model", "view"]),
        ("view", &["view_macros"]),
        ("view_macros", &[]),
        ("i18n", &["model"]),
        ("model", &[]),
        ("server", &["app", "services", "authz", "store", "clusters", "jobs", "i18n", "model"]),
        ("services", &["authz", "store", "clusters", "jobs", "i18n", "model"]),
        ("authz", &["model"]),
        ("store", &["model"]),
        ("clusters", &["model"]),
        ("jobs", &["model"]),
        // Tools and tests stand outside of the product: nothing of it may name them.
        (
            "testkit",
            &["app", "server", "services", "authz", "store", "clusters", "jobs", "i18n", "model", "testcluster"],
        ),
        ("testcluster", &[]),
        ("xtask", &["testcluster"]),
    ])
}

/// Which crates may name a large library. Views and use cases that never see kube or sqlx cannot leak their types.
const ONLY: [(&str, &[&str]); 6] = [
    ("kube", &["clusters"]),
    ("k8s-openapi", &["clusters"]),
    ("sqlx", &["store", "testkit"]),
    ("axum", &["server", "app", "testkit"]),
    ("tower-sessions", &["server", "store", "testkit"]),
    ("leptos", &["frontend", "ui", "view", "server"]),
];

fn violations(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let allowed = allowed();
    let mut found = Vec::new();
    for (name, uses) in dependencies {
        let Some(may) = allowed.get(name.as_str()) else {
            found.push(format!("the crate {name} has no place yet: add it to this test and to the architecture"));
            continue;
        };
        for used in uses.iter().filter(|used| dependencies.contains_key(*used)) {
            if !may.contains(&used.as_str()) {
                found.push(format!("{name} must not use {used}"));
            }
        }
        for (library, users) in ONLY {
            if uses.contains(library) && !users.contains(&name.as_str()) {
                found.push(format!("{name} must not name {library}; only {} may", users.join(", ")));
            }
        }
    }
    found
}

#[test]
fn nothing_points_upward() {
    assert_eq!(violations(&dependencies()), Vec::<String>::new());
}

#[test]
fn a_wrong_direction_is_found() {
    let dependencies = BTreeMap::from([
        ("model".to_owned(), BTreeSet::from(["store".to_owned()])),
        ("store".to_owned(), BTreeSet::from(["model".to_owned(), "sqlx".to_owned()])),
        ("services".to_owned(), BTreeSet::from(["kube".to_owned(), "store".to_owned()])),
        ("attic".to_owned(), BTreeSet::new()),
    ]);
    let found = violations(&dependencies);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn the_allowed_directions_have_no_circle() {
    let allowed = allowed();
    // Whoever names only crates that are already placed can be placed; in the end all must be.
    let mut placed = BTreeSet::new();
    while let Some(next) =
        allowed.iter().find(|(name, uses)| !placed.contains(*name) && uses.iter().all(|used| placed.contains(used)))
    {
        placed.insert(*next.0);
    }
    assert_eq!(placed.len(), allowed.len());
}

#[test]
fn the_top_level_is_fixed() {
    let fixed = [
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "app",
        "end2end",
        "frontend",
        "migrations",
        "public",
        "server",
        "style",
    ];
    // What git ignores (the target folder, the data of a running console) is nobody's business.
    let mut git = Command::new("git");
    let output = git
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let top: BTreeSet<&str> =
        listed.lines().filter_map(|path| path.split('/').next()).filter(|name| !name.starts_with('.')).collect();
    assert_eq!(top, BTreeSet::from(fixed));
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Looking for tests where there are none costs minutes of compiling; where that is switched off there must be none.
#[test]
fn no_test_is_switched_off() {
    let mut off = 0;
    for package in packages() {
        for target in package["targets"].as_array().expect("targets") {
            let (kind, file) = (text(&target["kind"][0]), PathBuf::from(text(&target["src_path"])));
            let mut files = vec![file.clone()];
            if kind == "lib" {
                sources(file.parent().expect("a folder"), &mut files);
            }
            let texts = files.iter().map(|file| (file, std::fs::read_to_string(file).expect("a source")));
            for (file, text) in texts {
                let examples = text.lines().any(|line| line.trim_start().starts_with("//") && line.contains("```"));
                let tests = text.contains("#[test]") || text.contains("#[cfg(test)]");
                if kind == "lib" && target["doctest"] == false {
                    off += 1;
                    assert!(!examples, "{} has an example, and its Cargo.toml says doctest = false", file.display());
                }
                if ["lib", "bin"].contains(&kind.as_str()) && target["test"] == false {
                    off += 1;
                    assert!(!tests, "{} has tests, and its Cargo.toml says test = false", file.display());
                }
            }
        }
    }
    assert!(off > 0, "targets are read");
}

/// The library and the macro halves of wasm-bindgen must be one version, or every page is dead.
#[test]
fn wasm_bindgen_is_one_version() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let pinned = |name: &str| {
        let line = manifest
            .lines()
            .find(|line| line.starts_with(&format!("{name} = ")))
            .expect("it is a workspace dependency");
        line.split('"').nth(1).expect("a version").to_owned()
    };
    assert!(pinned("wasm-bindgen").starts_with('='));
    assert_eq!(pinned("wasm-bindgen"), pinned("wasm-bindgen-cli-support"));
}
