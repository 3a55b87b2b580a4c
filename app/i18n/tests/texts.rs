//! Both languages say the same things.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Key → names of its places, over all files of a language.
fn texts(tag: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut out = BTreeMap::new();
    let mut files: Vec<_> =
        fs::read_dir(root().join("locales").join(tag)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let resource =
            parser::parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", file.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut places = BTreeSet::new();
            if let Some(pattern) = &message.value {
                collect(pattern, &mut places);
            }
            let key = message.id.name.to_owned();
            assert!(out.insert(key.clone(), places).is_none(), "{key} stands twice in {tag}");
        }
    }
    out
}

fn collect(pattern: &Pattern<&str>, places: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            match expression {
                Expression::Inline(inline) => variable(inline, places),
                Expression::Select { selector, variants } => {
                    variable(selector, places);
                    for variant in variants {
                        collect(&variant.value, places);
                    }
                }
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, places: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            places.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => {
            if let Expression::Inline(inner) = expression.as_ref() {
                variable(inner, places);
            }
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                variable(argument, places);
            }
        }
        _ => {}
    }
}

#[test]
fn both_languages_have_the_same_keys_and_places() {
    let (zh, en) = (texts("zh-CN"), texts("en"));
    let only = |a: &BTreeMap<String, _>, b: &BTreeMap<String, _>| {
        a.keys().filter(|key| !b.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(only(&zh, &en), Vec::<String>::new(), "only in zh-CN");
    assert_eq!(only(&en, &zh), Vec::<String>::new(), "only in en");
    for (key, places) in &zh {
        assert_eq!(places, &en[key], "places of {key}");
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "locales", ".git", "i18n"].contains(&name.as_str()) {
            sources(&path, out);
        } else if name.ends_with(".rs") {
            out.push(path);
        }
    }
}

/// Every literal key in a call of `t(`, `t_args(` or `tr(` exists.
#[test]
fn every_key_that_the_sources_name_exists() {
    let keys = texts("en");
    let workspace = root().join("../..");
    let mut files = Vec::new();
    for folder in ["app", "server"] {
        sources(&workspace.join(folder), &mut files);
    }
    let mut missing = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for call in ["t(", "t_args(", "tr(", "find("] {
            for (at, _) in text.match_indices(call) {
                if text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
                    continue;
                }
                let rest = &text[at + call.len()..];
                let Some(quote) = rest.find('"') else { continue };
                let between = &rest[..quote];
                if between.len() > 60 || between.contains([';', ')', '{', '(', '|', '\'']) {
                    continue;
                }
                let key: String = rest[quote + 1..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
                    .collect();
                let closed = rest[quote + 1 + key.len()..].starts_with('"');
                if closed && key.contains('-') && !keys.contains_key(&key) {
                    missing.push(format!("{}: {key}", file.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
