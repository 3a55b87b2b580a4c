//! Texts of the console in zh-CN and en (Project Fluent), one file per area under `locales/`.
//!
//! Keys are checked by tests: both languages have the same keys with the same places, no key stands twice, and every
//! key that the sources name exists.

mod format;

pub use format::{age, bytes, cores, date_time, number};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use model::Locale;
use std::sync::OnceLock;

/// Language tag, area, text.
static FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A value for a place in a text.
#[derive(Clone, Debug)]
pub enum Arg {
    Text(String),
    Number(f64),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $into:expr),+ $(,)?) => {$(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self { $into }
        }
    )+};
}
arg_from!(
    &str => |value| Self::Text(value.to_owned()),
    String => |value| Self::Text(value),
    &String => |value| Self::Text(value.clone()),
    i32 => |value| Self::Number(f64::from(value)),
    u32 => |value| Self::Number(f64::from(value)),
    i64 => |value| Self::Number(value as f64),
    u64 => |value| Self::Number(value as f64),
    usize => |value| Self::Number(value as f64),
    f64 => |value| Self::Number(value),
);

fn bundle(locale: Locale) -> &'static FluentBundle<FluentResource> {
    static BUNDLES: OnceLock<[FluentBundle<FluentResource>; 2]> = OnceLock::new();
    let bundles = BUNDLES.get_or_init(|| Locale::ALL.map(build));
    &bundles[usize::from(locale != Locale::ALL[0])]
}

fn build(locale: Locale) -> FluentBundle<FluentResource> {
    let tag = locale.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    for (file_tag, _, text) in FILES.iter().filter(|(file_tag, ..)| *file_tag == locale.tag()) {
        debug_assert_eq!(*file_tag, locale.tag());
        // A broken entry is skipped by Fluent; the tests refuse it before it can land.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// The text of a key; a missing key is shown as itself in `⟦…⟧`, which the crawl test looks for on every page.
#[must_use]
pub fn t(locale: Locale, key: &str) -> String {
    t_args(locale, key, &[])
}

/// The text of a key with its places filled.
#[must_use]
pub fn t_args(locale: Locale, key: &str, args: &[(&str, Arg)]) -> String {
    let bundle = bundle(locale);
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return format!("⟦{key}⟧");
    };
    let mut values = FluentArgs::new();
    for (name, value) in args {
        let value = match value {
            Arg::Text(text) => FluentValue::from(text.clone()),
            Arg::Number(number) => FluentValue::from(*number),
        };
        values.set(*name, value);
    }
    bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
}

/// Whether a key exists; for words that come from clusters and have a translation only sometimes.
#[must_use]
pub fn has(locale: Locale, key: &str) -> bool {
    bundle(locale).has_message(key)
}

/// The text of a key where it exists.
#[must_use]
pub fn find(locale: Locale, key: &str) -> Option<String> {
    has(locale, key).then(|| t(locale, key))
}
