//! The lens laws of the workload form, over 40 varied manifests and over generated objects; YAML there and back.

mod manifests;

use manifests::{applied, deployments, target};
use model::Locale;
use model::change::Change;
use model::rpc::Draft;
use proptest::prelude::*;
use serde_json::{Value, json};
use services::forms::workload::{self, Context, Mode};
use services::forms::{FormDefinition, object_of, plan, plan_of, yaml};
use std::collections::{BTreeMap, BTreeSet};

fn form(mode: Mode) -> FormDefinition {
    workload::definition(&workload::KINDS[0], mode, Locale::En, &Context::default())
}

/// Leaves by path.
fn flat(value: &Value) -> BTreeMap<String, Value> {
    fn walk(value: &Value, path: &str, out: &mut BTreeMap<String, Value>) {
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            Value::Object(map) if !map.is_empty() => map.iter().for_each(|(key, value)| walk(value, &join(key), out)),
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(index, value)| walk(value, &join(&index.to_string()), out));
            }
            leaf => {
                out.insert(path.to_owned(), leaf.clone());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(value, "", &mut out);
    out
}

/// put∘get = object, byte for byte as canonical JSON: opening and saving loses nothing and sends nothing.
#[test]
fn what_is_not_touched_stays_as_it_is() {
    let manifests = deployments();
    assert_eq!(manifests.len(), 40);
    for (name, object) in &manifests {
        for mode in [Mode::Update, Mode::Create] {
            let form = form(mode);
            let put = form.record_put(object, &form.data(object));
            assert_eq!(put.to_string(), object.to_string(), "{name} {mode:?}");
        }
        let draft = Draft::Form { data: form(Mode::Update).data(object) };
        let target = target(object);
        assert_eq!(object_of(&target, object, &draft, Locale::En).as_ref(), Ok(object), "{name}");
        assert_eq!(plan_of(&target, object, &draft, Locale::En), Ok(Vec::new()), "{name}");
    }
}

/// A touched field changes its own path and nothing else, in every container of every manifest.
#[test]
fn a_touched_field_changes_exactly_its_path() {
    let form = form(Mode::Update);
    let mut touched = 0;
    for (name, object) in &deployments() {
        let data = form.data(object);
        let containers = data["containers"].as_array().map_or(0, Vec::len);
        for index in 0..containers {
            let base = format!("spec.template.spec.containers.{index}");
            let cases: &[(&str, Value, &str)] = &[
                ("name", json!("renamed"), "name"),
                ("tag", json!("v99"), "image"),
                ("pull_policy", json!("Always"), "imagePullPolicy"),
                ("cpu_request", json!("0.123"), "resources.requests.cpu"),
                ("cpu_limit", json!("17"), "resources.limits.cpu"),
                ("memory_request", json!("777"), "resources.requests.memory"),
                ("memory_limit", json!("77777"), "resources.limits.memory"),
                ("working_dir", json!("/elsewhere"), "workingDir"),
                ("command", json!(["one"]), "command"),
                ("args", json!(["a b"]), "args"),
                ("ports", json!([]), "ports"),
                ("env", json!([{"key": "NEW", "value": "a\nb"}]), "env"),
            ];
            for (field, value, path) in cases {
                let mut data = data.clone();
                if data["containers"][index][*field] == *value {
                    continue;
                }
                data["containers"][index][*field] = value.clone();
                let new = form.apply(object, &data);
                let (before, after) = (flat(object), flat(&new));
                let allowed = format!("{base}.{path}");
                let changed: BTreeSet<_> = before
                    .iter()
                    .filter(|(path, value)| after.get(*path) != Some(value))
                    .chain(after.iter().filter(|(path, _)| !before.contains_key(*path)))
                    .map(|(path, _)| path.clone())
                    .collect();
                // An empty map on the way gives way to what is put into it.
                let fits = |path: &String| path.starts_with(&allowed) || allowed.starts_with(path.as_str());
                assert!(!changed.is_empty() && changed.iter().all(fits), "{name} {field}: {changed:?}");
                touched += 1;

                let plan = plan(&target(object), object, &new);
                assert_eq!(applied(object, &plan), new, "{name} {field}");
                let Change::JsonPatch { patch, .. } = &plan[0] else { panic!("{name} {field}: {plan:?}") };
                let pointer = format!("/{}", allowed.replace('.', "/"));
                for operation in patch.as_array().unwrap().iter().filter(|operation| operation["op"] != "test") {
                    let path = operation["path"].as_str().unwrap();
                    assert!(path.starts_with(&pointer) || pointer.starts_with(path), "{name} {field}: {patch}");
                }
            }
        }
        let mut data = data.clone();
        data["replicas"] = json!("5");
        data["description"] = json!("新的描述");
        let new = form.apply(object, &data);
        let plan = plan(&target(object), object, &new);
        let Change::Patch { patch, .. } = &plan[0] else { panic!("{name}") };
        let expected = json!({"spec": {"replicas": 5}, "metadata": {"annotations": {"description": "新的描述"}}});
        assert_eq!(patch, &expected, "{name}");
    }
    assert!(touched > 600, "{touched}");
}

/// Rename, reorder, delete and insert: what the form does not show stays with its container.
#[test]
fn unknown_fields_move_with_their_container() {
    let form = form(Mode::Update);
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("03-")).unwrap();
    let mut data = form.data(&object);
    let cards = data["containers"].as_array_mut().unwrap();
    cards.swap(0, 1);
    cards[0]["name"] = json!("renamed-shipper");
    cards.insert(
        1,
        json!({"name": "between", "image": "busybox", "tag": "", "memory_request": "300", "memory_limit": ""}),
    );
    let new = form.apply(&object, &data);
    let list = &new["spec"]["template"]["spec"]["containers"];
    let old = &object["spec"]["template"]["spec"]["containers"];
    assert_eq!(list[0]["volumeMounts"], old[1]["volumeMounts"]);
    assert_eq!(list[0]["name"], "renamed-shipper");
    assert_eq!(list[2], old[0]);
    // [W-40] A new container's memory limit is its request, also on an update.
    assert_eq!(
        list[1],
        json!({"name": "between", "image": "busybox:latest", "resources": {"requests": {"memory": "300Mi"}, "limits": {"memory": "300Mi"}}})
    );
    let plan = plan(&target(&object), &object, &new);
    assert_eq!(applied(&object, &plan), new);

    let mut data = form.data(&object);
    data["containers"].as_array_mut().unwrap().remove(0);
    let new = form.apply(&object, &data);
    assert_eq!(new["spec"]["template"]["spec"]["containers"], json!([old[1]]));
}

/// Variables that come from elsewhere keep their places, and so does the order of the others.
#[test]
fn hidden_variables_keep_their_places() {
    let form = form(Mode::Update);
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("06-")).unwrap();
    let edit = |change: &dyn Fn(&mut Vec<Value>)| -> Vec<String> {
        let mut data = form.data(&object);
        change(data["containers"][0]["env"].as_array_mut().unwrap());
        let new = form.apply(&object, &data);
        let env = new["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
        env.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(edit(&|_| {}), ["MODE", "DB_HOST", "URL", "DB_PASSWORD", "LAST"]);
    assert_eq!(edit(&|rows| drop(rows.remove(0))), ["DB_HOST", "URL", "DB_PASSWORD", "LAST"]);
    assert_eq!(edit(&|rows| drop(rows.remove(1))), ["MODE", "DB_HOST", "DB_PASSWORD", "LAST"]);
    assert_eq!(edit(&|rows| rows[1]["key"] = json!("URI")), ["MODE", "DB_HOST", "URI", "DB_PASSWORD", "LAST"]);
    assert_eq!(edit(&|rows| rows.clear()), ["DB_HOST", "DB_PASSWORD"]);
    assert_eq!(
        edit(&|rows| rows.push(json!({"key": "END", "value": ""}))),
        ["MODE", "DB_HOST", "URL", "DB_PASSWORD", "LAST", "END"]
    );
    assert_eq!(
        edit(&|rows| rows.insert(1, json!({"key": "N", "value": ""}))),
        ["MODE", "N", "DB_HOST", "URL", "DB_PASSWORD", "LAST"]
    );
    assert_eq!(edit(&|rows| rows.swap(0, 2)), ["LAST", "DB_HOST", "URL", "DB_PASSWORD", "MODE"]);
}

#[test]
fn it_says_what_it_does_not_show() {
    let form = form(Mode::Update);
    let hidden = |prefix: &str| {
        let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with(prefix)).unwrap();
        form.hidden_paths(&object)
    };
    assert_eq!(hidden("01-"), ["spec.selector.matchLabels.app", "spec.template.metadata.labels.app"]);
    let server = hidden("02-");
    assert!(
        !server.iter().any(|path| path.contains("managedFields") || path.contains("uid") || path.contains("status"))
    );
    assert!(server.contains(&"spec.template.spec.containers[0].terminationMessagePath".to_owned()));
    assert!(hidden("04-").contains(&"spec.template.spec.containers[0].livenessProbe.httpGet.host".to_owned()));
    assert!(
        hidden("06-").contains(&"spec.template.spec.containers[0].env[1].valueFrom.configMapKeyRef.key".to_owned())
    );
    assert!(hidden("29-").contains(&"metadata.annotations[\"meta.helm.sh/release-name\"]".to_owned()));
}

/// Texts survive YAML byte for byte, and a YAML 1.2 reader sees the same object.
#[test]
fn manifests_survive_yaml() {
    for (name, object) in &deployments() {
        let text = yaml::to_yaml(object);
        assert_eq!(yaml::from_yaml(&text, Locale::En).as_ref(), Ok(object), "{name}\n{text}");
        let other: Value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(&other, object, "{name}\n{text}");
        assert!(!yaml::read(&text).problems.iter().any(|problem| problem.warning), "{name}: readers disagree\n{text}");
    }
}

/// Objects as they come from clusters, with parts that the form does not know at every level.
fn object() -> impl Strategy<Value = Value> {
    let quantity = prop_oneof![
        "[1-9][0-9]{0,3}m",
        "[1-9][0-9]?",
        "[1-9][0-9]{0,3}Mi",
        "[1-9]Gi",
        "[1-9][0-9]{6,9}",
        "1e3",
        "0\\.[1-9]"
    ];
    let env = (
        "[A-Z]{1,4}",
        prop_oneof![
            "[ -~\n\r\té中]{0,12}".prop_map(|value| json!({ "value": value })),
            Just(json!({})),
            Just(json!({ "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } })),
        ],
    )
        .prop_map(|(name, mut item)| {
            item["name"] = json!(name);
            item
        });
    let port = (1u16.., prop::option::of(prop_oneof![Just("TCP"), Just("UDP")]), any::<bool>()).prop_map(
        |(port, protocol, extra)| {
            let mut item = json!({ "containerPort": port });
            if let Some(protocol) = protocol {
                item["protocol"] = json!(protocol);
            }
            if extra {
                item["hostPort"] = json!(port);
            }
            item
        },
    );
    let container = (
        ("[a-z]{1,6}", "[a-z]{1,5}(:[0-9]{2,4}/[a-z]{1,4})?(:[a-z0-9]{1,5})?(@sha256:[a-f0-9]{64})?"),
        prop::collection::vec(env, 0..5),
        prop::collection::vec(port, 0..4),
        [(); 4].map(|()| prop::option::of(quantity.clone())),
        prop::option::of(prop::collection::vec("[ -~\n]{0,10}", 1..4)),
        (any::<bool>(), prop::option::of("/[a-z]{1,5}")),
    )
        .prop_map(|((name, image), env, ports, quantities, args, (probe, dir))| {
            let mut item = json!({ "name": name, "image": image });
            if !env.is_empty() {
                item["env"] = json!(env);
            }
            if !ports.is_empty() {
                item["ports"] = json!(ports);
            }
            let places = [("requests", "cpu"), ("limits", "cpu"), ("requests", "memory"), ("limits", "memory")];
            for ((part, resource), quantity) in places.into_iter().zip(quantities) {
                if let Some(quantity) = quantity {
                    item["resources"][part][resource] = json!(quantity);
                }
            }
            if let Some(args) = args {
                item["args"] = json!(args);
            }
            if let Some(dir) = dir {
                item["workingDir"] = json!(dir);
            }
            if probe {
                item["livenessProbe"] = json!({ "tcpSocket": { "port": 80 } });
                item["unknown"] = json!({ "deep": [1, { "a": null }] });
            }
            item
        });
    let labels = prop::collection::btree_map("[a-z]{1,4}", "[a-z0-9]{0,4}", 1..4);
    (
        prop::collection::vec(container, 1..4),
        labels,
        prop::option::of(0i64..100),
        prop::option::of(".{1,20}"),
        any::<bool>(),
    )
        .prop_map(|(containers, labels, replicas, description, extra)| {
            let mut object = json!({
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": { "name": "x", "namespace": "n", "labels": labels },
                "spec": {
                    "selector": { "matchLabels": labels },
                    "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
                },
            });
            if let Some(replicas) = replicas {
                object["spec"]["replicas"] = json!(replicas);
            }
            if let Some(description) = description {
                object["metadata"]["annotations"] = json!({ "description": description });
            }
            if extra {
                object["metadata"]["annotations"]["other"] = json!("kept");
                object["spec"]["strategy"] = json!({ "type": "Recreate" });
            }
            object
        })
}

/// What a person may type into the form: the values of another object, in as many cards as this one has, so that each
/// card still knows its item. (What goes with a deleted item cannot come back, so there the third law ends.)
fn typed(form: &FormDefinition, onto: &Value, other: &Value) -> Value {
    let (mine, mut data) = (form.data(onto), form.data(other));
    let cards: Vec<Value> = (0..mine["containers"].as_array().map_or(0, Vec::len))
        .map(|index| {
            let others = data["containers"].as_array().cloned().unwrap_or_default();
            let mut card = others[index % others.len()].clone();
            card["_at"] = json!(index);
            let args: Vec<String> = serde_json::from_value(card["args"].clone()).unwrap();
            card["args"] = json!(model::form::lines::without_blank_ends(args));
            // The hidden variables and the ports' other fields belong to the object: their lists stay.
            card["env"] = mine["containers"][index]["env"].clone();
            card["ports"] = mine["containers"][index]["ports"].clone();
            for (row, typed) in card["env"].as_array_mut().unwrap().iter_mut().enumerate() {
                typed["value"] = json!(format!("typed {row} {index}"));
            }
            card
        })
        .collect();
    data["containers"] = json!(cards);
    data
}

/// Objects as the cluster sees them: quantities by value, images with their default tag, no empty maps.
fn meant(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(map) => {
            let inner = map.iter().map(|(key, value)| (key.clone(), meant(value, key)));
            Value::Object(inner.filter(|(_, value)| value.as_object().is_none_or(|map| !map.is_empty())).collect())
        }
        Value::Array(items) => items.iter().map(|item| meant(item, "")).collect::<Vec<_>>().into(),
        Value::String(text) if key == "cpu" || key == "memory" => model::quantity::Quantity::parse(text)
            .map_or_else(|_| value.clone(), |quantity| json!(quantity.nano().to_string())),
        Value::String(text) if key == "image" => {
            let image = model::form::image::ImageRef::parse(text);
            json!(model::form::image::ImageRef::join(&image.without_tag(), image.tag.as_deref().unwrap_or("")))
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn put_of_get_is_the_object(object in object()) {
        for mode in [Mode::Create, Mode::Update] {
            let form = form(mode);
            prop_assert_eq!(form.apply(&object, &form.data(&object)).to_string(), object.to_string());
        }
    }

    #[test]
    fn get_of_put_is_the_value(object in object(), other in object()) {
        let form = form(Mode::Update);
        let data = typed(&form, &object, &other);
        let new = form.record_put(&object, &data);
        let mut expected = data.clone();
        // The card shows the tag that an empty one means.
        for (index, card) in expected["containers"].as_array_mut().unwrap().iter_mut().enumerate() {
            let touched = form.data(&object)["containers"][index].clone();
            let image = |card: &Value| (card["image"].clone(), card["tag"].clone());
            if image(card) != image(&touched) && card["tag"] == "" && !card["image"].as_str().unwrap().contains('@') {
                card["tag"] = json!("latest");
            }
        }
        prop_assert_eq!(form.data(&new), expected);
    }

    #[test]
    fn the_last_put_wins(object in object(), first in object(), last in object()) {
        let form = form(Mode::Update);
        let (first, last) = (typed(&form, &object, &first), typed(&form, &object, &last));
        let twice = form.record_put(&form.record_put(&object, &first), &last);
        prop_assert_eq!(meant(&twice, ""), meant(&form.record_put(&object, &last), ""));
    }

    #[test]
    fn a_put_never_touches_what_is_not_shown(object in object(), other in object()) {
        let form = form(Mode::Update);
        let new = form.record_put(&object, &typed(&form, &object, &other));
        let hidden: BTreeSet<_> = form.hidden_paths(&object).into_iter().collect();
        let after: BTreeSet<_> = form.hidden_paths(&new).into_iter().collect();
        prop_assert!(hidden.is_subset(&after), "{:?}", hidden.difference(&after).collect::<Vec<_>>());
    }

    #[test]
    fn the_plan_makes_the_new_object_and_nothing_is_nothing(object in object(), other in object()) {
        let form = form(Mode::Update);
        let new = form.apply(&object, &typed(&form, &object, &other));
        let target = target(&object);
        let plan = plan(&target, &object, &new);
        prop_assert_eq!(plan.is_empty(), object == new);
        prop_assert_eq!(applied(&object, &plan), new);
    }

    #[test]
    fn objects_survive_yaml(object in object()) {
        let text = yaml::to_yaml(&object);
        prop_assert_eq!(yaml::from_yaml(&text, Locale::En), Ok(object.clone()), "{}", text);
        prop_assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), object, "{}", text);
    }
}
