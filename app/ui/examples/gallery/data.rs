//! Sample data: long names, trouble, one of everything.

use model::access::Me;
use model::change::{DiffLine, Review, ReviewItem, Verdict};
use model::clusters::ClusterHead;
use model::dialog::{Dialog, DialogTarget};
use model::form::{Choice, Field, Form, FormTarget, FormView, Format, QuantityUnit, Rule, Section, Widget};
use model::live::LiveMessage;
use model::object::{KindKey, ObjectRef};
use model::permission::Role;
use model::table::*;
use model::{AccountId, ClusterId, Locale, Theme};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ui::PaletteEntry;

const MINUTE: i64 = 60_000;
const NOW: i64 = 1_795_600_000_000;

fn id() -> ClusterId {
    ClusterId::parse("cls-7k2m9xqd").unwrap()
}

pub fn me(locale: Locale, theme: Theme) -> Me {
    Me { id: AccountId("1".into()), name: "lin.xiaowen".into(), main: true, role: Role::Full, locale, theme }
}

pub fn cluster() -> ClusterHead {
    ClusterHead {
        id: id(),
        name: "prod-shanghai-a".into(),
        color: "red".into(),
        badge: "生产".into(),
        production: true,
        version: "v1.33.4".into(),
        state: State::new(Family::Success, "Running"),
        freshness: Freshness::Live,
    }
}

pub fn palette() -> Vec<PaletteEntry> {
    ["Deployment", "Pod", "Node"]
        .map(|label| PaletteEntry {
            label: label.into(),
            hint: "prod-shanghai-a".into(),
            href: "/clusters".into(),
            icon: "layers".into(),
        })
        .to_vec()
}

fn column(id: &str, label: &str, width: u16, align: Align, secondary: bool) -> Column {
    Column { id: id.into(), label: label.into(), sortable: true, align, width, secondary }
}

fn action(id: &str, label: &str, icon: &str, kind: ActionKind) -> Action {
    Action {
        id: id.into(),
        label: label.into(),
        icon: icon.into(),
        kind,
        danger: id == "delete",
        bulk: matches!(id, "delete" | "redeploy" | "scale"),
        inline: matches!(id, "logs" | "shell" | "scale"),
        shortcut: None,
        refused: None,
    }
}

fn open(href: &str, new_window: bool) -> ActionKind {
    ActionKind::Open { href: href.into(), new_window }
}

fn deployment(at: usize, state: (Family, &str), name: &str, namespace: &str, ready: (i64, i64), image: &str) -> Row {
    let (family, word) = state;
    Row {
        key: format!("uid-{at}"),
        version: "1".into(),
        name: name.into(),
        namespace: Some(namespace.into()),
        cells: vec![
            Cell::State(State::new(family, word)),
            Cell::Link { text: name.into(), href: "/deployment".into(), mono: true, tail: 9 },
            Cell::mono(namespace),
            Cell::Ratio {
                have: ready.0,
                want: ready.1,
                family: if family == Family::Progress { Family::Neutral } else { family },
            },
            Cell::Images(vec![image.into()]),
            Cell::Labels(vec![("team".into(), "pay-core".into()), ("tier".into(), "backend".into())]),
            Cell::Count { n: at as i64, family: None },
            Cell::age(Some(NOW - MINUTE * (7 + 997 * at as i64))),
        ],
        refused: if at == 2 {
            vec![RowAction {
                id: "redeploy".into(), refused: Some("缺少权限：对 deployments 的 patch。".into())
            }]
        } else {
            Vec::new()
        },
    }
}

fn rows() -> Vec<Row> {
    let names = [
        ((Family::Error, "更新超时"), "payment-gateway", "payment", (5, 6)),
        ((Family::Error, "镜像拉取失败"), "order-export-scheduler-nightly-reconciliation", "order-core", (0, 2)),
        ((Family::Warning, "部分就绪"), "payment-risk-scoring-model-serving-canary", "payment", (3, 4)),
        ((Family::Progress, "更新中"), "order-api", "order-core", (17, 24)),
    ];
    let mut out: Vec<Row> = names
        .iter()
        .enumerate()
        .map(|(at, (state, name, namespace, ready))| {
            deployment(at, *state, name, namespace, *ready, "registry.corp.internal/payment/gateway:v2.14.3")
        })
        .collect();
    for at in 4..20 {
        out.push(deployment(
            at,
            (Family::Success, "运行中"),
            &format!("bank-adapter-{at}"),
            "payment",
            (4, 4),
            "registry.corp.internal/payment/bank-adapter:v2.6.0",
        ));
    }
    out
}

pub fn table() -> TableView {
    let counts = [3, 4, 5, 196, 5];
    TableView {
        source: TableSource::Kind { cluster: id(), kind: KindKey::new("apps", "deployments") },
        query: Query {
            filters: Filter::parse("tier=backend").into_iter().chain(Filter::parse("image~registry.corp")).collect(),
            namespaces: vec!["order-core".into(), "payment".into()],
            ..Query::default()
        },
        columns: vec![
            column("state", "状态", 120, Align::Left, false),
            column("name", "名称", 0, Align::Left, false),
            column("namespace", "命名空间", 98, Align::Left, false),
            column("ready", "运行/期望", 78, Align::Right, false),
            column("image", "镜像", 212, Align::Left, true),
            column("labels", "Labels", 136, Align::Left, true),
            column("restarts", "重启", 46, Align::Right, true),
            column("age", "运行时间", 78, Align::Right, false),
        ],
        actions: vec![
            action("logs", "日志", "scroll-text", open("{object}?tab=logs", false)),
            action("shell", "远程登录", "terminal", open("{object}/~terminal", true)),
            action("scale", "更新实例数量", "scaling", ActionKind::Dialog),
            action("redeploy", "重新部署", "rotate-cw", ActionKind::Dialog),
            action("delete", "删除", "trash-2", ActionKind::Dialog),
        ],
        page: Page {
            rows: rows(),
            matching: 213,
            total: 268,
            counts: Family::ALL.into_iter().zip(counts).map(|(family, n)| FamilyCount { family, n }).collect(),
            freshness: Freshness::Live,
        },
        namespaces: Some(vec!["default".into(), "order-core".into(), "payment".into(), "risk-control".into()]),
        base: "/list".into(),
        options: TableOptions {
            chrome: true,
            noun: "Deployment".into(),
            create: Some("/new".into()),
            create_refused: None,
        },
    }
}

pub fn empty_table() -> TableView {
    let mut view = table();
    view.query = Query::default();
    view.page = Page {
        rows: Vec::new(),
        matching: 0,
        total: 0,
        counts: Vec::new(),
        freshness: Freshness::Stale { since: NOW - 4 * MINUTE, as_of: None, reason: "dial tcp: i/o timeout".into() },
    };
    view
}

/// The list of clusters: two lines per row, meters, one away.
pub fn clusters() -> TableView {
    let row = |at: usize, name: &str, state: State, requested: Option<f64>, production: bool| Row {
        key: format!("cls-0000000{at}"),
        version: "1".into(),
        name: name.into(),
        namespace: None,
        cells: vec![
            Cell::Stack {
                main: Box::new(Cell::Link { text: name.into(), href: "/".into(), mono: false, tail: 11 }),
                sub: Box::new(Cell::mono(format!("cls-0000000{at}"))),
            },
            Cell::Badge { text: if production { "生产" } else { "开发" }.into(), production },
            Cell::State(state),
            Cell::mono("v1.33.4"),
            Cell::Ratio { have: 48, want: 48, family: Family::Success },
            Cell::Meter { requested, used: requested.map(|x| x * 0.6), text: "545 / 768 核".into() },
            Cell::Time { at: NOW, relative: false },
        ],
        refused: Vec::new(),
    };
    let mut view = table();
    view.source = TableSource::Clusters;
    view.query = Query::default();
    view.namespaces = None;
    view.columns = vec![
        column("name", "ID/名称", 0, Align::Left, false),
        column("badge", "用途", 90, Align::Left, true),
        column("state", "状态", 130, Align::Left, false),
        column("version", "K8S版本", 120, Align::Left, false),
        column("nodes", "节点", 80, Align::Right, false),
        column("cpu", "CPU 分配", 150, Align::Left, true),
        column("created", "创建时间", 190, Align::Left, true),
    ];
    view.page.rows = vec![
        row(1, "prod-shanghai-a", State::new(Family::Success, "运行中"), Some(0.88), true),
        row(2, "edge-chengdu-warehouse-sorting-line-07", State::new(Family::Warning, "无法连接"), None, false),
        row(3, "gpu-training-beijing", State::new(Family::Success, "运行中"), Some(0.93), false),
    ];
    view.page.matching = 3;
    view.page.total = 3;
    view
}

/// Two rows change places, one cell goes up.
pub fn patch() -> LiveMessage {
    let mut all = rows();
    all.swap(0, 1);
    let mut changed = all[3].clone();
    changed.version = "2".into();
    changed.cells[3] = Cell::Ratio { have: 18, want: 24, family: Family::Neutral };
    LiveMessage::Patch {
        id: 1,
        order: all.iter().map(|row| row.key.clone()).collect(),
        rows: vec![changed],
        matching: 214,
        total: 269,
        counts: table().page.counts,
        freshness: Freshness::Live,
    }
}

fn text(id: &str, label: &str, mono: bool) -> Field {
    Field::new(id, label, Widget::Text { mono })
}

fn container_fields() -> Vec<Field> {
    let quantity = |id: &str, label: &str, unit| Field::new(id, label, Widget::Quantity { unit });
    let env = Widget::Group {
        fields: vec![
            Field::new(
                "kind",
                "类型",
                Widget::Select { choices: vec![Choice::new("value", "自定义"), Choice::new("secret", "Secret")] },
            )
            .default("value"),
            text("name", "名称", true),
            text("value", "值", true),
        ],
        add: "新增变量".into(),
        min: 0,
        title: "name".into(),
        summary: Vec::new(),
        table: true,
    };
    vec![
        text("name", "名称", true).required().format(Format::DnsLabel),
        text("image", "镜像", true).required().format(Format::Image).doc("image", "镜像仓库与名称，不含标签。"),
        text("tag", "镜像版本（Tag）", true),
        quantity("cpu_request", "CPU request", QuantityUnit::Cores),
        quantity("memory_request", "内存 request", QuantityUnit::Mib)
            .rule(Rule::AtMost { field: "memory_limit".into() })
            .doc("resources.requests.memory", "Request 用于预分配资源。"),
        quantity("memory_limit", "内存 limit", QuantityUnit::Mib),
        Field::new("env", "环境变量", env),
        Field::new("command", "运行命令", Widget::Lines { rows: 3 }).advanced(),
        Field::new("privileged", "特权级容器", Widget::Switch).advanced(),
    ]
}

pub fn form() -> FormView {
    let containers = Widget::Group {
        fields: container_fields(),
        add: "添加容器".into(),
        min: 1,
        title: "name".into(),
        summary: vec!["image".into(), "tag".into(), "env".into()],
        table: false,
    };
    let labels = Widget::KeyValue {
        locked: vec![("k8s-app".into(), "默认标签不可更改".into())],
        add: "新增标签".into(),
        multiline: false,
    };
    let form = Form {
        id: "workload".into(),
        sections: vec![
            Section::new(
                "basic",
                "基本信息",
                vec![
                    text("name", "工作负载名", true)
                        .required()
                        .format(Format::WorkloadName)
                        .hint("最长63个字符，只能包含小写字母、数字及分隔符(\"-\")")
                        .doc("metadata.name", "对象的名称，创建后不可更改。"),
                    Field::new("description", "描述", Widget::TextArea { mono: false, rows: 2 }),
                    Field {
                        follows: BTreeMap::from([("k8s-app".to_owned(), "name".to_owned())]),
                        ..Field::new("labels", "标签", labels)
                    },
                    Field::new(
                        "kind",
                        "类型",
                        Widget::Radio {
                            choices: vec![
                                Choice::new("Deployment", "Deployment").hint("可扩展的部署Pod"),
                                Choice::new("StatefulSet", "StatefulSet").hint("有状态集的运行Pod"),
                            ],
                        },
                    ),
                ],
            ),
            Section::new("containers", "实例内容器", vec![Field::new("containers", "容器", containers)]),
            Section::new(
                "replicas",
                "实例数量",
                vec![
                    Field::new("replicas", "实例数量", Widget::Number { unit: String::new() })
                        .rule(Rule::Range { min: 0, max: 2000 }),
                ],
            ),
        ],
        messages: BTreeMap::from(
            [
                ("required", "请填写"),
                ("workload-name", "只能包含小写字母、数字及分隔符(\"-\")，且必须以小写字母开头"),
                ("above", "request限制不能超过limit限制"),
                ("out-of-range", "应为 {min} 到 {max}"),
                ("duplicate", "名称不可重复"),
            ]
            .map(|(code, text)| (code.to_owned(), text.to_owned())),
        ),
    };
    FormView {
        form,
        data: json!({
            "name": "", "description": "", "kind": "Deployment", "replicas": "3",
            "labels": [{"key": "k8s-app", "value": ""}, {"key": "team", "value": "pay-core"}],
            "containers": [
                {"name": "log-agent", "image": "platform/log-agent", "tag": "2.8.4", "env": [], "command": []},
                {"name": "refund-worker", "image": "registry.corp.internal/payment/refund-worker", "tag": "v1.0.3",
                 "memory_request": "1536", "memory_limit": "1024", "command": ["sh", "-c"],
                 "env": [{"kind": "value", "name": "A", "value": "1"}]},
            ],
        }),
        target: FormTarget {
            form: "workload".into(),
            cluster: Some(id()),
            kind: Some(KindKey::new("apps", "deployments")),
            object: None,
        },
        object: Value::Null,
        hidden_paths: vec!["spec.revisionHistoryLimit".into(), "spec.template.spec.priorityClassName".into()],
        yaml: true,
        submit_label: "创建Workload".into(),
        cancel_href: "/list".into(),
        refused: None,
    }
}

fn object() -> ObjectRef {
    ObjectRef {
        cluster: id(),
        kind: KindKey::new("apps", "deployments"),
        namespace: Some("payment".into()),
        name: "payment-gateway".into(),
        uid: Some("uid-0".into()),
    }
}

pub fn dialog() -> Dialog {
    let form = Form {
        id: "scale".into(),
        sections: vec![Section::new(
            "scale",
            "",
            vec![
                Field::new("replicas", "实例数量", Widget::Number { unit: String::new() })
                    .required()
                    .rule(Rule::Range { min: 0, max: 2000 }),
            ],
        )],
        messages: BTreeMap::from([("out-of-range".to_owned(), "应为 {min} 到 {max}".to_owned())]),
    };
    Dialog {
        action: "scale".into(),
        target: DialogTarget::Objects { objects: vec![object()] },
        title: "更新实例数量".into(),
        text: vec!["Deployment payment/payment-gateway".into(), "当前 5/6 就绪".into()],
        form: Some(form),
        data: json!({ "replicas": "6" }),
        type_name: None,
        confirm: "更新".into(),
        danger: false,
        refused: None,
        snippets: Vec::new(),
        informational: false,
    }
}

pub fn review() -> Review {
    let line = |sign, text: &str, old, new| DiffLine { sign, text: text.into(), old_line: old, new_line: new };
    let mut diff: Vec<DiffLine> =
        (1..=12).map(|n| line(' ', &format!("  unchanged{n}: {n}"), Some(n), Some(n))).collect();
    diff.extend([
        line('-', "      image: payment/gateway:v2.14.3", Some(13), None),
        line('+', "      image: payment/gateway:v2.14.4", None, Some(13)),
        line('~', "      ephemeral-storage: 2Gi", None, Some(14)),
    ]);
    Review {
        items: vec![ReviewItem {
            target: object(),
            title: "Deployment payment/payment-gateway".into(),
            verdict: Verdict::Changed,
            diff,
            warnings: vec!["would violate PodSecurity \"restricted:latest\"".into()],
            refusal: None,
            effects: vec!["Pod 模板变化，将开始滚动更新".into()],
        }],
        quiet: false,
    }
}
