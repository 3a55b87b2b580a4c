//! Which integration tests there are, and which of them need a cluster: those whose name begins with `cluster`, and all of
//! the crate that starts clusters.

use anyhow::Context;
use serde_json::Value;

use crate::{command, paths::Paths};

/// Names of integration tests, for `cargo test --test NAME`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Targets {
    pub alone: Vec<String>,
    pub with_cluster: Vec<String>,
}

impl Targets {
    /// # Errors
    /// When cargo cannot read the workspace.
    pub fn read(paths: &Paths) -> anyhow::Result<Self> {
        let mut cargo = command::cargo(&paths.root);
        let output =
            cargo.args(["metadata", "--no-deps", "--format-version=1"]).output().context("cannot start cargo")?;
        anyhow::ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        Self::sort(&serde_json::from_slice(&output.stdout)?)
    }

    fn sort(metadata: &Value) -> anyhow::Result<Self> {
        let mut found = Self::default();
        for package in metadata["packages"].as_array().context("metadata has packages")? {
            let own_clusters = package["name"] == "testcluster";
            for target in package["targets"].as_array().context("a package has targets")? {
                if target["kind"][0] != "test" {
                    continue;
                }
                let name = target["name"].as_str().context("a target has a name")?.to_owned();
                let group = if own_clusters || name.starts_with("cluster") {
                    &mut found.with_cluster
                } else {
                    &mut found.alone
                };
                if !group.contains(&name) {
                    group.push(name);
                }
            }
        }
        if let Some(both) = found.alone.iter().find(|name| found.with_cluster.contains(name)) {
            anyhow::bail!(
                "two crates have an integration test {both}, one of them needs a cluster: give it another name"
            );
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_name_says_what_needs_a_cluster() {
        let test = |name: &str| json!({ "name": name, "kind": ["test"] });
        let metadata = json!({ "packages": [
            { "name": "clusters", "targets": [{ "name": "clusters", "kind": ["lib"] }, test("cluster_watch"), test("lenses")] },
            { "name": "testcluster", "targets": [test("node")] },
        ] });
        let targets = Targets::sort(&metadata).expect("sorted");
        assert_eq!(
            targets,
            Targets {
                alone: vec!["lenses".to_owned()],
                with_cluster: vec!["cluster_watch".to_owned(), "node".to_owned()]
            }
        );
    }

    #[test]
    fn one_name_cannot_mean_both() {
        let test = |name: &str| json!({ "name": name, "kind": ["test"] });
        let metadata = json!({ "packages": [{ "name": "store", "targets": [test("node")] }, { "name": "testcluster", "targets": [test("node")] }] });
        assert!(Targets::sort(&metadata).is_err());
    }
}
