//! Filters over the index of a cache: no JSON is read.

use crate::cache::{Cache, Entry};
use crate::kinds::Kind;
use model::table::selector::Requirement;
use model::table::{Filter, FilterOp, Query};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A query's filters, made ready once.
pub struct Matcher {
    rules: Vec<Rule>,
}

struct Rule {
    negative: bool,
    test: Test,
}

enum Test {
    Name(String),
    NameIs(String),
    Label(Requirement),
    /// A requirement that cannot be met.
    Nothing,
    LabelContains(String),
    Image {
        text: String,
        whole: bool,
    },
    Node {
        text: String,
        whole: bool,
    },
    Ip {
        text: String,
        whole: bool,
    },
    Uid(String),
    /// Uids of an owner and of everything between it and the kind.
    Owners(BTreeSet<Arc<str>>),
    Word {
        text: String,
        whole: bool,
    },
    Other {
        field: String,
        text: String,
        whole: bool,
    },
}

impl Matcher {
    /// `chains` holds for each `owner` filter its uid and what stands between, see [`chain`].
    #[must_use]
    pub fn new(filters: &[Filter], chains: Vec<BTreeSet<Arc<str>>>) -> Self {
        let mut chains = chains.into_iter();
        let rule = |filter: &Filter| {
            let whole = filter.op != FilterOp::Contains;
            let text = filter.value.trim().to_lowercase();
            let test = match filter.field.as_str() {
                "name" if whole => Test::NameIs(text),
                "name" => Test::Name(text),
                "label" if !whole => Test::LabelContains(text),
                "label" => Requirement::parse(&filter.value).map_or(Test::Nothing, Test::Label),
                "image" => Test::Image { text, whole },
                "node" => Test::Node { text, whole },
                "ip" => Test::Ip { text, whole },
                "uid" => Test::Uid(filter.value.trim().to_owned()),
                "owner" => Test::Owners(chains.next().unwrap_or_default()),
                "state" => Test::Word { text, whole },
                field => Test::Other { field: field.to_owned(), text, whole },
            };
            Rule { negative: filter.op == FilterOp::NotEquals && !matches!(test, Test::Nothing), test }
        };
        Self { rules: filters.iter().map(rule).collect() }
    }

    /// All filters hold.
    #[must_use]
    pub fn holds(&self, entry: &Entry) -> bool {
        self.rules.iter().all(|rule| rule.test.holds(entry) != rule.negative)
    }
}

impl Test {
    fn holds(&self, entry: &Entry) -> bool {
        let text_matches = |have: &str, text: &str, whole: bool| {
            if whole { have.eq_ignore_ascii_case(text) } else { contains(have, text) }
        };
        match self {
            Self::Name(text) => contains(&entry.name, text),
            Self::NameIs(text) => entry.name.eq_ignore_ascii_case(text),
            Self::Label(wanted) => entry.labels.iter().any(|(k, v)| match wanted {
                Requirement::Has { key } => **k == **key,
                Requirement::Is { key, value } => **k == **key && **v == **value,
                Requirement::In { key, values } => **k == **key && values.iter().any(|value| **v == **value),
            }),
            Self::Nothing => false,
            Self::LabelContains(text) => entry.labels.iter().any(|(k, v)| contains(&format!("{k}={v}"), text)),
            Self::Image { text, whole } => entry.images.iter().any(|image| text_matches(image, text, *whole)),
            Self::Node { text, whole } => entry.node.as_ref().is_some_and(|node| text_matches(node, text, *whole)),
            Self::Ip { text, whole } => entry.ips.iter().any(|ip| text_matches(ip, text, *whole)),
            Self::Uid(uid) => *entry.uid == **uid || entry.about.as_ref().is_some_and(|about| **about == **uid),
            Self::Owners(uids) => {
                entry.owners.iter().any(|owner| uids.contains(owner))
                    || entry.about.as_ref().is_some_and(|about| uids.contains(about))
            }
            Self::Word { text, whole } => text_matches(&entry.word, text, *whole),
            Self::Other { field, text, whole } => {
                entry.words.iter().any(|(known, word)| known == field && text_matches(word, text, *whole))
            }
        }
    }
}

/// Without case; `text` is lower case already.
fn contains(have: &str, text: &str) -> bool {
    if have.bytes().any(|byte| byte.is_ascii_uppercase() || byte >= 128) {
        have.to_lowercase().contains(text)
    } else {
        have.contains(text)
    }
}

/// The uid of an owner and of everything between it and `kind`, from the caches that run. By owner references only:
/// a name that starts like another proves nothing. Kubelets put a node's name where its uid belongs, so that counts too.
#[must_use]
pub fn chain(uid: &str, between: &[Arc<Cache>]) -> BTreeSet<Arc<str>> {
    let mut uids: BTreeSet<Arc<str>> = BTreeSet::from([uid.into()]);
    for cache in between {
        let entries = cache.entries();
        let found: Vec<Arc<str>> = if cache.kind.namespaced {
            let owned = entries.iter().filter(|entry| entry.owners.iter().any(|owner| uids.contains(owner)));
            owned.map(|entry| Arc::clone(&entry.uid)).collect()
        } else {
            entries.iter().filter(|entry| uids.contains(&entry.uid)).map(|entry| Arc::from(&*entry.name)).collect()
        };
        uids.extend(found);
    }
    uids
}

/// The chosen namespaces; empty is all.
#[must_use]
pub fn chosen(kind: &Kind, query: &Query) -> HashSet<String> {
    if kind.namespaced { query.namespaces.iter().cloned().collect() } else { HashSet::new() }
}
