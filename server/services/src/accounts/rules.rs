//! Rules for names and passwords.

use i18n::t;
use model::{FieldError, Locale};

/// Longer passwords are refused, so that nobody makes the server hash megabytes.
pub(crate) const LONGEST_PASSWORD: usize = 1024;
const SHORTEST_PASSWORD: usize = 10;
/// From here on the kinds of characters do not matter: a sentence is a good password.
const SENTENCE: usize = 16;

/// Passwords that are tried first everywhere, lower case; also refused with digits or punctuation around them.
const COMMON: &str = include_str!("common_passwords.txt");

/// A name without blanks around it, or why it cannot be one. It becomes a user name in clusters, so it holds only
/// letters, digits and `. _ - @`.
pub(crate) fn name(locale: Locale, typed: &str) -> Result<String, FieldError> {
    let name = typed.trim();
    if model::form::Format::AccountName.accepts(name) {
        Ok(name.to_owned())
    } else {
        Err(refused("name", t(locale, "access-name-rule")))
    }
}

/// The strength rule (issue 4.1): at least 10 characters with 3 of the 4 kinds, or at least 16; without the account's
/// name; not one of the usual ones.
pub(crate) fn password(locale: Locale, path: &str, name: &str, password: &str) -> Result<(), FieldError> {
    match weakness(name, password) {
        None => Ok(()),
        Some(key) => Err(refused(path, t(locale, key))),
    }
}

fn weakness(name: &str, password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if password.len() > LONGEST_PASSWORD {
        return Some("access-password-long");
    }
    if length < SHORTEST_PASSWORD || (length < SENTENCE && kinds(password) < 3) {
        return Some("access-password-weak");
    }
    let lower = password.to_lowercase();
    let name = name.trim().to_lowercase();
    if name.chars().count() >= 3 && lower.contains(&name) {
        return Some("access-password-has-name");
    }
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let repeated = lower.chars().collect::<std::collections::HashSet<_>>().len() < 4;
    if repeated || COMMON.lines().any(|common| common == lower || common == core) {
        return Some("access-password-common");
    }
    None
}

/// How many of: lower case, upper case, digits, anything else.
fn kinds(password: &str) -> usize {
    let has = |test: fn(char) -> bool| usize::from(password.chars().any(test));
    has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(char::is_numeric)
        + has(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric())
}

pub(crate) fn refused(path: &str, message: String) -> FieldError {
    FieldError { path: path.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_enough_is_long_or_mixed() {
        for good in ["Tr4velling-on", "correct horse battery", "漫步在雨中的街道上看见许多人来人往", "aB3$aB3$xz"]
        {
            assert_eq!(weakness("root", good), None, "{good}");
        }
        for (bad, why) in [
            ("", "access-password-weak"),
            ("aB3$aB3$x", "access-password-weak"),
            ("onlylowercase", "access-password-weak"),
            ("lower1and2digits", "access-password-has-name"),
            ("P4ssword!!", "access-password-common"),
            ("Password123!", "access-password-common"),
            ("1234567890Aa", "access-password-common"),
            ("aaaaaaaaaaaaaaaaaaaa", "access-password-common"),
        ] {
            let name = if why == "access-password-has-name" { "AND" } else { "root" };
            assert_eq!(weakness(name, bad), Some(why), "{bad}");
        }
        assert_eq!(weakness("root", &"aB3$".repeat(300)), Some("access-password-long"));
        assert_eq!(weakness("root", "my-Root-passw0rd"), Some("access-password-has-name"));
    }

    #[test]
    fn names_are_what_clusters_take() {
        let name = |typed: &str| name(Locale::En, typed).ok();
        assert_eq!(name("  dev-1 "), Some("dev-1".to_owned()));
        assert_eq!(name("王小明"), Some("王小明".to_owned()));
        assert_eq!(name("a.b_c@d"), Some("a.b_c@d".to_owned()));
        for bad in ["", "   ", "a b", "a:b", "a/b", "a\0b", "a\nb", "<b>", &"x".repeat(65)] {
            assert_eq!(name(bad), None, "{bad:?}");
        }
    }
}
