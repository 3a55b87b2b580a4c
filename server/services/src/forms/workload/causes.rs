//! Where the apiserver's words about a field belong in the form.

/// The form's path for a field of the object as the apiserver names it in `details.causes[].field`
/// (`spec.template.spec.containers[1].resources.limits[memory]` → `containers.1.memory_limit`); `None` when the form
/// has no such field.
#[must_use]
pub fn form_path(field: &str) -> Option<String> {
    let simple = match field {
        "metadata.name" => Some("name"),
        "metadata.namespace" => Some("namespace"),
        "spec.replicas" => Some("replicas"),
        "spec.template.spec.containers" => Some("containers"),
        "metadata.annotations[description]" | "metadata.annotations.description" => Some("description"),
        _ if field.starts_with("metadata.labels") || field.starts_with("spec.template.metadata.labels") => {
            Some("labels")
        }
        _ => None,
    };
    if let Some(simple) = simple {
        return Some(simple.to_owned());
    }
    let (index, rest) = item(field.strip_prefix("spec.template.spec.containers")?)?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let inner = match rest {
        "" => return Some(format!("containers.{index}")),
        "name" => "name".to_owned(),
        "image" => "image".to_owned(),
        "imagePullPolicy" => "pull_policy".to_owned(),
        "workingDir" => "working_dir".to_owned(),
        "command" => "command".to_owned(),
        "args" => "args".to_owned(),
        _ if rest.starts_with("resources.") => {
            let request = rest.contains("requests");
            let resource = ["cpu", "memory"].into_iter().find(|name| rest.contains(name))?;
            format!("{resource}_{}", if request { "request" } else { "limit" })
        }
        _ if rest.starts_with("env[") || rest == "env" => "env".to_owned(),
        _ => {
            let Some((port, rest)) = rest.strip_prefix("ports").and_then(item) else {
                return (rest == "ports").then(|| format!("containers.{index}.ports"));
            };
            match rest {
                ".containerPort" => format!("ports.{port}.port"),
                ".name" => format!("ports.{port}.name"),
                ".protocol" => format!("ports.{port}.protocol"),
                _ => format!("ports.{port}"),
            }
        }
    };
    Some(format!("containers.{index}.{inner}"))
}

fn item(text: &str) -> Option<(usize, &str)> {
    let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::form_path;

    #[test]
    fn the_apiservers_fields_are_the_forms() {
        for (field, path) in [
            ("metadata.name", Some("name")),
            ("spec.template.spec.containers[0].image", Some("containers.0.image")),
            ("spec.template.spec.containers[2].resources.limits[memory]", Some("containers.2.memory_limit")),
            ("spec.template.spec.containers[0].resources.requests", None),
            ("spec.template.spec.containers[1].ports[0].containerPort", Some("containers.1.ports.0.port")),
            ("spec.template.spec.containers[1].env[3].name", Some("containers.1.env")),
            ("spec.template.spec.containers[1].livenessProbe", None),
            ("spec.selector", None),
            ("spec.template.metadata.labels", Some("labels")),
            ("spec.template.spec.containers[x].image", None),
        ] {
            assert_eq!(form_path(field).as_deref(), path, "{field}");
        }
    }
}
