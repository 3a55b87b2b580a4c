//! The fields of the form "New Workload" (spec 30 §4.1, 4.4, 4.5, 4.7), first cut.

use super::kinds::{TYPES, WorkloadKind};
use super::{Context, Mode};
use crate::forms::words::Words;
use model::form::{Choice, Field, Form, Format, QuantityUnit, Rule, Section, Widget};

/// Messages of this form's own fields (spec 30 R-19).
const OWN: &[&str] = &[
    "name.required",
    "name.too-long",
    "name.format-workload-name",
    "description.too-long",
    "namespace.required",
    "labels.key.required",
    "labels.key.format-label-key",
    "labels.key.duplicate",
    "containers.too-few",
    "containers.name.required",
    "containers.name.duplicate",
    "containers.name.too-long",
    "containers.name.format-dns-label",
    "containers.image.required",
    "env.key.required",
    "env.key.format-env-name",
    "env.key.duplicate",
    "working_dir.format-absolute-path",
    "cpu_request.too-small",
    "cpu_limit.too-small",
    "memory_request.too-small",
    "memory_limit.too-small",
    "ports.port.required",
];

pub fn form(kind: &WorkloadKind, mode: Mode, words: Words, context: &Context) -> Form {
    let mut replicas = Section::new("replicas", words.t("forms-workload-replicas"), vec![replicas(words)]);
    replicas.hint = String::new();
    let mut containers =
        Section::new("containers", words.t("forms-workload-containers"), vec![containers(mode, words)]);
    containers.hint = words.t("forms-workload-containers-hint");
    Form {
        id: "workload".to_owned(),
        sections: vec![
            Section::new("basic", words.t("forms-workload-basic"), basic(kind, mode, words, context)),
            containers,
            replicas,
        ],
        messages: words.messages(OWN),
    }
}

fn text(mono: bool) -> Widget {
    Widget::Text { mono }
}

fn basic(kind: &WorkloadKind, mode: Mode, words: Words, context: &Context) -> Vec<Field> {
    let fixed = |key: &str| (mode == Mode::Update).then(|| words.t(key));
    let mut namespaces: Vec<Choice> = context.namespaces.iter().map(|name| Choice::new(name, name)).collect();
    if !context.namespace.is_empty() && !context.namespaces.contains(&context.namespace) {
        namespaces.insert(0, Choice::new(&context.namespace, &context.namespace));
    }
    let types = TYPES.iter().map(|key| {
        let word = key.split('.').next().unwrap_or(key);
        let mut choice = Choice::new(*key, words.t(&format!("forms-workload-type-{word}")))
            .hint(words.t(&format!("forms-workload-type-{word}-hint")));
        choice.disabled = WorkloadKind::of_text(key).is_none().then(|| words.t("forms-workload-type-not-offered"));
        choice
    });
    let default_label = words.t("forms-workload-labels-locked");
    let mut locked = vec![("k8s-app".to_owned(), default_label.clone())];
    if mode == Mode::Update {
        locked.push(("qcloud-app".to_owned(), default_label));
    }
    let mut labels = Field::new(
        "labels",
        words.t("forms-workload-labels"),
        Widget::KeyValue { locked, add: words.t("forms-workload-labels-add"), multiline: false },
    )
    .hint(words.t(if mode == Mode::Create {
        "forms-workload-labels-hint"
    } else {
        "forms-workload-labels-update-hint"
    }))
    .doc("metadata.labels", words.t("forms-workload-labels-doc"))
    .format(Format::LabelKey)
    .format(Format::LabelValue)
    .rule(Rule::Unique { field: "key".to_owned() });
    if mode == Mode::Create {
        labels.required = true;
        labels.follows.push(("k8s-app".to_owned(), "name".to_owned()));
    }
    let description =
        Field::new("description", words.t("forms-workload-description"), Widget::TextArea { mono: false, rows: 2 })
            .placeholder(words.t("forms-workload-description-placeholder"))
            .doc("metadata.annotations.description", words.t("forms-workload-description-doc"))
            .max_length(1000);
    vec![
        Field::new("name", words.t("forms-workload-name"), text(true))
            .required()
            .placeholder(words.t("forms-workload-name-placeholder"))
            .hint(words.t_args("forms-workload-name-hint", &[("max", kind.name_max.into())]))
            .doc("metadata.name", words.t("forms-workload-name-doc"))
            .max_length(kind.name_max)
            .format(Format::WorkloadName)
            .locked(fixed("forms-workload-name-locked")),
        description,
        labels,
        Field::new("namespace", words.t("forms-workload-namespace"), Widget::Select { choices: namespaces })
            .required()
            .default(context.namespace.as_str())
            .doc("metadata.namespace", words.t("forms-workload-namespace-doc"))
            .locked(fixed("forms-workload-namespace-locked")),
        Field::new("type", words.t("forms-workload-type"), Widget::Radio { choices: types.collect() })
            .required()
            .default(kind.key().to_string())
            .doc("kind", words.t("forms-workload-type-doc"))
            .locked(fixed("forms-workload-type-locked")),
    ]
}

fn containers(mode: Mode, words: Words) -> Field {
    let group = Widget::Group {
        fields: container(mode, words),
        add: words.t("forms-workload-container-add"),
        min: 1,
        title: "name".to_owned(),
        summary: ["image", "tag", "cpu_request", "memory_request"].map(str::to_owned).to_vec(),
        table: false,
    };
    Field::new("containers", words.t("forms-workload-containers"), group)
        .doc("spec.template.spec.containers", words.t("forms-workload-containers-doc"))
        .rule(Rule::Unique { field: "name".to_owned() })
}

fn container(mode: Mode, words: Words) -> Vec<Field> {
    let policies = ["", "Always", "IfNotPresent", "Never"].map(|value| {
        let word = if value.is_empty() { "unset" } else { value };
        let word = word.to_ascii_lowercase();
        let label = if value.is_empty() { words.t("forms-workload-pull-unset") } else { value.to_owned() };
        Choice::new(value, label).hint(words.t(&format!("forms-workload-pull-{word}-hint")))
    });
    let image_row = words.t("forms-workload-image");
    let mut fields = vec![
        Field::new("name", words.t("forms-workload-container-name"), text(true))
            .required()
            .doc("containers[].name", words.t("forms-workload-container-name-doc"))
            .max_length(63)
            .format(Format::DnsLabel),
        Field::new("image", image_row.clone(), text(true))
            .required()
            .placeholder("registry.example.com/team/app")
            .doc("containers[].image", words.t("forms-workload-image-doc"))
            .format(Format::Image)
            .row(image_row.clone(), ""),
        Field::new("tag", words.t("forms-workload-tag"), text(true))
            .placeholder("latest")
            .doc("containers[].image", words.t("forms-workload-tag-doc"))
            .format(Format::ImageTag)
            .row(image_row, "Tag"),
        Field::new("pull_policy", words.t("forms-workload-pull"), Widget::Radio { choices: policies.to_vec() })
            .doc("containers[].imagePullPolicy", words.t("forms-workload-pull-doc")),
    ];
    fields.extend(limits(words));
    fields.push(
        Field::new(
            "env",
            words.t("forms-workload-env"),
            Widget::KeyValue { locked: Vec::new(), add: words.t("forms-workload-env-add"), multiline: true },
        )
        .hint(if mode == Mode::Update { words.t("forms-workload-env-hint") } else { String::new() })
        .doc("containers[].env", words.t("forms-workload-env-doc"))
        .format(Format::EnvName)
        .rule(Rule::Unique { field: "key".to_owned() }),
    );
    fields.push(ports(words));
    fields.push(
        Field::new("working_dir", words.t("forms-workload-dir"), text(true))
            .placeholder("/srv")
            .doc("containers[].workingDir", words.t("forms-workload-dir-doc"))
            .format(Format::AbsolutePath)
            .advanced(),
    );
    for (id, path, label, hint, doc) in [
        (
            "command",
            "containers[].command",
            "forms-workload-command",
            "forms-workload-command-hint",
            "forms-workload-command-doc",
        ),
        ("args", "containers[].args", "forms-workload-args", "forms-workload-args-hint", "forms-workload-args-doc"),
    ] {
        let lines = Widget::Lines { rows: 3 };
        fields.push(Field::new(id, words.t(label), lines).hint(words.t(hint)).doc(path, words.t(doc)).advanced());
    }
    fields
}

/// Request and limit of CPU in cores and of memory in MiB (spec 30 R-5).
fn limits(words: Words) -> Vec<Field> {
    let fields = [
        ("cpu_request", QuantityUnit::Cores, "requests", "0.25", "10m"),
        ("cpu_limit", QuantityUnit::Cores, "limits", "0.5", "10m"),
        ("memory_request", QuantityUnit::Mib, "requests", "256", "1Mi"),
        ("memory_limit", QuantityUnit::Mib, "limits", "1024", "4Mi"),
    ];
    let fields = fields.map(|(id, unit, part, default, least)| {
        let resource = if unit == QuantityUnit::Cores { "cpu" } else { "memory" };
        let key = id.replace('_', "-");
        let mut field = Field::new(id, words.t(&format!("forms-workload-{key}")), Widget::Quantity { unit })
            .doc(&format!("containers[].resources.{part}.{resource}"), words.t(&format!("forms-workload-{key}-doc")))
            .placeholder(words.t("forms-workload-unlimited"))
            .default(default)
            .rule(Rule::AtLeast { quantity: least.to_owned() })
            .row(words.t(&format!("forms-workload-{resource}")), if part == "requests" { "request" } else { "limit" });
        if part == "requests" {
            field = field.rule(Rule::AtMost { field: format!("{resource}_limit") });
        }
        field
    });
    fields.to_vec()
}

fn ports(words: Words) -> Field {
    let protocols = ["TCP", "UDP", "SCTP"].map(|name| Choice::new(name, name)).to_vec();
    let fields = vec![
        Field::new("port", words.t("forms-workload-port"), Widget::Number { unit: String::new() })
            .required()
            .format(Format::Port),
        Field::new("protocol", words.t("forms-workload-protocol"), Widget::Select { choices: protocols })
            .default("TCP"),
        Field::new("name", words.t("forms-workload-port-name"), text(true))
            .placeholder("http")
            .format(Format::PortName),
    ];
    let group = Widget::Group {
        fields,
        add: words.t("forms-workload-port-add"),
        min: 0,
        title: "port".to_owned(),
        summary: vec!["protocol".to_owned(), "name".to_owned()],
        table: true,
    };
    Field::new("ports", words.t("forms-workload-ports"), group)
        .doc("containers[].ports", words.t("forms-workload-ports-doc"))
        .rule(Rule::Unique { field: "port,protocol".to_owned() })
        .rule(Rule::Unique { field: "name".to_owned() })
}

/// Required on update too: the cluster would take an empty count for 1.
fn replicas(words: Words) -> Field {
    Field::new(
        "replicas",
        words.t("forms-workload-replicas"),
        Widget::Number { unit: words.t("forms-workload-replicas-unit") },
    )
    .default("1")
    .doc("spec.replicas", words.t("forms-workload-replicas-doc"))
    .required()
    .rule(Rule::Range { min: 0, max: 65_535 })
}
