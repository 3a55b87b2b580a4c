//! The formats of [`Format`], by hand: a regular expression engine would double the browser's download.

use super::{Format, image};

impl Format {
    /// Whether the text (not empty) has this format.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::DnsLabel => text.len() <= 63 && dns_label(text),
            Self::WorkloadName => dns_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase()),
            Self::DnsSubdomain => text.len() <= 253 && text.split('.').all(dns_label),
            Self::LabelKey => label_key(text),
            Self::LabelValue => text.is_empty() || qualified(text),
            Self::EnvName => text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'='),
            Self::Image => image::valid(text),
            Self::ImageTag => image::tag(text),
            Self::AbsolutePath => text.starts_with('/') && !text.chars().any(char::is_control),
            Self::Port => text.parse::<u16>().is_ok_and(|port| port > 0) && text.bytes().all(|b| b.is_ascii_digit()),
            Self::PortName => port_name(text),
            Self::AccountName => account_name(text),
            Self::Password => password(text),
            Self::Color => color(text),
            Self::HttpUrl => http_url(text),
        }
    }

    /// The code of its refusal: the message key of the form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DnsLabel => "format-dns-label",
            Self::WorkloadName => "format-workload-name",
            Self::DnsSubdomain => "format-dns-subdomain",
            Self::LabelKey => "format-label-key",
            Self::LabelValue => "format-label-value",
            Self::EnvName => "format-env-name",
            Self::Image => "format-image",
            Self::ImageTag => "format-image-tag",
            Self::AbsolutePath => "format-absolute-path",
            Self::Port => "format-port",
            Self::PortName => "format-port-name",
            Self::AccountName => "format-account-name",
            Self::Password => "format-password",
            Self::Color => "format-color",
            Self::HttpUrl => "format-http-url",
        }
    }

    /// Of a key-value list: applies to the values, not to the keys.
    #[must_use]
    pub const fn of_values(self) -> bool {
        matches!(self, Self::LabelValue)
    }
}

fn dns_label(text: &str) -> bool {
    let alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|b| alnum(*b))
        && bytes.last().is_some_and(|b| alnum(*b))
        && bytes.iter().all(|b| alnum(*b) || *b == b'-')
}

/// At most 63, alphanumeric at both ends, `-_.` inside.
fn qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => Format::DnsSubdomain.accepts(prefix) && qualified(name),
        None => qualified(text),
    }
}

/// IANA service name: at most 15 of lower case, digits and single `-` inside, with at least one letter.
fn port_name(text: &str) -> bool {
    text.len() <= 15 && dns_label(text) && !text.contains("--") && text.bytes().any(|b| b.is_ascii_lowercase())
}

/// 1–64 letters, digits and `. _ - @`, the first a letter or digit: it becomes a user name in clusters, where `:` is the
/// prefix of ours and of Kubernetes' own names. Nobody may look like somebody else in an audit log, so full-width forms
/// (`ｒｏｏｔ`) and Greek or Cyrillic letters among Latin ones (`rооt`) are no name.
fn account_name(text: &str) -> bool {
    let wide = |c: char| ('\u{ff00}'..='\u{ffef}').contains(&c);
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    let alike = text.chars().any(|c| ('\u{370}'..='\u{52f}').contains(&c));
    text.chars().count() <= 64
        && text.starts_with(char::is_alphanumeric)
        && text.chars().all(|c| (c.is_alphanumeric() && !wide(c)) || matches!(c, '-' | '_' | '.' | '@'))
        && !(latin && alike)
}

/// At least 10 characters of three kinds (lower, upper, digit, other), or at least 16 of any kind. What else the
/// accounts refuse (the own name, the usual ones) only the server knows.
fn password(text: &str) -> bool {
    let length = text.chars().count();
    let other = |c: char| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric();
    let kinds = [
        text.chars().any(char::is_lowercase),
        text.chars().any(char::is_uppercase),
        text.chars().any(char::is_numeric),
        text.chars().any(other),
    ];
    let enough = kinds.iter().filter(|kind| **kind).count() >= 3 || length >= 16;
    length >= 10 && text.len() <= 1024 && enough
}

fn color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn http_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(format: Format, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format.accepts(text), "{format:?} refuses {text:?}");
        }
        for text in bad {
            assert!(!format.accepts(text), "{format:?} takes {text:?}");
        }
    }

    #[test]
    fn formats_are_those_of_kubernetes() {
        let (l63, l64) = ("a".repeat(63), "a".repeat(64));
        all(Format::DnsLabel, &["a", "0a", "a-b", &l63], &["", "A", "-a", "a-", "a.b", "ä", &l64]);
        all(Format::WorkloadName, &["a", "web-1"], &["1web", "web-", "Web", "web_1", "w.b"]);
        all(Format::DnsSubdomain, &["a.b-c.d", "a.".repeat(120).trim_end_matches('.')], &["a..b", ".a", "A.b"]);
        all(
            Format::LabelKey,
            &["app", "k8s.io/App_1", "a/b"],
            &["", "/a", "a/", "a/b/c", "-a", "ä", &l64, &format!("a/{l64}")],
        );
        all(Format::LabelValue, &["", "v1", "A_b.c-d"], &["-a", "a b", "中", &l64]);
        all(Format::EnvName, &["PATH", "my.var-1", "1x", "a b", "%"], &["A=B", "ä", "a\nb"]);
        all(Format::AbsolutePath, &["/", "/srv/a b", "/中"], &["srv", "./a", "", "/a\nb"]);
        all(Format::Port, &["1", "65535"], &["0", "65536", "+1", "-1", "1.5", "http", ""]);
        all(Format::PortName, &["http", "a1-b"], &["80", "a--b", "-a", "Http", "sixteen-letters-x"]);
        all(
            Format::AccountName,
            &["anna", "a.b@c_d-1", "林晓雯", "иван", "1a"],
            &["", "a:b", "a b", "a/b", &"a".repeat(65), "..", "-a", "ｒｏｏｔ", "rооt", "αdmin"],
        );
        all(Format::Password, &["Abcdefgh1x", "a long sentence here", "äöüÄÖÜ1234"], &["Short1!xx", "alllower12", ""]);
        all(Format::Color, &["#00ff00"], &["#0f0", "red", "#00ff0g"]);
        all(Format::HttpUrl, &["https://a.b:1/c", "http://x"], &["ftp://a", "https://", "https://a b", "//x"]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_format(text in "\\PC{0,80}") {
            for format in [Format::DnsLabel, Format::LabelKey, Format::Image, Format::ImageTag, Format::PortName, Format::Password, Format::HttpUrl, Format::Color] {
                let _ = format.accepts(&text);
            }
        }
    }
}
