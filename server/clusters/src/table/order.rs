//! The filtered and sorted list behind a page, kept per query so that paging and live updates do not sort again.

use super::filter::{self, Matcher};
use crate::access::Scope;
use crate::cache::entry::own_place;
use crate::cache::{Cache, Entry, Joined};
use crate::kinds::sort::without_case;
use crate::kinds::{Kind, Sort, SortKey};
use model::table::{Family, Filter, Query};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Lists kept per cache; each holds one pointer per row.
const KEPT: usize = 12;

/// A list in order.
pub struct Ordered {
    generation: u64,
    joined: (u64, u64),
    pub rows: Vec<Arc<Entry>>,
    /// Rows in the scope and the chosen namespaces, before any filter.
    pub total: usize,
    /// Rows by family, after the filters and before the choice of a state.
    pub counts: [usize; 5],
}

/// What decides a list: the query without its page, and what the person may see.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    scope: Option<BTreeSet<String>>,
    namespaces: Vec<String>,
    filters: Vec<Filter>,
    chains: Vec<BTreeSet<Arc<str>>>,
    state: Option<Family>,
    sort: String,
    descending: bool,
}

/// The last used lists, newest last.
#[derive(Default)]
pub struct Memo {
    kept: Vec<(Key, Arc<Ordered>)>,
}

impl Memo {
    fn get(&mut self, key: &Key, generation: u64, joined: (u64, u64)) -> Option<Arc<Ordered>> {
        let at = self.kept.iter().position(|(known, _)| known == key)?;
        let (key, list) = self.kept.remove(at);
        let fresh = list.generation == generation && list.joined == joined;
        if fresh {
            self.kept.push((key, Arc::clone(&list)));
        }
        fresh.then_some(list)
    }

    fn put(&mut self, key: Key, list: Arc<Ordered>) {
        // Lists of an older generation hold objects that are gone.
        self.kept.retain(|(known, other)| other.generation == list.generation && *known != key);
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push((key, list));
    }
}

/// The list of a query as the cache is now. `between` are the caches that owner chains go through.
#[must_use]
pub fn ordered(cache: &Cache, scope: &Scope, joined: &Joined, between: &[Arc<Cache>], query: &Query) -> Arc<Ordered> {
    let kind = cache.kind;
    let (sort, descending) = direction(kind, query);
    let owners = query.filters.iter().filter(|filter| filter.field == "owner");
    let chains: Vec<_> = owners.map(|filter| filter::chain(filter.value.trim(), between)).collect();
    let key = Key {
        scope: match scope {
            Scope::All => None,
            Scope::Namespaces(names) => Some(names.clone()),
            Scope::None => Some(BTreeSet::new()),
        },
        namespaces: if kind.namespaced { query.namespaces.clone() } else { Vec::new() },
        filters: query.filters.clone(),
        chains: chains.clone(),
        state: query.state,
        sort: sort.map_or("", |column| column.id).to_owned(),
        descending,
    };
    let joins = sort.is_some_and(|column| matches!(column.sort, Sort::Joined(_)));
    let joined_generation = if joins { joined.generation } else { (0, 0) };
    // Held while the list is made: many who ask the same at once wait for one answer.
    let mut memo = cache.memo.lock();
    if let Some(list) = memo.get(&key, cache.generation(), joined_generation) {
        return list;
    }
    let (generation, entries) = cache.snapshot();
    let chosen = filter::chosen(kind, query);
    let matcher = Matcher::new(&query.filters, chains);
    let mut total = 0;
    let mut counts = [0; 5];
    let mut rows: Vec<Arc<Entry>> = Vec::new();
    for entry in entries {
        let visible = match scope {
            Scope::All => true,
            Scope::Namespaces(names) => names.contains(&*entry.namespace),
            Scope::None => false,
        };
        if !visible || !(chosen.is_empty() || chosen.contains(&*entry.namespace)) {
            continue;
        }
        total += 1;
        if matcher.holds(&entry) {
            counts[entry.family as usize] += 1;
            if query.state.is_none_or(|state| state == entry.family) {
                rows.push(entry);
            }
        }
    }
    order(kind, joined, sort, descending, &mut rows);
    rows.shrink_to_fit();
    let list = Arc::new(Ordered { generation, joined: joined_generation, rows, total, counts });
    memo.put(key, Arc::clone(&list));
    list
}

type SortColumn = Option<&'static crate::kinds::Column>;

/// The column to sort by; `None` is trouble first, then name.
fn direction(kind: &Kind, query: &Query) -> (SortColumn, bool) {
    let named = kind.column(&query.sort).filter(|column| !matches!(column.sort, Sort::No));
    match (named, kind.default_sort) {
        (Some(column), _) => (Some(column), query.descending),
        (None, Some((id, descending))) => (kind.column(id), descending),
        (None, None) => (None, false),
    }
}

/// Sorts by the column; equal ones by name, namespace and uid, so that the order never depends on the cache.
fn order(kind: &Kind, joined: &Joined, sort: SortColumn, descending: bool, rows: &mut [Arc<Entry>]) {
    let turn = |order: Ordering| if descending { order.reverse() } else { order };
    let name = |a: &Entry, b: &Entry| {
        without_case(&a.name, &b.name).then_with(|| a.namespace.cmp(&b.namespace)).then_with(|| a.uid.cmp(&b.uid))
    };
    match sort.map(|column| (column.id, &column.sort)) {
        None | Some((_, Sort::No)) => rows.sort_unstable_by(|a, b| a.family.cmp(&b.family).then_with(|| name(a, b))),
        Some((_, Sort::Name)) => rows.sort_unstable_by(|a, b| turn(name(a, b))),
        Some((_, Sort::Namespace)) => {
            rows.sort_unstable_by(|a, b| turn(a.namespace.cmp(&b.namespace)).then_with(|| name(a, b)));
        }
        Some((_, Sort::State)) => rows.sort_unstable_by(|a, b| {
            turn(a.family.cmp(&b.family).then_with(|| without_case(&a.word, &b.word))).then_with(|| name(a, b))
        }),
        // The smaller age is the later creation; objects without a time are last.
        Some((_, Sort::Age)) => rows.sort_unstable_by(|a, b| {
            let key = |entry: &Entry| SortKey::number((entry.created > 0).then(|| -(entry.created as f64)));
            key(a).order(&key(b), descending).then_with(|| name(a, b))
        }),
        Some((id, Sort::Own(_))) => {
            let place = own_place(kind, id).unwrap_or(usize::MAX);
            rows.sort_unstable_by(|a, b| a.key(place).order(b.key(place), descending).then_with(|| name(a, b)));
        }
        Some((_, Sort::Joined(key))) => {
            rows.sort_by_cached_key(|entry| Wrapped {
                key: key(joined, &entry.uid, &entry.name),
                descending,
                entry: Arc::clone(entry),
            });
        }
    }
}

/// A joined key, computed once per row.
struct Wrapped {
    key: SortKey,
    descending: bool,
    entry: Arc<Entry>,
}

impl Ord for Wrapped {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key
            .order(&other.key, self.descending)
            .then_with(|| without_case(&self.entry.name, &other.entry.name))
            .then_with(|| self.entry.namespace.cmp(&other.entry.namespace))
            .then_with(|| self.entry.uid.cmp(&other.entry.uid))
    }
}

impl PartialOrd for Wrapped {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Wrapped {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Wrapped {}
