//! How a Kubernetes kind and an object are named across the console.

use crate::ClusterId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Group and plural: the group is part of the key, since two groups may have the same kind.
/// In URLs and queries it reads `deployments.apps`, and `pods` for the core group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KindKey {
    pub group: String,
    pub plural: String,
}

impl KindKey {
    #[must_use]
    pub fn new(group: &str, plural: &str) -> Self {
        Self { group: group.to_owned(), plural: plural.to_owned() }
    }

    /// # Errors
    /// The text itself when it is not `plural` or `plural.group`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (plural, group) = text.split_once('.').unwrap_or((text, ""));
        let word =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let group_ok = group.is_empty() || group.split('.').all(word);
        if word(plural) && group_ok && !text.ends_with('.') && text.len() <= 320 {
            Ok(Self::new(group, plural))
        } else {
            Err(text.to_owned())
        }
    }
}

impl fmt::Display for KindKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(&self.plural) } else { write!(f, "{}.{}", self.plural, self.group) }
    }
}

impl TryFrom<String> for KindKey {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<KindKey> for String {
    fn from(key: KindKey) -> Self {
        key.to_string()
    }
}

/// One object of one cluster. `uid` is the precondition of a change: the same name may be another object by now.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    pub cluster: ClusterId,
    pub kind: KindKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_part_of_the_key() {
        for text in ["pods", "deployments.apps", "ingresses.networking.k8s.io"] {
            assert_eq!(KindKey::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", ".", "pods.", "Pods", "a/b", "a..b", "../x"] {
            assert!(KindKey::parse(bad).is_err(), "{bad}");
        }
    }
}
