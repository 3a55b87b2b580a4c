//! The kinds that the form makes, as data. A further kind is one more value here and its texts.

use crate::forms::lens::{Lens, Marks, text_of};
use model::object::KindKey;
use serde_json::{Map, Value, json};

pub struct WorkloadKind {
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub kind: &'static str,
    /// Longer names break at run time (W-28).
    pub name_max: usize,
    /// What a new object has in its `spec` beside the fields of the form.
    pub start: &'static [(&'static str, &'static str)],
    /// Keys of `spec` that no other kind knows; they go when the type changes.
    pub only: &'static [&'static str],
}

/// In the manual's order.
pub const KINDS: &[WorkloadKind] = &[
    WorkloadKind {
        group: "apps",
        version: "v1",
        plural: "deployments",
        kind: "Deployment",
        name_max: 63,
        start: &[],
        only: &["strategy", "progressDeadlineSeconds", "paused"],
    },
    WorkloadKind {
        group: "apps",
        version: "v1",
        plural: "statefulsets",
        kind: "StatefulSet",
        // The Pods' names carry an ordinal behind it.
        name_max: 52,
        start: &[],
        only: &[
            "serviceName",
            "volumeClaimTemplates",
            "podManagementPolicy",
            "updateStrategy",
            "persistentVolumeClaimRetentionPolicy",
            "ordinals",
        ],
    },
];

/// All types of the form's radio in the manual's order; those without a value in [`KINDS`] are shown disabled.
pub const TYPES: &[&str] =
    &["deployments.apps", "daemonsets.apps", "statefulsets.apps", "cronjobs.batch", "jobs.batch"];

impl WorkloadKind {
    pub fn of(key: &KindKey) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.plural == key.plural && kind.group == key.group)
    }

    pub fn of_text(key: &str) -> Option<&'static Self> {
        Self::of(&KindKey::parse(key).ok()?)
    }

    /// The kind of an object, by its `apiVersion` and `kind`.
    pub fn of_object(object: &Value) -> Option<&'static Self> {
        let (version, kind) = (text_of(object.get("apiVersion")), text_of(object.get("kind")));
        KINDS.iter().find(|known| known.kind == kind && known.api_version() == version)
    }

    pub fn key(&self) -> KindKey {
        KindKey::new(self.group, self.plural)
    }

    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// The object before anything was typed (spec 30 R-1).
    pub fn skeleton(&self) -> Value {
        let mut spec = json!({ "template": { "spec": { "restartPolicy": "Always" } } });
        for (key, value) in self.start {
            spec[*key] = json!(value);
        }
        json!({ "apiVersion": self.api_version(), "kind": self.kind, "metadata": {}, "spec": spec })
    }
}

/// The type radio. Changing it keeps everything that both kinds know (W-21).
pub struct Type;

impl Lens for Type {
    fn get(&self, object: &Value) -> Value {
        WorkloadKind::of_object(object).map_or_else(String::new, |kind| kind.key().to_string()).into()
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let mut object = object.clone();
        let (Some(new), Value::Object(map)) = (value.as_str().and_then(WorkloadKind::of_text), &mut object) else {
            return object;
        };
        let old = KINDS.iter().find(|kind| map.get("kind").and_then(Value::as_str) == Some(kind.kind));
        map.insert("apiVersion".to_owned(), new.api_version().into());
        map.insert("kind".to_owned(), new.kind.into());
        let spec = map.entry("spec").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(spec) = spec {
            for key in old.map_or(&[] as &[&str], |old| old.only) {
                spec.remove(*key);
            }
            for (key, value) in new.start {
                spec.entry(*key).or_insert_with(|| json!(value));
            }
        }
        object
    }

    fn shown(&self, _: &Value, marks: &mut Marks) {
        marks.mark(&["apiVersion"]);
        marks.mark(&["kind"]);
    }
}
