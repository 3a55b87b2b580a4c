//! The form "New Workload" and its update, from the data that a browser sends to the plan.

mod manifests;

use manifests::{applied, deployments, target};
use model::change::Change;
use model::form::{FormTarget, Widget};
use model::object::KindKey;
use model::rpc::Draft;
use model::{AppError, ClusterId, Locale};
use serde_json::{Value, json};
use services::forms::{self, OpenContext, draft_of, meant, object_of, open, plan_of, switch};

fn create() -> FormTarget {
    FormTarget {
        form: "workload".to_owned(),
        cluster: ClusterId::parse("cls-00000000").ok(),
        kind: Some(KindKey::new("apps", "deployments")),
        object: None,
    }
}

fn context() -> OpenContext {
    OpenContext {
        namespaces: vec!["default".into(), "shop".into()],
        namespace: Some("shop".into()),
        ..OpenContext::default()
    }
}

fn opened() -> (Value, Value) {
    let view = open(Locale::En, create(), None, context()).unwrap();
    (view.object, view.data)
}

/// The data of a new form with the three fields that nobody can leave out.
fn minimal() -> Value {
    let (_, mut data) = opened();
    data["name"] = json!("web");
    data["containers"][0]["name"] = json!("my-container");
    data["containers"][0]["image"] = json!("nginx");
    data
}

fn made(data: &Value) -> Result<Value, AppError> {
    object_of(&create(), &opened().0, &Draft::Form { data: data.clone() }, Locale::En)
}

fn container(change: impl FnOnce(&mut Value)) -> Value {
    let mut data = minimal();
    change(&mut data["containers"][0]);
    let object = made(&data).unwrap_or_else(|error| panic!("{error:?}"));
    object["spec"]["template"]["spec"]["containers"][0].clone()
}

fn refused(change: impl FnOnce(&mut Value)) -> Vec<(String, String)> {
    let mut data = minimal();
    change(&mut data);
    made(&data).unwrap_err().fields.into_iter().map(|field| (field.path, field.message)).collect()
}

/// [W-22] [W-30] The object of the fewest fields is the one of the manual's table, line by line.
#[test]
fn a_minimal_deployment_is_exactly_this() {
    let labels = json!({"k8s-app": "web", "qcloud-app": "web"});
    let expected = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "Always",
                    "containers": [{
                        "name": "my-container",
                        "image": "nginx:latest",
                        "resources": {
                            "requests": {"cpu": "0.25", "memory": "256Mi"},
                            "limits": {"cpu": "0.5", "memory": "1024Mi"},
                        },
                    }],
                },
            },
        },
    });
    assert_eq!(made(&minimal()), Ok(expected.clone()));
    let plan = plan_of(&create(), &opened().0, &Draft::Form { data: minimal() }, Locale::En).unwrap();
    let Change::Create { target, object } = &plan[0] else { panic!("{plan:?}") };
    assert_eq!(
        (target.kind.to_string().as_str(), target.namespace.as_deref(), target.name.as_str()),
        ("deployments.apps", Some("shop"), "web")
    );
    assert_eq!((plan.len(), object), (1, &expected));
}

/// [W-29] [W-30] Everything of this cut in one object.
#[test]
fn a_full_deployment_is_exactly_this() {
    let mut data = minimal();
    data["description"] = json!("front end\nof the shop");
    data["labels"].as_array_mut().unwrap().push(json!({"key": "tier", "value": "front"}));
    data["replicas"] = json!("2");
    data["containers"][0] = json!({
        "name": "my-container", "image": "ccr.example.com/shop/web", "tag": "v1", "pull_policy": "IfNotPresent",
        "cpu_request": "0.25", "cpu_limit": "", "memory_request": "256.5", "memory_limit": "1.5Gi",
        "env": [{"key": "MODE", "value": "prod"}, {"key": "", "value": ""}, {"key": "EMPTY", "value": ""}],
        "ports": [{"port": "80", "protocol": "TCP", "name": "http"}, {"port": "80", "protocol": "UDP", "name": ""}],
        "working_dir": "/srv", "command": ["/srv/web", ""], "args": ["--port=80", "-v", "2 3"],
    });
    let labels = json!({"k8s-app": "web", "qcloud-app": "web", "tier": "front"});
    let object = made(&data).unwrap();
    assert_eq!(object["metadata"]["annotations"], json!({"description": "front end\nof the shop"}));
    assert_eq!(object["metadata"]["labels"], labels);
    assert_eq!(object["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(object["spec"]["template"]["metadata"], json!({"labels": labels}));
    assert_eq!(object["spec"]["replicas"], 2);
    assert_eq!(
        object["spec"]["template"]["spec"]["containers"],
        json!([{
            "name": "my-container", "image": "ccr.example.com/shop/web:v1", "imagePullPolicy": "IfNotPresent",
            "resources": {"requests": {"cpu": "0.25", "memory": "268959744"}, "limits": {"memory": "1.5Gi"}},
            "env": [{"name": "MODE", "value": "prod"}, {"name": "EMPTY", "value": ""}],
            "ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 80, "protocol": "UDP"}],
            "workingDir": "/srv", "command": ["/srv/web"], "args": ["--port=80", "-v", "2 3"],
        }])
    );
}

/// [W-32] [W-34] Image, tag, digest, pull policy.
#[test]
fn images() {
    let digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
    for (image, tag, whole) in [
        ("reg:5000/a/b", "", "reg:5000/a/b:latest"),
        ("reg:5000/a/b", "1", "reg:5000/a/b:1"),
        (&format!("a@{digest}"), "", &format!("a@{digest}")),
        (&format!("a@{digest}"), "1", &format!("a:1@{digest}")),
        ("[fd00::1]:5000/a", "x", "[fd00::1]:5000/a:x"),
    ] {
        let made = container(|item| (item["image"], item["tag"]) = (json!(image), json!(tag)));
        assert_eq!(made["image"], *whole);
        assert_eq!(made.get("imagePullPolicy"), None);
    }
    for policy in ["Always", "IfNotPresent", "Never"] {
        assert_eq!(container(|item| item["pull_policy"] = json!(policy))["imagePullPolicy"], policy);
    }
}

/// [W-35] Values byte for byte.
#[test]
fn variables() {
    let value = " a\nb\r\n\t\u{2028}\"'$(X) ";
    let made = container(|item| item["env"] = json!([{"key": "V", "value": value}]));
    assert_eq!(made["env"], json!([{"name": "V", "value": value}]));
}

/// [W-38] [W-39] [W-40] Requests and limits.
#[test]
fn resources() {
    let made = |values: [&str; 4]| {
        let fields = ["cpu_request", "cpu_limit", "memory_request", "memory_limit"];
        let item = container(|item| fields.iter().zip(values).for_each(|(field, value)| item[*field] = json!(value)));
        item.get("resources").cloned().unwrap_or(Value::Null)
    };
    assert_eq!(made(["", "", "", ""]), Value::Null);
    assert_eq!(made(["0.25", "0.5", "", ""]), json!({"requests": {"cpu": "0.25"}, "limits": {"cpu": "0.5"}}));
    assert_eq!(made(["", "", "300", ""]), json!({"requests": {"memory": "300Mi"}, "limits": {"memory": "300Mi"}}));
    assert_eq!(made(["", "", "", "300"]), json!({"limits": {"memory": "300Mi"}}));
    assert_eq!(
        made(["", "", "256.5", "1e9"]),
        json!({"requests": {"memory": "268959744"}, "limits": {"memory": "1e9"}})
    );
    assert_eq!(
        refused(|data| {
            data["containers"][0]["cpu_request"] = json!("2");
            data["containers"][0]["cpu_limit"] = json!("1");
        }),
        [("containers.0.cpu_request".to_owned(), "The request must not exceed the limit: 2 is more than 1".to_owned())]
    );
}

/// [W-28] [W-31] [W-48] What the form refuses, with the manual's words.
#[test]
fn refusals_have_their_place_and_words() {
    assert_eq!(refused(|data| data["name"] = json!("")), [("name".to_owned(), "Name is required".to_owned())]);
    assert_eq!(refused(|data| data["name"] = json!("a".repeat(64)))[0].1, "Name: at most 63 characters");
    assert_eq!(
        refused(|data| data["containers"] = json!([])),
        [("containers".to_owned(), "At least one container is needed".to_owned())]
    );
    assert_eq!(refused(|data| data["containers"][0]["working_dir"] = json!("srv"))[0].0, "containers.0.working_dir");
    let zh = |change: &dyn Fn(&mut Value)| {
        let mut data = minimal();
        change(&mut data);
        let error = object_of(&create(), &opened().0, &Draft::Form { data }, Locale::ZhCn).unwrap_err();
        (error.message, error.fields.into_iter().map(|field| field.message).collect::<Vec<_>>())
    };
    assert_eq!(
        zh(&|data| data["name"] = json!("Web")),
        ("1 处需要修改".to_owned(), vec!["Workload名称格式不正确".to_owned()])
    );
    assert_eq!(zh(&|data| data["containers"] = json!([])).1, ["不可删除，至少创建一个容器"]);
    assert_eq!(zh(&|data| data["containers"][0]["image"] = json!("")).1, ["镜像不能为空"]);
    assert_eq!(
        zh(&|data| data["containers"][0]["memory_limit"] = json!("3")).1,
        ["request限制不能超过limit限制：256 MiB 大于 3 MiB", "limit限制要大于等于4 MiB"]
    );
    assert_eq!(zh(&|data| data["containers"][0]["working_dir"] = json!("srv")).1, ["工作目录格式不正确"]);
    assert_eq!(
        zh(&|data| data["containers"][0]["env"] = json!([{"key": "A", "value": ""}, {"key": "A", "value": ""}])).1,
        ["环境变量名称不可重复：A"]
    );
}

/// [W-31] Two containers in one Pod.
#[test]
fn several_containers() {
    let mut data = minimal();
    let mut second = data["containers"][0].clone();
    second["name"] = json!("second");
    data["containers"].as_array_mut().unwrap().push(second.clone());
    assert_eq!(made(&data).unwrap()["spec"]["template"]["spec"]["containers"].as_array().map(Vec::len), Some(2));
    second["name"] = json!("my-container");
    data["containers"][1] = second;
    assert_eq!(made(&data).unwrap_err().fields[0].path, "containers.1.name");
}

/// [W-49] [W-50] The four combinations of command and parameters; a line is one argument.
#[test]
fn command_and_parameters() {
    for (command, args) in [(None, None), (Some("cd"), None), (None, Some("/data")), (Some("cd"), Some("/data"))] {
        let made = container(|item| {
            item["command"] = command.map_or(json!([]), |text| json!([text]));
            item["args"] = args.map_or(json!([]), |text| json!([text]));
        });
        assert_eq!(made.get("command").cloned(), command.map(|text| json!([text])));
        assert_eq!(made.get("args").cloned(), args.map(|text| json!([text])));
    }
    let made = container(|item| item["args"] = json!(["", "-c", "sleep 5; echo \"x\"\r", ""]));
    assert_eq!(made["args"], json!(["-c", "sleep 5; echo \"x\""]));
}

/// The draft goes through YAML and back; what was added there survives, and the plan has both.
#[test]
fn one_draft_two_views() {
    let (object, _) = opened();
    let yaml = |draft: Draft| match switch(&create(), &object, &draft, Locale::En).draft {
        Some(Draft::Yaml { text }) => text,
        other => panic!("{other:?}"),
    };
    let form = |text: String| {
        let view = switch(&create(), &object, &Draft::Yaml { text }, Locale::En);
        assert_eq!((view.diagnostics, &view.object), (Vec::new(), &object));
        match view.draft {
            Some(Draft::Form { data }) => (data, view.hidden_paths),
            other => panic!("{other:?}"),
        }
    };
    let text = yaml(Draft::Form { data: minimal() });
    assert!(
        text.starts_with("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n"),
        "{text}"
    );
    let text = text.replace("spec:\n  replicas: 1\n", "spec:\n  revisionHistoryLimit: 5\n  replicas: 4\n");
    let (mut data, hidden) = form(text);
    assert_eq!((data["replicas"].clone(), hidden), (json!("4"), vec!["spec.revisionHistoryLimit".to_owned()]));
    data["containers"][0]["tag"] = json!("1.27");
    let made = object_of(&create(), &object, &Draft::Form { data: data.clone() }, Locale::En).unwrap();
    assert_eq!((&made["spec"]["revisionHistoryLimit"], &made["spec"]["replicas"]), (&json!(5), &json!(4)));
    assert_eq!(made["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:1.27");
    // Half-typed values travel too.
    data["replicas"] = json!("many");
    data["containers"][0]["cpu_limit"] = json!("1 core");
    let text = yaml(Draft::Form { data });
    assert!(text.contains("replicas: many\n") && text.contains("cpu: 1 core\n"), "{text}");
}

/// Comments and layout of an edited text come back from the form as long as it changed nothing; a loss is said.
#[test]
fn comments_come_back_from_a_form_that_changed_nothing() {
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("02-")).unwrap();
    let target = target(&object);
    let data = open(Locale::En, target.clone(), Some(&object), context()).unwrap().data;
    let Some(Draft::Yaml { text }) = switch(&target, &object, &Draft::Form { data }, Locale::En).draft else {
        panic!()
    };
    let commented = format!("# why\n{}", text.replace("replicas: ", "replicas:   "));
    let Some(Draft::Form { data }) =
        switch(&target, &object, &Draft::Yaml { text: commented.clone() }, Locale::En).draft
    else {
        panic!()
    };
    let back = switch(&target, &object, &Draft::Form { data: data.clone() }, Locale::En);
    assert_eq!((back.draft, back.diagnostics), (Some(Draft::Yaml { text: commented }), Vec::new()));
    assert_eq!(plan_of(&target, &object, &Draft::Form { data: data.clone() }, Locale::En), Ok(Vec::new()));

    let mut changed = data;
    changed["description"] = json!("new");
    let back = switch(&target, &object, &Draft::Form { data: changed }, Locale::En);
    let Some(Draft::Yaml { text: anew }) = back.draft else { panic!() };
    assert!(anew.contains("description: new\n") && !anew.contains('#'), "{anew}");
    assert_eq!(back.diagnostics.len(), 1);
    assert_eq!((back.diagnostics[0].severity.as_str(), back.diagnostics[0].line), ("warning", 1));
}

/// [W-79] After a conflict the draft goes on, on the object as it is now, in its own view.
#[test]
fn a_draft_moves_onto_another_object() {
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("02-")).unwrap();
    let target = target(&object);
    let mut live = object.clone();
    live["metadata"]["resourceVersion"] = json!("184467441");
    live["spec"]["replicas"] = json!(9);
    let mut merged = live.clone();
    merged["spec"]["revisionHistoryLimit"] = json!(1);
    merged["spec"]["template"]["spec"]["containers"][0]["image"] = json!("mine:2");
    for like in [Draft::Form { data: json!({}) }, Draft::Yaml { text: String::new() }] {
        let (draft, _) = draft_of(&target, &live, &merged, &like, Locale::En).unwrap();
        assert_eq!(std::mem::discriminant(&draft), std::mem::discriminant(&like));
        assert_eq!(meant(&target, &live, &draft, Locale::En).as_ref(), Ok(&merged));
        let plan = plan_of(&target, &live, &draft, Locale::En).unwrap();
        match plan.as_slice() {
            [Change::Replace { version, object, .. }] => {
                assert_eq!((version.as_str(), object), ("184467441", &merged));
            }
            _ => assert_eq!(applied(&live, &plan), merged, "{plan:?}"),
        }
    }
    // What the form shows is checked as if it had been typed on the new object.
    merged = live.clone();
    merged["spec"]["replicas"] = json!("many");
    let (draft, _) = draft_of(&target, &live, &merged, &Draft::Form { data: json!({}) }, Locale::En).unwrap();
    let error = plan_of(&target, &live, &draft, Locale::En).unwrap_err();
    assert_eq!(error.fields[0].path, "replicas");
}

/// The checker judges a line without the blanks around it; what is written is what was judged.
#[test]
fn blanks_around_a_line_are_not_written() {
    let mut data = minimal();
    data["name"] = json!(" web ");
    data["description"] = json!("  two\nlines \n");
    let card = &mut data["containers"][0];
    (card["name"], card["working_dir"]) = (json!("main "), json!("\t/srv "));
    card["ports"] = json!([{"port": " 80 ", "protocol": "TCP", "name": " http"}]);
    let made = made(&data).unwrap();
    assert_eq!((&made["metadata"]["name"], &made["metadata"]["labels"]["k8s-app"]), (&json!("web"), &json!("web")));
    assert_eq!(made["spec"]["selector"]["matchLabels"]["qcloud-app"], "web");
    assert_eq!(made["metadata"]["annotations"]["description"], "  two\nlines \n");
    let container = &made["spec"]["template"]["spec"]["containers"][0];
    assert_eq!((&container["name"], &container["workingDir"]), (&json!("main"), &json!("/srv")));
    assert_eq!(container["ports"], json!([{"containerPort": 80, "name": "http"}]));
}

/// [W-96] An emptied replica count is refused on update too: the cluster would take it for 1.
#[test]
fn an_emptied_replica_count_is_refused() {
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("02-")).unwrap();
    let target = target(&object);
    let mut data = open(Locale::En, target.clone(), Some(&object), context()).unwrap().data;
    data["replicas"] = json!("");
    let error = plan_of(&target, &object, &Draft::Form { data }, Locale::En).unwrap_err();
    assert_eq!(error.fields[0].path, "replicas");
}

/// A new form hides nothing, and `resources: {}` is nothing that could be lost.
#[test]
fn empty_maps_are_not_counted_as_hidden() {
    assert_eq!(open(Locale::En, create(), None, context()).unwrap().hidden_paths, Vec::<String>::new());
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"}, "spec": {
        "replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": "d", "resources": {}, "securityContext": {}}]}}}});
    let view = open(Locale::En, target(&object), Some(&object), context()).unwrap();
    assert_eq!(view.hidden_paths, ["spec.template.spec.containers[0].securityContext"]);
}

/// A text that is no object stays in its view and says where.
#[test]
fn broken_texts_stay_where_they_are() {
    let (object, _) = opened();
    for (text, line, part) in [
        ("a: 1\na: 2\n", 2, "stands twice"),
        ("a:\n\t- 1\n", 2, "tab"),
        ("apiVersion: v1\nkind: Pod\n", 2, "this page makes apps/v1 Deployment"),
        ("- 1\n", 1, "object is expected"),
        ("", 1, "no object"),
    ] {
        let view = switch(&create(), &object, &Draft::Yaml { text: text.to_owned() }, Locale::En);
        assert_eq!(view.draft, None);
        assert!(
            view.diagnostics[0].line == line && view.diagnostics[0].message.contains(part),
            "{:?}",
            view.diagnostics
        );
        let error = object_of(&create(), &object, &Draft::Yaml { text: text.to_owned() }, Locale::En).unwrap_err();
        assert!(error.fields[0].path.starts_with(&format!("yaml:{line}:")), "{error:?}");
    }
}

/// [W-80] A new object says where it goes, once it is to be made; until then the draft may lack it.
#[test]
fn a_new_object_needs_its_name_and_namespace() {
    let (object, _) = opened();
    for (inside, path) in [("name: a", "metadata.namespace"), ("namespace: b\n  generateName: a", "metadata.name")] {
        let draft = Draft::Yaml { text: format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  {inside}\n") };
        let error = object_of(&create(), &object, &draft, Locale::En).unwrap_err();
        let field = &error.fields[0];
        assert_eq!((error.fields.len(), field.path.as_str()), (1, "yaml:3:1"));
        assert_eq!(field.message, format!("{path} is missing; it is needed here"));
        assert!(switch(&create(), &object, &draft, Locale::En).draft.is_some());
    }
}

/// [W-79] An edited text replaces the object against the version it was read at; what only the server writes stays.
#[test]
fn yaml_updates() {
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("02-")).unwrap();
    let target = target(&object);
    let draft = Draft::Form { data: open(Locale::En, target.clone(), Some(&object), context()).unwrap().data };
    let Some(Draft::Yaml { text }) = switch(&target, &object, &draft, Locale::En).draft else { panic!() };
    assert!(!text.contains("managedFields") && text.contains("\nstatus:\n"));
    assert_eq!(plan_of(&target, &object, &Draft::Yaml { text: text.clone() }, Locale::En), Ok(Vec::new()));

    let edited = text
        .replace("revisionHistoryLimit: 10", "revisionHistoryLimit: 3")
        .replace("  uid: 6f0e6f4e-5f0a-4d7a-9a63-1f0e3ad0a9a1\n", "");
    let plan = plan_of(&target, &object, &Draft::Yaml { text: edited.clone() }, Locale::En).unwrap();
    let [Change::Replace { object: new, version, .. }] = plan.as_slice() else { panic!("{plan:?}") };
    assert_eq!(version, "184467440");
    let mut expected = object.clone();
    expected["spec"]["revisionHistoryLimit"] = json!(3);
    assert_eq!(new, &expected);

    // Back in the form, the edit is the only change.
    let Some(Draft::Form { data }) = switch(&target, &object, &Draft::Yaml { text: edited }, Locale::En).draft else {
        panic!()
    };
    let plan = plan_of(&target, &object, &Draft::Form { data }, Locale::En).unwrap();
    assert_eq!(applied(&object, &plan), expected);

    let other = text.replace("  name: web\n", "  name: other\n").replacen("namespace: shop", "namespace: default", 1);
    let error = plan_of(&target, &object, &Draft::Yaml { text: other }, Locale::En).unwrap_err();
    assert!(error.fields[0].message.contains("metadata.name cannot be changed"), "{error:?}");
}

/// Locked fields are not written, whoever sends them; strange values that are left alone are not refused.
#[test]
fn updates_keep_to_their_object() {
    let (_, object) = deployments().into_iter().find(|(name, _)| name.starts_with("31-")).unwrap();
    let target = target(&object);
    let view = open(Locale::En, target.clone(), Some(&object), context()).unwrap();
    let locked: Vec<_> = view.form.sections[0]
        .fields
        .iter()
        .filter(|field| field.locked.is_some())
        .map(|field| field.id.as_str())
        .collect();
    assert_eq!(locked, ["name", "namespace", "type"]);
    let mut data = view.data.clone();
    (data["name"], data["namespace"], data["type"]) = (json!("x"), json!("y"), json!("z"));
    data["replicas"] = json!("3");
    let plan = plan_of(&target, &object, &Draft::Form { data: data.clone() }, Locale::En).unwrap();
    let [Change::Patch { patch, .. }] = plan.as_slice() else { panic!("{plan:?}") };
    assert_eq!(patch, &json!({"spec": {"replicas": 3}}));
    // `relative/path` and 5m of CPU are against the form's rules: once touched, they are refused.
    data["containers"][5]["working_dir"] = json!("other/path");
    data["containers"][0]["cpu_request"] = json!("0.004");
    let error = plan_of(&target, &object, &Draft::Form { data }, Locale::En).unwrap_err();
    let paths: Vec<_> = error.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["containers.0.cpu_request", "containers.5.working_dir"]);
}

/// No form has a text that is missing, in either language.
#[test]
fn every_text_exists() {
    let (_, object) = deployments().remove(1);
    for locale in Locale::ALL {
        let forms = [
            open(locale, create(), None, context()).unwrap().form,
            open(locale, target(&object), Some(&object), context()).unwrap().form,
            forms::scale(locale, 3).form,
            forms::cluster_edit(locale, &json!({})).form,
            forms::delete(locale, true, true).unwrap().form,
            forms::account_role(locale, model::permission::Role::None).form,
            forms::cluster_import(locale, 2, false),
            forms::cluster_credential(locale),
        ];
        for form in forms {
            let text = serde_json::to_string(&form).unwrap();
            assert!(
                !text.contains('⟦'),
                "{}",
                text.split('⟦').nth(1).unwrap_or_default().chars().take(60).collect::<String>()
            );
        }
    }
}

/// [W-96] A number of Pods from 0 to 65,535.
#[test]
fn small_forms() {
    let filled = forms::scale(Locale::En, 3);
    assert_eq!(filled.data, json!({"replicas": "3"}));
    assert!(forms::checked(&filled.form, &json!({"replicas": "0"}), Locale::En).is_ok());
    for bad in ["", "-1", "65536", "1.5", "x"] {
        assert!(forms::checked(&filled.form, &json!({"replicas": bad}), Locale::En).is_err(), "{bad}");
    }
    let cluster = forms::cluster_edit(Locale::En, &json!({"name": "prod", "production": true}));
    assert_eq!((&cluster.data["name"], &cluster.data["production"]), (&json!("prod"), &json!(true)));
    let long = json!({"name": "集".repeat(61)});
    assert_eq!(forms::checked(&cluster.form, &long, Locale::En).unwrap_err().fields[0].path, "name");
}

/// The radio shows all five types in the manual's order; what the form cannot make is off, with the reason.
#[test]
fn types() {
    let view = open(Locale::ZhCn, create(), None, context()).unwrap();
    let field = view.form.sections[0].fields.iter().find(|field| field.id == "type").unwrap();
    let Widget::Radio { choices } = &field.widget else { panic!() };
    let labels: Vec<_> = choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["Deployment", "DaemonSet", "StatefulSet", "CronJob", "Job"]);
    assert!(choices[0].disabled.is_none() && choices[0].hint == "可扩展的部署Pod");
    let mut unknown = create();
    unknown.kind = Some(KindKey::new("", "pods"));
    assert_eq!(open(Locale::En, unknown, None, context()).unwrap_err().status(), 404);
}
