//! Times as people write them: `30s`, `15m`, `2h`, `7d`.

use serde::de::{Deserialize, Deserializer, Error};
use std::time::Duration;

/// A time of at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return None,
        };
        let number: u64 = text.get(..text.len() - 1)?.trim_end().parse().ok()?;
        let seconds = number.checked_mul(unit)?;
        (1..=3650 * 86400).contains(&seconds).then(|| Self::seconds(seconds))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no time such as 30s, 15m, 2h or 7d")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        assert_eq!(Span::parse("30s"), Some(Span::seconds(30)));
        assert_eq!(Span::parse(" 2 h"), Some(Span::seconds(7200)));
        assert_eq!(Span::parse("7d"), Some(Span::seconds(604_800)));
        for bad in ["", "s", "0s", "-1s", "1.5h", "10", "1w", "99999999999999999999d", "9999999d", "名"] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
    }
}
