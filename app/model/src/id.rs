//! Typed ids: a cluster id never stands where an account id is wanted.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `cls-` and eight characters of `a-z0-9` (the product's form, spec 10 §2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClusterId(String);

impl ClusterId {
    /// # Errors
    /// The text itself when it does not have the form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let ok = text
            .strip_prefix("cls-")
            .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
        if ok { Ok(Self(text.to_owned())) } else { Err(text.to_owned()) }
    }

    /// Makes an id of eight random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let tail: String = bytes.iter().map(|b| ALPHABET[usize::from(*b) % 36] as char).collect();
        Self(format!("cls-{tail}"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClusterId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<ClusterId> for String {
    fn from(id: ClusterId) -> Self {
        id.0
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account of the console (UUIDv7 text).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_ids_have_one_form() {
        assert!(ClusterId::parse("cls-7k2m9xqd").is_ok());
        for bad in ["cls-7k2m9xq", "cls-7K2m9xqd", "cls-7k2m9xqdd", "7k2m9xqd", "cls-7k2m/xqd", ""] {
            assert!(ClusterId::parse(bad).is_err(), "{bad}");
        }
        assert!(ClusterId::parse(ClusterId::from_random([0, 35, 36, 255, 7, 9, 11, 200]).as_str()).is_ok());
    }
}
