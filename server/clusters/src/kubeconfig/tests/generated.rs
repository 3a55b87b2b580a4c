//! Kubeconfigs that nobody thought of.

use super::material::material;
use super::{SERVER, TOKEN, config, data, only};
use crate::kubeconfig::{read, read_bytes};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Foreign input never panics, and what is accepted is stable in its normal form.
    #[test]
    fn any_text_is_judged(text in "(?s).{0,400}") {
        let _ = read(&text);
        let _ = read_bytes(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_bytes(&bytes);
    }

    /// One character of a good file is another one.
    #[test]
    fn any_slip_is_judged(at in 0usize..300, with in "[\\x00-\\x7f\u{80}-\u{2fff}]") {
        let good = config(&format!("{SERVER}\ncertificate-authority-data: {}", data(&material().authority)), TOKEN);
        let mut chars: Vec<char> = good.chars().collect();
        let at = at % chars.len();
        chars.splice(at..=at, with.chars());
        let _ = read(&chars.into_iter().collect::<String>());
    }

    /// Names, namespaces and passwords of any text come through the normal form.
    #[test]
    fn any_names_come_through(name in "\\PC{1,30}", password in "\\PC{0,30}") {
        let quoted = |text: &str| serde_json::json!(text).to_string();
        let text = format!(
            "clusters: [{{name: {n}, cluster: {{server: 'https://a'}}}}]\nusers: [{{name: {n}, user: {{username: u, password: {p}}}}}]\ncontexts: [{{name: {n}, context: {{cluster: {n}, user: {n}, namespace: {n}}}}}]\n",
            n = quoted(&name), p = quoted(&password)
        );
        let context = only(&text);
        prop_assert_eq!(context.refused.clone(), None);
        let again = only(&context.single);
        prop_assert_eq!(&again.name, &name);
        prop_assert_eq!(again.namespace.as_deref(), Some(name.as_str()));
        prop_assert_eq!(again.single, context.single);
    }
}
