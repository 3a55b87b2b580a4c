//! Texts of forms in one language, and the message templates of refusals.

use i18n::Arg;
use model::Locale;

#[derive(Clone, Copy)]
pub struct Words(pub Locale);

impl Words {
    pub fn t(self, key: &str) -> String {
        i18n::t(self.0, key)
    }

    pub fn t_args(self, key: &str, args: &[(&str, Arg)]) -> String {
        i18n::t_args(self.0, key, args)
    }

    /// A template in which the places stay (`At most {max} characters`): the browser fills them.
    fn template(self, key: &str) -> String {
        let places = ["min", "max", "value", "limit"].map(|name| (name, Arg::Text(format!("{{{name}}}"))));
        i18n::t_args(self.0, key, &places)
    }

    /// The general messages and the form's own, given as path and code (`containers.name.required`); their text keys
    /// are `forms-error-…` with `-` between the words.
    pub fn messages(self, own: &[&str]) -> Vec<(String, String)> {
        CODES
            .iter()
            .chain(own)
            .map(|code| {
                let key = format!("forms-error-{}", code.replace(['.', '_'], "-"));
                ((*code).to_owned(), self.template(&key))
            })
            .collect()
    }
}

/// Every code of the checker.
const CODES: &[&str] = &[
    "above",
    "duplicate",
    "format-absolute-path",
    "format-account-name",
    "format-color",
    "format-dns-label",
    "format-dns-subdomain",
    "format-env-name",
    "format-http-url",
    "format-image",
    "format-image-tag",
    "format-label-key",
    "format-label-value",
    "format-password",
    "format-port",
    "format-port-name",
    "format-workload-name",
    "image-has-tag",
    "negative",
    "not-a-choice",
    "not-a-number",
    "not-a-quantity",
    "not-same",
    "out-of-range",
    "required",
    "too-few",
    "too-large",
    "too-long",
    "too-short",
    "too-small",
    "wrong-type",
];
