//! The form of the cluster import: where from, the text, a card per context.

use super::words::Words;
use model::Locale;
use model::form::{Choice, Field, Form, Section, When, Widget};
use serde_json::{Value, json};

/// `source`, `kubeconfig`, `clusters` (cards with `chosen`, `name` and what the context says), `name` for the in-cluster
/// source. The cards appear when the text has been read.
#[must_use]
pub fn cluster_import(locale: Locale, contexts: usize, in_cluster: bool) -> Form {
    let words = Words(locale);
    let mut own =
        Choice::new("in-cluster", words.t("forms-import-in-cluster")).hint(words.t("forms-import-in-cluster-hint"));
    if !in_cluster {
        own.disabled = Some(words.t("clusters-in-cluster-absent"));
    }
    let sources = vec![
        Choice::new("kubeconfig", words.t("forms-import-kubeconfig")).hint(words.t("forms-import-kubeconfig-hint")),
        own,
    ];
    let only = |source: &str| Some(When { field: "source".to_owned(), is: vec![json!(source)] });
    let mut text = Field::new(
        "kubeconfig",
        words.t("forms-import-text"),
        Widget::Upload { max_bytes: 1024 * 1024, accept: ".yaml,.yml,.conf,.kubeconfig,.json,*/*".to_owned() },
    )
    .required()
    .hint(words.t("forms-import-text-hint"));
    text.when = only("kubeconfig");
    let mut name = Field::new("name", words.t("forms-cluster-name"), Widget::Text { mono: false })
        .hint(words.t("forms-cluster-name-hint"))
        .max_length(60);
    name.when = only("in-cluster");
    let mut sections = vec![Section::new(
        "source",
        words.t("forms-import-section-source"),
        vec![
            Field::new("source", words.t("forms-import-source"), Widget::Radio { choices: sources })
                .required()
                .default("kubeconfig"),
            text,
            name,
        ],
    )];
    if contexts > 0 {
        sections.push(Section::new("contexts", words.t("forms-import-section-contexts"), vec![cards(words)]));
    }
    Form { id: "cluster-import".to_owned(), sections, messages: words.messages(&[]) }
}

fn cards(words: Words) -> Field {
    let shown = |id: &str, key: &str| Field::new(id, words.t(key), Widget::Static);
    let refused = Some(When { field: "refused".to_owned(), is: vec![json!("")] });
    let mut chosen = Field::new("chosen", words.t("forms-import-chosen"), Widget::Switch);
    chosen.when.clone_from(&refused);
    let mut name = Field::new("name", words.t("forms-cluster-name"), Widget::Text { mono: false }).max_length(60);
    name.when = Some(When { field: "chosen".to_owned(), is: vec![Value::Bool(true)] });
    let mut why = shown("refused", "forms-import-refused");
    why.hint = words.t("forms-import-refused-hint");
    let fields =
        vec![shown("context", "forms-cluster-context"), shown("server", "forms-import-server"), chosen, name, why];
    let group = Widget::Group {
        fields,
        // An empty text offers no "add" button: the contexts are those of the file.
        add: String::new(),
        min: 0,
        title: "context".to_owned(),
        summary: vec!["server".to_owned(), "refused".to_owned()],
        table: false,
    };
    Field::new("clusters", words.t("forms-import-contexts"), group).hint(words.t("forms-import-contexts-hint"))
}

/// A new credential for a cluster that is imported already: `kubeconfig`, and `context` where the file has several.
#[must_use]
pub fn cluster_credential(locale: Locale) -> Form {
    let words = Words(locale);
    let text = Field::new(
        "kubeconfig",
        words.t("forms-import-text"),
        Widget::Upload { max_bytes: 1024 * 1024, accept: ".yaml,.yml,.conf,.kubeconfig,.json,*/*".to_owned() },
    )
    .required()
    .hint(words.t("forms-import-text-hint"));
    let context = Field::new("context", words.t("forms-cluster-context"), Widget::Text { mono: true })
        .hint(words.t("forms-import-context-hint"));
    let section = Section::new("main", "", vec![text, context]);
    Form { id: "cluster-credential".to_owned(), sections: vec![section], messages: words.messages(&[]) }
}
