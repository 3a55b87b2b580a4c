use super::*;
use crate::form::{Section, When, settle};
use proptest::prelude::*;
use serde_json::json;

fn text() -> Widget {
    Widget::Text { mono: false }
}

fn container_fields() -> Vec<Field> {
    let quantity = |id: &str, unit| Field::new(id, id, Widget::Quantity { unit });
    vec![
        Field::new("name", "Name", text()).required().max_length(63).format(Format::DnsLabel),
        Field::new("image", "Image", text()).required().format(Format::Image),
        Field::new("tag", "Tag", text()).format(Format::ImageTag),
        quantity("cpu_request", QuantityUnit::Cores)
            .rule(Rule::AtLeast { quantity: "10m".to_owned() })
            .rule(Rule::AtMost { field: "cpu_limit".to_owned() }),
        quantity("cpu_limit", QuantityUnit::Cores),
        quantity("memory_request", QuantityUnit::Mib).rule(Rule::AtMost { field: "memory_limit".to_owned() }),
        quantity("memory_limit", QuantityUnit::Mib).rule(Rule::AtLeast { quantity: "4Mi".to_owned() }),
        Field::new("env", "Env", Widget::KeyValue { locked: vec![], add: String::new(), multiline: true })
            .format(Format::EnvName)
            .rule(Rule::Unique { field: "key".to_owned() }),
        Field::new("working_dir", "Dir", text()).format(Format::AbsolutePath),
        Field::new("args", "Args", Widget::Lines { rows: 3 }),
    ]
}

fn form() -> Form {
    let mut labels = Field::new(
        "labels",
        "Labels",
        Widget::KeyValue { locked: vec![("k8s-app".into(), "fixed".into())], add: String::new(), multiline: false },
    )
    .required()
    .format(Format::LabelKey)
    .format(Format::LabelValue)
    .rule(Rule::Unique { field: "key".to_owned() });
    labels.follows.push(("k8s-app".into(), "name".into()));
    let mut cron = Field::new("schedule", "Schedule", text()).required();
    cron.when = Some(When { field: "type".into(), is: vec![json!("CronJob")] });
    let containers = Widget::Group {
        fields: container_fields(),
        add: String::new(),
        min: 1,
        title: "name".into(),
        summary: vec![],
        table: false,
    };
    Form {
        id: "workload".into(),
        sections: vec![
            Section::new(
                "basic",
                "Basic",
                vec![
                    Field::new("name", "Name", text()).required().max_length(63).format(Format::WorkloadName),
                    labels,
                    Field::new(
                        "type",
                        "Type",
                        Widget::Radio { choices: vec![Choice::new("Deployment", ""), Choice::new("CronJob", "")] },
                    )
                    .required()
                    .default("Deployment"),
                    cron,
                ],
            ),
            Section::new(
                "containers",
                "Containers",
                vec![
                    Field::new("containers", "Containers", containers).rule(Rule::Unique { field: "name".to_owned() }),
                    Field::new("replicas", "Replicas", Widget::Number { unit: String::new() })
                        .required()
                        .default("1")
                        .rule(Rule::Range { min: 0, max: 65535 }),
                ],
            ),
        ],
        messages: [
            ("required", "Must be filled in"),
            ("containers.name.required", "Container name is required"),
            ("above", "{value} is more than {limit}"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into(),
    }
}

fn filled() -> Value {
    let form = form();
    let mut data = defaults(&form.sections.iter().flat_map(|s| s.fields.clone()).collect::<Vec<_>>());
    data["name"] = json!("web");
    data["containers"][0]["name"] = json!("web");
    data["containers"][0]["image"] = json!("nginx");
    settle(&form, &mut data);
    data
}

fn codes(data: &Value) -> Vec<String> {
    check(&form(), data).into_iter().map(|refusal| format!("{} {}", refusal.path, refusal.code)).collect()
}

fn with(path: &str, value: Value) -> Value {
    let mut data = filled();
    *data.pointer_mut(path).unwrap() = value;
    data
}

#[test]
fn a_filled_form_has_nothing_to_say() {
    assert_eq!(codes(&filled()), Vec::<String>::new());
    assert_eq!(filled()["labels"], json!([{"key": "k8s-app", "value": "web"}]));
}

/// [W-28] Workload name rules.
#[test]
fn workload_names() {
    assert_eq!(codes(&with("/name", json!(" "))), ["name required"]);
    assert_eq!(codes(&with("/name", json!("a".repeat(63)))), Vec::<String>::new());
    assert_eq!(codes(&with("/name", json!("a".repeat(64)))), ["name too-long"]);
    for bad in ["1web", "Web", "web-", "we b", "we.b", "网"] {
        assert_eq!(codes(&with("/name", json!(bad))), ["name format-workload-name"], "{bad}");
    }
}

/// [W-38] [W-39] [W-48] Rules within a container, with their places.
#[test]
fn containers() {
    let container = |field: &str, value: Value| codes(&with(&format!("/containers/0/{field}"), value));
    assert_eq!(container("name", json!("")), ["containers.0.name required"]);
    assert_eq!(container("image", json!("A b")), ["containers.0.image format-image"]);
    assert_eq!(container("working_dir", json!("srv")), ["containers.0.working_dir format-absolute-path"]);
    assert_eq!(container("cpu_request", json!("1x")), ["containers.0.cpu_request not-a-quantity"]);
    assert_eq!(container("cpu_request", json!("-1")), ["containers.0.cpu_request negative"]);
    assert_eq!(container("cpu_request", json!("0.009")), ["containers.0.cpu_request too-small"]);
    assert_eq!(container("memory_limit", json!("3.9")), ["containers.0.memory_limit too-small"]);
    assert_eq!(codes(&with("/containers", json!([]))), ["containers too-few"]);

    let mut data = filled();
    data["containers"][0]["cpu_request"] = json!("2");
    data["containers"][0]["cpu_limit"] = json!("1000m");
    data["containers"][0]["memory_request"] = json!("1536");
    data["containers"][0]["memory_limit"] = json!("1Gi");
    assert_eq!(codes(&data), ["containers.0.cpu_request above", "containers.0.memory_request above"]);
    let form = form();
    let refusals = check(&form, &data);
    assert_eq!(form.message(&refusals[1]), "1536 MiB is more than 1Gi");

    let mut data = filled();
    let mut second = data["containers"][0].clone();
    second["tag"] = json!("1");
    second["image"] = json!("nginx:2");
    data["containers"].as_array_mut().unwrap().push(second);
    assert_eq!(codes(&data), ["containers.1.name duplicate", "containers.1.image image-has-tag"]);
}

/// [W-35] A variable may be empty and its name may not repeat.
#[test]
fn key_value_rows() {
    let env = |rows: Value| codes(&with("/containers/0/env", rows));
    assert_eq!(env(json!([{"key": "A", "value": ""}, {"key": "", "value": ""}])), Vec::<String>::new());
    assert_eq!(env(json!([{"key": "", "value": "x"}])), ["containers.0.env.0.key required"]);
    assert_eq!(
        env(json!([{"key": "A", "value": "1"}, {"key": "A=", "value": "2"}, {"key": "A", "value": "3"}])),
        ["containers.0.env.1.key format-env-name", "containers.0.env.2.key duplicate"]
    );
    let labels = |rows: Value| codes(&with("/labels", rows));
    assert_eq!(labels(json!([{"key": "a", "value": "b c"}])), ["labels.0.value format-label-value"]);
    assert_eq!(labels(json!([])), ["labels required"]);
    assert_eq!(labels(json!([{"key": 1}])), ["labels.0 wrong-type", "labels required"]);
}

#[test]
fn numbers_and_choices() {
    assert_eq!(codes(&with("/replicas", json!("65536"))), ["replicas out-of-range"]);
    assert_eq!(codes(&with("/replicas", json!("1.5"))), ["replicas not-a-number"]);
    assert_eq!(codes(&with("/replicas", json!(3))), ["replicas wrong-type"]);
    assert_eq!(codes(&with("/type", json!("Job"))), ["type not-a-choice"]);
    let mut cron = with("/type", json!("CronJob"));
    assert_eq!(codes(&cron), ["schedule required"]);
    cron["schedule"] = json!("* * * * *");
    assert_eq!(codes(&cron), Vec::<String>::new());
}

#[test]
fn a_fields_own_message_wins() {
    let form = form();
    let refusals = check(&form, &with("/containers/0/name", json!("")));
    assert_eq!(form.message(&refusals[0]), "Container name is required");
    assert_eq!(
        form.message(&Refusal { path: "name".into(), code: "required".into(), args: vec![] }),
        "Must be filled in"
    );
}

/// What was read is not refused until it is touched; items are found again after a reorder.
#[test]
fn strange_values_that_are_left_alone_are_left_alone() {
    let mut initial = filled();
    initial["containers"][0]["_at"] = json!(0);
    initial["containers"][0]["cpu_request"] = json!("0.001");
    initial["containers"][0]["env"] = json!([{"key": "ä", "value": "1"}]);
    assert_eq!(check_touched(&form(), &initial, &initial), Vec::new());

    let mut data = initial.clone();
    let mut fresh = data["containers"][0].clone();
    fresh.as_object_mut().unwrap().remove("_at");
    fresh["name"] = json!("second");
    data["containers"].as_array_mut().unwrap().insert(0, fresh);
    let paths: Vec<_> = check_touched(&form(), &data, &initial).into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["containers.0.cpu_request", "containers.0.env.0.key"]);

    data["containers"][1]["cpu_request"] = json!("0.002");
    assert!(check_touched(&form(), &data, &initial).iter().any(|r| r.path == "containers.1.cpu_request"));
    assert_eq!(check_touched(&form(), &with("/containers", json!([])), &initial)[0].code, "too-few");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                prop_oneof![
                    Just("name".to_owned()),
                    Just("containers".to_owned()),
                    Just("env".to_owned()),
                    Just("key".to_owned()),
                    Just("labels".to_owned()),
                    "[a-z_]{1,6}"
                ],
                inner,
                0..5
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_data_breaks_the_checker(data in any_json(), initial in any_json()) {
        let form = form();
        for refusal in check(&form, &data) {
            prop_assert!(!refusal.path.is_empty() && !form.message(&refusal).is_empty());
        }
        let _ = check_touched(&form, &data, &initial);
        let mut settled = data.clone();
        settle(&form, &mut settled);
    }

    #[test]
    fn foreign_values_at_known_places_are_survived(value in any_json(), place in 0usize..6) {
        let path = ["/name", "/labels", "/containers", "/containers/0/env", "/containers/0/args", "/replicas"][place];
        let _ = codes(&with(path, value));
    }
}
