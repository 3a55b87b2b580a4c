//! Texts for the islands. The browser has no translations; the server gives each island the few texts that it shows.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Text key → translated text. Places (`{$n}`) are still in it and are filled by [`Labels::fill`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(Arc<BTreeMap<String, String>>);

impl Labels {
    /// The texts of a list of keys (one of the constants of this module).
    #[must_use]
    pub fn of(keys: &[&[&str]], translate: impl Fn(&str) -> String) -> Self {
        Self(Arc::new(keys.iter().copied().flatten().map(|key| ((*key).to_owned(), translate(key))).collect()))
    }

    /// The text of a key; a missing one is shown as `⟦key⟧`, which the crawl test looks for.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.0.get(key).cloned().unwrap_or_else(|| format!("⟦{key}⟧"))
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
        Ok(Self(Arc::new(BTreeMap::deserialize(deserializer)?)))
    }
}

include!("labels/keys.rs");
