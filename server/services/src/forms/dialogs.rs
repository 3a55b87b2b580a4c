//! Small forms of dialogs. Their data goes to services as it is, without lenses.

use super::view::{field_errors, refused};
use super::words::Words;
use model::form::{Choice, Field, Form, Rule, Section, Widget, check, defaults};
use model::{AppError, Locale};
use serde_json::Value;

/// A form with the data that it starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    pub form: Form,
    pub data: Value,
}

/// Colours of the cluster badge (`model::clusters::ClusterHead::color`).
pub const COLORS: &[&str] = &["red", "amber", "green", "teal", "blue", "violet", "grey"];

pub(super) fn filled(id: &str, words: Words, own: &[&str], fields: Vec<Field>) -> Filled {
    let data = defaults(&fields);
    let form =
        Form { id: id.to_owned(), sections: vec![Section::new("main", "", fields)], messages: words.messages(own) };
    Filled { form, data }
}

/// Checks the data of a small form: what every service does first.
///
/// # Errors
/// `Invalid` with the refused fields.
pub fn checked(form: &Form, data: &Value, locale: Locale) -> Result<(), AppError> {
    let refusals = check(form, data);
    if refusals.is_empty() { Ok(()) } else { Err(refused(field_errors(form, refusals), Words(locale))) }
}

/// Number of Pods (W-96): `replicas`, 0 to 65,535 as in the workload form.
#[must_use]
pub fn scale(locale: Locale, current: i64) -> Filled {
    let words = Words(locale);
    let unit = words.t("forms-workload-replicas-unit");
    let field = Field::new("replicas", words.t("forms-workload-replicas"), Widget::Number { unit })
        .required()
        .default(current.to_string())
        .hint(words.t("forms-scale-hint"))
        .rule(Rule::Range { min: 0, max: 65_535 });
    filled("scale", words, &["replicas.required"], vec![field])
}

fn name_field(words: Words) -> Field {
    Field::new("name", words.t("forms-cluster-name"), Widget::Text { mono: false })
        .required()
        .hint(words.t("forms-cluster-name-hint"))
        .max_length(60)
}

fn appearance(words: Words) -> Vec<Field> {
    let colors = COLORS.iter().map(|color| Choice::new(*color, words.t(&format!("forms-color-{color}"))));
    vec![
        Field::new("color", words.t("forms-cluster-color"), Widget::Radio { choices: colors.collect() })
            .default("blue"),
        Field::new("badge", words.t("forms-cluster-badge"), Widget::Text { mono: false })
            .hint(words.t("forms-cluster-badge-hint"))
            .max_length(16),
        Field::new("production", words.t("forms-cluster-production"), Widget::Switch)
            .hint(words.t("forms-cluster-production-hint")),
    ]
}

/// What people may change of a cluster (spec 10 §basic information): `name`, `description`, `color`, `badge`,
/// `production`, `protected`. `current` is the cluster's data under the same names.
#[must_use]
pub fn cluster_edit(locale: Locale, current: &Value) -> Filled {
    let words = Words(locale);
    let mut fields = vec![
        name_field(words),
        Field::new("description", words.t("forms-cluster-description"), Widget::TextArea { mono: false, rows: 3 })
            .max_length(1000),
    ];
    fields.extend(appearance(words));
    fields.push(
        Field::new("protected", words.t("forms-cluster-protected"), Widget::Switch)
            .hint(words.t("forms-cluster-protected-hint")),
    );
    let mut form = filled("cluster-edit", words, &[], fields);
    if let (Value::Object(data), Value::Object(current)) = (&mut form.data, current) {
        for (key, value) in data.iter_mut() {
            if let Some(known) = current.get(key) {
                value.clone_from(known);
            }
        }
    }
    form
}
