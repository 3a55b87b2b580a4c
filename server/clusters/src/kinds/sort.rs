//! Sorting by value: numbers as numbers, versions by their parts, what is empty last in both directions.

use std::cmp::Ordering;
use std::sync::Arc;

/// What a cell sorts by. Sizes in bytes, CPU in cores, times in epoch milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    Empty,
    Number(f64),
    /// Compared without case.
    Text(Arc<str>),
    /// Compared part by part: `v1.9` stands before `v1.10`.
    Version(Arc<str>),
}

impl SortKey {
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.into()) }
    }

    #[must_use]
    pub fn version(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Version(text.into()) }
    }

    #[must_use]
    pub fn number(number: Option<f64>) -> Self {
        number.filter(|number| number.is_finite()).map_or(Self::Empty, Self::Number)
    }

    #[must_use]
    pub fn count(number: i64) -> Self {
        Self::Number(number as f64)
    }

    #[must_use]
    pub fn time(at: Option<i64>) -> Self {
        Self::number(at.map(|at| at as f64))
    }

    /// Compares two keys of one column. The direction turns values only: empties stay last.
    #[must_use]
    pub fn order(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Empty, Self::Empty) => return Ordering::Equal,
            (Self::Empty, _) => return Ordering::Greater,
            (_, Self::Empty) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => without_case(a, b),
            (Self::Version(a), Self::Version(b)) => natural(a, b),
            // Columns have one type of key; a mixture still has a total order.
            (a, b) => a.rank().cmp(&b.rank()),
        };
        if descending { order.reverse() } else { order }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Version(_) => 1,
            Self::Text(_) => 2,
            Self::Empty => 3,
        }
    }
}

/// Without case (ASCII; names have no other), then by bytes so that the order is total.
#[must_use]
pub fn without_case(a: &str, b: &str) -> Ordering {
    let fold = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(fold).cmp(b.bytes().map(fold)).then_with(|| a.cmp(b))
}

/// Compares runs of digits as numbers and the rest as text. A pre-release stands before its release, as in semantic
/// versions (`1.2.0-rc1` before `1.2.0`).
#[must_use]
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        match (left.chars().next(), right.chars().next()) {
            (None, None) => return a.cmp(b),
            (None, Some(next)) => return if next == '-' { Ordering::Greater } else { Ordering::Less },
            (Some(next), None) => return if next == '-' { Ordering::Less } else { Ordering::Greater },
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (m, rest_left) = digits(left);
                let (n, rest_right) = digits(right);
                match m.len().cmp(&n.len()).then_with(|| m.cmp(n)) {
                    Ordering::Equal => (left, right) = (rest_left, rest_right),
                    order => return order,
                }
            }
            (Some(x), Some(y)) if x == y => (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]),
            (Some('-'), Some(_)) => return Ordering::Less,
            (Some(_), Some('-')) => return Ordering::Greater,
            (Some(x), Some(y)) => return x.cmp(&y),
        }
    }
}

/// The run of digits at the start without leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_by_their_parts() {
        let mut list = ["v1.10.0", "v1.9.3", "v1.9.3-rc1", "v1.9.3-rc10", "v1.9.3-rc2", "v2", "v01.2", "latest"];
        list.sort_by(|a, b| natural(a, b));
        assert_eq!(list, ["latest", "v01.2", "v1.9.3-rc1", "v1.9.3-rc2", "v1.9.3-rc10", "v1.9.3", "v1.10.0", "v2"]);
    }

    proptest::proptest! {
        /// `sort` may panic over an order that is not total.
        #[test]
        fn the_order_is_total(mut list in proptest::collection::vec("[-v.0-9aA]{0,6}", 3)) {
            for order in [natural, without_case] {
                let [a, b, c] = [&list[0], &list[1], &list[2]];
                assert_eq!(order(a, b), order(b, a).reverse());
                assert_eq!(order(a, b) == Ordering::Equal, a == b);
                if order(a, b).is_le() && order(b, c).is_le() {
                    assert!(order(a, c).is_le(), "{a} {b} {c}");
                }
            }
            list.sort_by(|a, b| natural(a, b));
        }
    }

    #[test]
    fn empties_are_last_in_both_directions() {
        let mut keys = [SortKey::Empty, SortKey::Number(2.0), SortKey::Number(10.0)];
        keys.sort_by(|a, b| a.order(b, true));
        assert_eq!(keys, [SortKey::Number(10.0), SortKey::Number(2.0), SortKey::Empty]);
        keys.sort_by(|a, b| a.order(b, false));
        assert_eq!(keys, [SortKey::Number(2.0), SortKey::Number(10.0), SortKey::Empty]);
        assert_eq!(SortKey::number(Some(f64::NAN)), SortKey::Empty);
    }
}
