//! Texts for the islands. The browser has no translations; the server gives each island the few texts that it shows.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Text key → translated text. The map is that of JSON: the browser has one already. Places (`{$n}`) are still in it and are filled by [`Labels::fill`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(Arc<Map<String, Value>>);

impl Labels {
    /// The texts of a list of keys (one of the constants of this module).
    #[must_use]
    pub fn of(keys: &[&[&str]], translate: impl Fn(&str) -> String) -> Self {
        Self(Arc::new(
            keys.iter().copied().flatten().map(|key| ((*key).to_owned(), Value::String(translate(key)))).collect(),
        ))
    }

    /// The text of a key; a missing one is shown as `⟦key⟧`, which the crawl test looks for.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.0.get(key).and_then(Value::as_str).map_or_else(|| format!("⟦{key}⟧"), str::to_owned)
    }

    /// The text with its places filled.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = self.get(key);
        for (name, value) in values {
            text = text.replace(&format!("{{${name}}}"), value);
        }
        text
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Arc::new(Map::deserialize(deserializer)?)))
    }
}

include!("labels/keys.rs");
