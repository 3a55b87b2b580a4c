//! What kinds with a Pod template share: images, containers, volumes, trimming. A template lies at `/spec/template`,
//! a Pod is its own template.

use crate::kinds::object::{Object, keep, keep_each, list, text};
use crate::kinds::{Column, Sort, SortKey, columns};
use model::detail::DetailSection;
use model::table::{Align, Cell};
use serde_json::Value;

/// Where the Pod spec's parent lies in a workload; a Pod's is the empty pointer.
pub const TEMPLATE: &str = "/spec/template";

/// Images of the main containers, in their order, each once.
#[must_use]
pub fn images(object: &Object, at: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for container in object.list(&format!("{at}/spec/containers")) {
        let image = text(container, "/image");
        if !image.is_empty() && !out.iter().any(|known| known == image) {
            out.push(image.to_owned());
        }
    }
    out
}

#[must_use]
pub const fn images_column(
    cell: fn(&Object, &crate::kinds::RowContext<'_>) -> Cell,
    key: fn(&Object) -> SortKey,
) -> Column {
    Column { id: "image", cell, sort: Sort::Own(key), align: Align::Left, width: 216, secondary: true }
}

/// The images of a workload's template.
pub const IMAGES: Column =
    images_column(|object, _| images_cell(images(object, TEMPLATE)), |object| images_key(&images(object, TEMPLATE)));

/// The images of a Pod.
pub const POD_IMAGES: Column =
    images_column(|object, _| images_cell(images(object, "")), |object| images_key(&images(object, "")));

fn images_cell(images: Vec<String>) -> Cell {
    if images.is_empty() { Cell::Empty } else { Cell::Images(images) }
}

fn images_key(images: &[String]) -> SortKey {
    images.first().map_or(SortKey::Empty, |image| SortKey::version(image))
}

/// Takes the big parts out of a template that no row shows. The detail page reads the live object.
pub fn trim_template(value: &mut Value) {
    if let Some(template) = value.pointer_mut(TEMPLATE) {
        keep(template, &["metadata", "spec"]);
        if let Some(metadata) = template.get_mut("metadata") {
            keep(metadata, &["labels"]);
        }
        if let Some(spec) = template.get_mut("spec") {
            trim_spec(spec);
        }
    }
    trim_metadata(value);
}

/// Keeps of a Pod spec what rows, sums and the scheduler's arithmetic need.
pub fn trim_spec(spec: &mut Value) {
    keep(
        spec,
        &[
            "containers",
            "initContainers",
            "nodeName",
            "overhead",
            "resources",
            "priorityClassName",
            "readinessGates",
            "schedulingGates",
            "hostNetwork",
        ],
    );
    for at in ["/containers", "/initContainers"] {
        keep_each(spec, at, &["name", "image", "resources", "restartPolicy"]);
    }
}

/// Annotations are for the detail page; rows show none but the description.
pub fn trim_metadata(value: &mut Value) {
    if let Some(annotations) = value.pointer_mut("/metadata/annotations") {
        keep(annotations, &["description", "deployment.kubernetes.io/revision"]);
    }
    if let Some(metadata) = value.get_mut("metadata") {
        if let Some(map) = metadata.as_object_mut() {
            map.remove("generateName");
            if map.get("annotations").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
                map.remove("annotations");
            }
        }
        keep_each(metadata, "/ownerReferences", &["apiVersion", "kind", "name", "uid", "controller"]);
    }
}

/// The volumes as a section of the detail page.
#[must_use]
pub fn volumes_section(object: &Object, at: &str) -> DetailSection {
    DetailSection::new("volumes", vec![("volumes", columns::list(volumes(object, at)))])
}

/// Volumes of a Pod spec, one line each: `name: ConfigMap app-config`.
#[must_use]
pub fn volumes(object: &Object, at: &str) -> Vec<String> {
    object.list(&format!("{at}/spec/volumes")).iter().map(volume).collect()
}

fn volume(volume: &Value) -> String {
    let name = text(volume, "/name");
    let source = volume.as_object().into_iter().flatten().find(|(key, _)| *key != "name");
    let Some((kind, source)) = source else {
        return name.to_owned();
    };
    let target = ["name", "secretName", "claimName", "path", "server", "driver", "medium", "image", "reference"]
        .iter()
        .map(|key| text(source, &format!("/{key}")))
        .find(|target| !target.is_empty())
        .unwrap_or_default();
    if kind == "projected" {
        let parts: Vec<_> =
            list(source, "/sources").iter().filter_map(|part| part.as_object()?.keys().next().cloned()).collect();
        return format!("{name}: projected ({})", parts.join(", "));
    }
    if target.is_empty() { format!("{name}: {kind}") } else { format!("{name}: {kind} {target}") }
}
