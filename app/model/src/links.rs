//! Every address of the console, built in one place. Names come from clusters and are always encoded.
//!
//! `~` starts what is not a name (`~new`, `~edit`, `~terminal`): no Kubernetes name can hold it, so an object called
//! `new` has its own page. `-` stands for "no namespace".

use crate::{ClusterId, object::KindKey, object::ObjectRef};
use std::fmt::Write as _;

/// Percent-encodes one path segment or query value.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Decodes percent escapes and, in query values, `+`. Broken escapes stay as they are.
#[must_use]
pub fn decode(text: &str, plus_is_blank: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |i: usize| bytes.get(i).and_then(|b| (*b as char).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'+', _, _) if plus_is_blank => {
                out.push(b' ');
                at += 1;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub const LOGIN: &str = "/login";
pub const CLUSTERS: &str = "/clusters";
pub const CLUSTER_IMPORT: &str = "/clusters/~import";
pub const ACCOUNTS: &str = "/access/accounts";
pub const ACCOUNT_NEW: &str = "/access/accounts/~new";
pub const PROFILE: &str = "/profile";

#[must_use]
pub fn cluster(id: &ClusterId) -> String {
    format!("/clusters/{id}")
}

#[must_use]
pub fn list(id: &ClusterId, kind: &KindKey) -> String {
    format!("/clusters/{id}/{kind}")
}

#[must_use]
pub fn create(id: &ClusterId, kind: &KindKey) -> String {
    format!("/clusters/{id}/{kind}/~new")
}

#[must_use]
pub fn object(target: &ObjectRef) -> String {
    object_parts(&target.cluster, &target.kind, target.namespace.as_deref(), &target.name)
}

#[must_use]
pub fn object_parts(cluster: &ClusterId, kind: &KindKey, namespace: Option<&str>, name: &str) -> String {
    format!("/clusters/{cluster}/{kind}/{}/{}", namespace.map_or_else(|| "-".to_owned(), encode), encode(name))
}

#[must_use]
pub fn object_tab(target: &ObjectRef, tab: &str) -> String {
    format!("{}?tab={tab}", object(target))
}

#[must_use]
pub fn edit(target: &ObjectRef) -> String {
    format!("{}/~edit", object(target))
}

#[must_use]
pub fn terminal(target: &ObjectRef, container: Option<&str>) -> String {
    let mut url = format!("{}/~terminal", object(target));
    if let Some(container) = container {
        let _ = write!(url, "?container={}", encode(container));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_survive_the_address() {
        for name in ["a.b:c", "x?y#z", "new", "~new", "100%", "名字", "a+b c"] {
            assert_eq!(decode(&encode(name), false), name);
            assert_eq!(decode(&encode(name), true), name);
        }
        assert_eq!(decode("100%zz+", true), "100%zz ");
    }
}
