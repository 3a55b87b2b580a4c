//! The manifests of this folder: written as people write them, each with something that forms have been known to lose.

use model::ClusterId;
use model::change::{Change, Plan};
use model::form::FormTarget;
use model::object::{KindKey, ObjectRef};
use serde_json::Value;
use services::forms::yaml;
use std::path::Path;

/// File name and object, in the order of the names.
pub fn deployments() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    let mut out: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of manifests")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = std::fs::read_to_string(&path).expect("a readable manifest");
            let reading = yaml::read(&text);
            (name.clone(), reading.value.unwrap_or_else(|| panic!("{name}: {:?}", reading.problems)))
        })
        .collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// The update of an object.
pub fn target(object: &Value) -> FormTarget {
    let cluster = ClusterId::parse("cls-00000000").expect("a cluster id");
    let kind = KindKey::new("apps", "deployments");
    let text = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    let reference = ObjectRef {
        cluster: cluster.clone(),
        kind: kind.clone(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
        uid: text("uid"),
    };
    FormTarget { form: "workload".to_owned(), cluster: Some(cluster), kind: Some(kind), object: Some(reference) }
}

/// What the apiserver makes of a plan of patches.
pub fn applied(object: &Value, plan: &Plan) -> Value {
    let mut object = object.clone();
    for change in plan {
        match change {
            Change::Patch { patch, .. } => json_patch::merge(&mut object, patch),
            Change::JsonPatch { patch, .. } => {
                let patch: json_patch::Patch = serde_json::from_value(patch.clone()).expect("a JSON patch");
                json_patch::patch(&mut object, &patch).expect("a patch that fits");
            }
            other => panic!("not a patch: {other:?}"),
        }
    }
    object
}
