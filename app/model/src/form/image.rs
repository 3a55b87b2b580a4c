//! Image references: `host:5000/path:tag@sha256:…`, taken apart and put together without loss.

/// The parts of a reference. Any text can be taken apart; [`valid`] says whether it is a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    pub name: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
}

impl ImageRef {
    /// The tag stands behind the last `:` after the last `/`, so a registry's port is not taken for one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let path = rest.rfind(['/', ']']).map_or(0, |at| at + 1);
        match rest[path..].rfind(':') {
            Some(at) => {
                Self { name: rest[..path + at].to_owned(), tag: Some(rest[path + at + 1..].to_owned()), digest }
            }
            None => Self { name: rest.to_owned(), tag: None, digest },
        }
    }

    /// The form's image field: everything but the tag (`name`, `name@sha256:…`).
    #[must_use]
    pub fn without_tag(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.name),
            None => self.name.clone(),
        }
    }

    /// One reference of the form's two fields. An empty tag is `latest`, unless a digest or a tag typed into the image
    /// field already says which (W-32).
    #[must_use]
    pub fn join(image: &str, tag: &str) -> String {
        let mut whole = Self::parse(image.trim());
        let tag = tag.trim();
        if !tag.is_empty() {
            whole.tag = Some(tag.to_owned());
        } else if whole.tag.as_deref().is_none_or(str::is_empty) {
            whole.tag = whole.digest.is_none().then(|| "latest".to_owned());
        }
        whole.to_string()
    }
}

impl std::fmt::Display for ImageRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Whether the text is an image reference as container runtimes take it.
#[must_use]
pub fn valid(text: &str) -> bool {
    let image = ImageRef::parse(text);
    text.len() <= 512
        && name(&image.name)
        && image.tag.as_deref().is_none_or(tag)
        && image.digest.as_deref().is_none_or(digest)
}

/// A tag: a word character, then up to 127 of `[\w.-]`.
#[must_use]
pub fn tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

fn digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let part = |p: &str| {
        p.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) && p.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32,
    };
    algorithm.split(['+', '.', '_', '-']).all(part) && length && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

fn name(text: &str) -> bool {
    if text.is_empty() || text.len() > 255 {
        return false;
    }
    let mut parts = text.split('/').peekable();
    if let (Some(first), true) = (parts.peek().copied(), text.contains('/')) {
        let is_host =
            first.contains(['.', ':', '[']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase());
        if is_host {
            if !host(first) {
                return false;
            }
            parts.next();
        }
    }
    parts.all(component)
}

fn host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, rest)) = rest.split_once(']') else { return false };
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            if rest.is_empty() {
                return true;
            }
            let Some(port) = rest.strip_prefix(':') else { return false };
            ("ip", port)
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, port),
            None => (text, "1"),
        },
    };
    let label = |l: &str| {
        !l.is_empty()
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    name.split('.').all(label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// `[a-z0-9]+` joined by `.`, `_`, `__` or any number of `-`.
fn component(text: &str) -> bool {
    let alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(|b| alnum(*b)) && bytes.last().is_some_and(|b| alnum(*b));
    ends && bytes
        .split(|b| alnum(*b))
        .all(|gap| matches!(gap, b"" | b"." | b"_" | b"__") || gap.iter().all(|b| *b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// [W-32] Registry with port, digest, empty tag.
    #[test]
    fn references_are_split_where_the_tag_is() {
        for (text, name, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("nginx:1.27", "nginx", Some("1.27"), None),
            ("reg:5000/a/b", "reg:5000/a/b", None, None),
            ("reg:5000/a/b:v1", "reg:5000/a/b", Some("v1"), None),
            ("[::1]:5000/a", "[::1]:5000/a", None, None),
            ("[fd00::2]/a:3", "[fd00::2]/a", Some("3"), None),
            (&format!("a:1@{DIGEST}"), "a", Some("1"), Some(DIGEST)),
            (&format!("h:1/a@{DIGEST}"), "h:1/a", None, Some(DIGEST)),
        ] {
            let image = ImageRef::parse(text);
            assert_eq!((image.name.as_str(), image.tag.as_deref(), image.digest.as_deref()), (name, tag, digest));
            assert!(valid(text), "{text}");
        }
        assert_eq!(ImageRef::join("reg:5000/a/b", ""), "reg:5000/a/b:latest");
        assert_eq!(ImageRef::join(&format!("a@{DIGEST}"), ""), format!("a@{DIGEST}"));
        assert_eq!(ImageRef::join(&format!("a@{DIGEST}"), "2"), format!("a:2@{DIGEST}"));
        assert_eq!(ImageRef::join("nginx:1.27", ""), "nginx:1.27");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for bad in [
            "",
            "A",
            "a b",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a:",
            "a@",
            "a@sha256:12",
            "a:1:2",
            "http://a/b",
            "reg:99999/a",
            "a..b",
            "[::1/a",
            "a:b c",
            "$(x)",
        ] {
            assert!(!valid(bad), "{bad}");
        }
        for good in ["localhost/a", "LOCAL.example/a", "a__b/c--d.e", "k8s.gcr.io/pause:3.9", "quay.io:443/x/y_z"] {
            assert!(valid(good), "{good}");
        }
    }

    proptest! {
        #[test]
        fn printing_gives_back_what_was_parsed(text in "[a-z:/@.\\[\\]0-9é -]{0,60}") {
            prop_assert_eq!(ImageRef::parse(&text).to_string(), text.clone());
            let _ = valid(&text);
        }

        #[test]
        fn joined_parts_come_apart_again(name in "([a-z]{1,5}:[0-9]{1,4}/)?[a-z]{1,8}(/[a-z0-9]{1,8}){0,2}", tag in "[a-z0-9][a-z0-9.-]{0,9}") {
            let whole = ImageRef::parse(&ImageRef::join(&name, &tag));
            prop_assert_eq!((whole.without_tag(), whole.tag), (name, Some(tag)));
        }
    }
}
