//! The lists of texts that islands get hold all that their sources ask for, and all of it is translated.

use model::Locale;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use ui::labels;

fn sources(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), out);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        out.push(path.to_path_buf());
    }
}

/// Every `"ui-…"` of these files and folders.
fn asked(places: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for place in places {
        sources(&root.join(place), &mut files);
    }
    assert!(!files.is_empty(), "{places:?}");
    let mut out = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("\"ui-") {
            let key: String = text[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            if text[at + 1 + key.len()..].starts_with('"') {
                out.insert(key);
            }
        }
    }
    out
}

fn holds(list: &[&[&str]], places: &[&str]) {
    let held: BTreeSet<&str> = list.iter().copied().flatten().copied().collect();
    let missing: Vec<String> = asked(places).into_iter().filter(|key| !held.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "{places:?} asks for {missing:?}");
}

#[test]
fn each_island_gets_the_texts_that_it_asks_for() {
    let common = ["call.rs", "time.rs", "cell.rs", "parts", "live", "actions/buttons.rs"];
    holds(labels::COMMON, &common);
    holds(
        labels::FRAME,
        &["frame", "actions", "live", "form/widget.rs", "form/values.rs", "form/pairs.rs", "form/group.rs"],
    );
    holds(labels::TABLE, &["table"]);
    holds(labels::FORM, &["form"]);
    holds(labels::LOG, &["logs"]);
    holds(labels::TERMINAL, &["terminal"]);
}

#[test]
fn every_text_exists_in_both_languages() {
    for list in [labels::FRAME, labels::TABLE, labels::FORM, labels::LOG, labels::TERMINAL] {
        for key in list.iter().copied().flatten() {
            for locale in Locale::ALL {
                assert!(i18n::has(locale, key), "{key} in {}", locale.tag());
            }
        }
    }
}

/// Places stay in the template until the browser fills them.
#[test]
fn places_are_filled_in_the_browser() {
    let labels = ui::Labels::of(labels::TABLE, |key| i18n::t(Locale::En, key));
    assert_eq!(labels.fill("ui-table-selected", &[("n", "3")]), "3 selected");
    let json = serde_json::to_string(&labels).unwrap();
    assert_eq!(serde_json::from_str::<ui::Labels>(&json).unwrap(), labels);
}
