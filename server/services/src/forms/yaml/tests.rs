use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::time::{Duration, Instant};

fn problem(text: &str) -> (usize, usize, &'static str) {
    let reading = read(text);
    let problem =
        reading.problems.iter().find(|problem| !problem.warning).unwrap_or_else(|| panic!("{text:?} is taken"));
    assert!(reading.value.is_none() || !reading.usable());
    (problem.line, problem.column, problem.code)
}

fn value(text: &str) -> Value {
    let reading = read(text);
    assert!(reading.usable(), "{text:?}: {:?}", reading.problems);
    reading.value.unwrap()
}

/// [W-80] Every problem has its place.
#[test]
fn problems_have_line_and_column() {
    assert_eq!(problem("a: 1\nb:\n  c: 1\n  c: 2\n"), (4, 3, "duplicate"));
    assert_eq!(problem("a:\n  b: 1\n\tc: 2\n").2, "tab");
    assert_eq!(problem("a: 1\n---\nb: 2\n"), (3, 1, "documents"));
    assert_eq!(problem("- a\n"), (1, 1, "not-a-map"));
    assert_eq!(problem("just text\n"), (1, 1, "not-a-map"));
    assert_eq!(problem("a: [1, 2\n").2, "syntax");
    assert_eq!(problem("a: 'x\n").2, "syntax");
    assert_eq!(problem("a: *nowhere\n").2, "syntax");
    assert_eq!(problem("a: !custom x\n"), (1, 12, "tag"));
    assert_eq!(problem("a: !!int x\n").2, "tag");
    assert_eq!(problem("a: .nan\n").2, "not-finite");
    assert_eq!(problem("? [a]\n: 1\n").2, "key");
    assert_eq!(problem("~: 1\n").2, "key");
    for empty in ["", "\n", "# only a comment\n", "---\n", "---\n...\n"] {
        assert_eq!(problem(empty).2, "empty", "{empty:?}");
    }
}

#[test]
fn one_document_with_anything_around_it() {
    for text in [
        "a: 1",
        "\u{feff}a: 1\n",
        "---\na: 1\n",
        "# c\n--- # c\n# c\na: 1 # c\n...\n",
        "a: 1\n---\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\r\n",
    ] {
        assert_eq!(value(text), json!({"a": 1}), "{text:?}");
    }
    for text in ["{\"a\": 1}", "{\n\t\"a\": 1\n}\n"] {
        assert_eq!(value(text), json!({"a": 1}), "{text:?}");
    }
}

/// kubectl's meaning, and a word where other readers differ.
#[test]
fn it_reads_what_kubectl_reads() {
    assert_eq!(value("mode: 0640\n"), json!({"mode": 416}));
    assert_eq!(
        value("a: yes\nb: \"yes\"\nc: off\nd: !!str no\ne: 1e3\nf: ~\n"),
        json!({"a": true, "b": "yes", "c": false, "d": "no", "e": 1000, "f": null})
    );
    assert_eq!(value("on: 1\n1: a\n"), json!({"true": 1, "1": "a"}));
    assert_eq!(value("a: |\n  x\n  y"), json!({"a": "x\ny"}));
    assert_eq!(
        value("base: &b {x: 1, z: 2}\nc:\n  <<: *b\n  z: 3\n"),
        json!({"base": {"x": 1, "z": 2}, "c": {"x": 1, "z": 3}})
    );
    let warnings = diagnostics(&read("mode: 0640\nflag: yes\n"), Locale::En);
    assert_eq!(
        warnings.iter().map(|d| (d.line, d.column, d.severity.as_str())).collect::<Vec<_>>(),
        [(1, 7, "warning"), (2, 7, "warning")]
    );
    assert!(warnings[0].message.contains("416"), "{}", warnings[0].message);
}

/// Bombs end within the second and nothing grows.
#[test]
fn bombs_are_refused_at_once() {
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let mut tower = String::from("a0: &a0 [1]\n");
    for level in 1..3000 {
        tower.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(","));
    let merges = format!(
        "a: &a {{{}}}\n{}",
        (0..2000).map(|i| format!("k{i}: v")).collect::<Vec<_>>().join(", "),
        (0..2000).map(|i| format!("m{i}: {{<<: *a}}\n")).collect::<String>()
    );
    for (name, text, codes) in [
        ("laughs", laughs, &["bomb"][..]),
        ("tower", tower, &["depth", "bomb"]),
        ("copies", text, &["bomb"]),
        ("merges", merges, &["bomb"]),
        ("self", "a: &a [*a]\n".to_owned(), &["cycle", "syntax"]),
        ("self in a map", "&a a: &b\n  c: *b\n".to_owned(), &["cycle", "syntax"]),
        ("flow depth", format!("a: {}", "[".repeat(50_000)), &["depth", "syntax"]),
        ("block depth", (0..2000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(), &["depth", "syntax", "bomb"]),
        ("dashes", format!("a:\n{}", "- ".repeat(50_000)), &["depth", "syntax"]),
        ("size", format!("a: {}", "x".repeat(4 << 20)), &["too-large"]),
        ("nodes", format!("a: [{}]", "1,".repeat(1_000_000)), &["bomb"]),
        (
            "long keys",
            format!(
                "? {}\n: {{{}}}\n",
                "k".repeat(1_000_000),
                (0..50_000).map(|i| format!("a{i}: 1, ")).collect::<String>()
            ),
            &["syntax", "bomb", ""],
        ),
    ] {
        let start = Instant::now();
        let reading = read(&text);
        // Unoptimized builds on a busy machine need some ten times as long.
        let limit = Duration::from_secs(if cfg!(debug_assertions) { 15 } else { 1 });
        assert!(start.elapsed() < limit, "{name}: {:?}", start.elapsed());
        let code = reading.problems.iter().find(|problem| !problem.warning).map_or("", |problem| problem.code);
        assert!(codes.contains(&code), "{name}: {:?}", reading.problems.first());
    }
}

#[test]
fn texts_are_kept_byte_for_byte() {
    for text in [
        "a\r\nb\r\n",
        "trailing \n  blanks  \n",
        "no newline\nat the end",
        "\n\nleading",
        "ends\n\n\n",
        "\u{2028}",
        "a\u{2029}\nb",
        "\u{85}x",
        "\u{feff}",
        "a\n \n\n  b\n",
        "a\n   ",
        " \n",
        "\n",
        "\t",
        "tab\there\n\tand there\n",
        "x\u{0}y",
        "\u{7f}",
        "\u{1b}[31m",
        "#",
        "a\n# b\n",
        "- a\n- b\n",
        "a: b\nc: |\n  d\n",
        "---\na\n",
        "...\n",
        "😀\n中文\n",
        "'\"\\",
        "\\n",
        "%\n",
    ] {
        let object = json!({"data": {"k": text, text: 1}, "list": [text, [text]], "m": {"metadata": text}});
        let yaml = to_yaml(&object);
        assert_eq!(value(&yaml), object, "{yaml}");
        assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}")), object, "{yaml}");
    }
}

#[test]
fn the_text_is_as_people_write_it() {
    let object = json!({
        "kind": "Deployment", "apiVersion": "apps/v1", "status": {"replicas": 1},
        "metadata": {"labels": {"b": "2", "a": "yes"}, "name": "web", "annotations": {}},
        "spec": {"template": {"spec": {"containers": [{"image": "nginx:1.27", "name": "web", "args": ["-c", "a\nb\n"], "resources": {}}]}}, "replicas": 3},
    });
    let expected = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    a: \"yes\"
    b: \"2\"
  annotations: {}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.27
          args:
            - -c
            - |
              a
              b
          resources: {}
status:
  replicas: 1
";
    assert_eq!(to_yaml(&object), expected);
}

/// The server's strict words become lines and likely names.
#[test]
fn misspelt_fields_are_found() {
    let text = "spec:\n  replcas: 3\n  template:\n    spec:\n      containers:\n        - name: a\n          imagee: b\n          xyzzy: 1\n";
    let message = "strict decoding error: unknown field \"spec.replcas\", unknown field \"spec.template.spec.containers[0].imagee\", unknown field \"spec.template.spec.containers[0].xyzzy\"";
    let found = refused_diagnostics(message, text, Locale::En);
    let places: Vec<_> = found.iter().map(|d| (d.line, d.column)).collect();
    assert_eq!(places, [(2, 3), (7, 11), (8, 11)]);
    assert!(found[0].message.contains("\"replicas\"") && found[1].message.contains("\"image\""), "{found:?}");
    assert_eq!(found[2].message, "Unknown field \"spec.template.spec.containers[0].xyzzy\"");
    assert!(refused_diagnostics("something else", text, Locale::En).is_empty());
    for (typed, meant) in [
        ("livenesProbe", "livenessProbe"),
        ("imagepullpolicy", "imagePullPolicy"),
        ("prots", "ports"),
        ("enviroment", ""),
    ] {
        let found = refused_diagnostics(&format!("unknown field \"{typed}\""), "a: 1\n", Locale::En);
        assert_eq!(found[0].message.contains("may be meant"), !meant.is_empty(), "{typed}");
        assert!(found[0].message.contains(meant), "{found:?}");
    }
}

/// The server's words for a value of the wrong type become a line, too.
#[test]
fn values_of_the_wrong_type_are_found() {
    let text = "kind: Deployment\nspec:\n  replicas: many\n  template:\n    spec:\n      containers:\n        - name: a\n          env:\n            - name: A\n              value: \"1\"\n            - name: B\n              value: 2\n          args: x\nmetadata:\n  labels: {a: b,\n    on-call: yes}\n";
    for (words, line, path, wanted) in [
        ("string into Go struct field DeploymentSpec.spec.replicas of type int32", 3, "spec.replicas", "number"),
        (
            "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
            12,
            "spec.template.spec.containers[0].env[1].value",
            "text",
        ),
        (
            "string into Go struct field Container.spec.template.spec.containers.args of type []string",
            13,
            "spec.template.spec.containers[0].args",
            "list",
        ),
        ("bool into Go struct field ObjectMeta.metadata.labels of type string", 16, "metadata.labels.on-call", "text"),
        ("string into Go struct field X.spec.nowhere of type v1.Y", 1, "spec.nowhere", "map"),
    ] {
        let found =
            strict::wrong_type(&format!("Deployment cannot be handled: json: cannot unmarshal {words}"), &read(text));
        let found = found.unwrap();
        assert_eq!((found.line, found.path.as_str(), found.wanted), (line, path, wanted), "{words}");
        for locale in Locale::ALL {
            let shown = refused_diagnostics(&format!("json: cannot unmarshal {words}"), text, locale);
            assert!(shown[0].message.contains(path), "{shown:?}");
        }
    }
    assert_eq!(strict::wrong_type("nothing of the kind", &read(text)), None);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0e6..1.0e6)
            .prop_filter("whole floats are integers for kubectl", |f: &f64| f.fract() != 0.0)
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~\r\n\t]{0,24}".prop_map(Value::from),
        "[-+0-9._:eExXobT~ #yYnNaAiI]{0,8}".prop_map(Value::from),
        "( {0,3}[a-z#:\"-]{0,4}( |\t)?(\n|\r\n|\u{2028})?){0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 5, |inner| {
        let key = prop_oneof!["[a-z]{1,6}", "\\PC{0,12}", "[-+0-9._:eExX~ #yn]{0,5}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_object_survives(inner in any_value()) {
        let object = json!({ "x": inner });
        let text = to_yaml(&object);
        prop_assert_eq!(from_yaml(&text, Locale::En), Ok(object.clone()), "{}", text);
        prop_assert!(read(&text).problems.is_empty(), "readers disagree about {}", text);
        let other = serde_saphyr::from_str::<Value>(&text);
        prop_assert_eq!(other.ok(), Some(object), "{}", text);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[ -~\n\t\r\u{2028}é]{0,80}") {
        let reading = read(&text);
        prop_assert!(reading.value.is_some() || !reading.problems.is_empty());
        let _ = (diagnostics(&reading, Locale::ZhCn), refused_diagnostics(&text, &text, Locale::En));
    }

    #[test]
    fn no_yaml_breaks_the_reader(parts in prop::collection::vec("(a: |- |\\? |\\*a |&a |!!str |<<: |\\[|\\]|\\{|\\}|, |\\||>|\"|'|\n|  |#|---\n|0640|yes)", 0..40)) {
        let reading = read(&parts.concat());
        prop_assert!(reading.value.is_some() || !reading.problems.is_empty());
    }
}
