//! The `Lines` widget: one item per line, nothing is parsed (spec 30 R-8).

/// The text of a line list, or `None` when an item holds a line break itself (a script in one argument): such a list
/// is edited item by item, as one text it would come apart.
#[must_use]
pub fn text_of(items: &[String]) -> Option<String> {
    (!items.iter().any(|item| item.contains(['\n', '\r']))).then(|| items.join("\n"))
}

/// The items of a typed text: a carriage return at a line's end and blank lines at both ends are dropped, blanks inside
/// and quotes stay (W-49, W-50).
#[must_use]
pub fn items_of(text: &str) -> Vec<String> {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()).collect();
    without_blank_ends(lines)
}

/// Drops blank items at both ends.
#[must_use]
pub fn without_blank_ends(mut items: Vec<String>) -> Vec<String> {
    let blank = |item: &String| item.trim().is_empty();
    while items.last().is_some_and(blank) {
        items.pop();
    }
    let leading = items.iter().take_while(|item| blank(item)).count();
    items.drain(..leading);
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// [W-49] [W-50]
    #[test]
    fn a_line_is_one_argument_as_it_is() {
        assert_eq!(
            items_of("\n  \nsleep 5; echo \"x\"\r\n\n --flag 'a b' \n\n"),
            ["sleep 5; echo \"x\"", "", " --flag 'a b' "]
        );
        assert_eq!(items_of(""), Vec::<String>::new());
        assert_eq!(text_of(&["sh".into(), "-c".into(), "a\nb".into()]), None);
    }

    proptest! {
        #[test]
        fn text_and_items_are_the_same(items in prop::collection::vec("[^\r\n]{0,12}", 0..6)) {
            let items = without_blank_ends(items);
            prop_assert_eq!(items_of(&text_of(&items).unwrap()), items);
        }
    }
}
