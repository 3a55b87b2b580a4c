//! The kinds engine: what the console knows about a Kubernetes kind is one [`Kind`] value in one file. Lists,
//! details, counts, navigation and access reviews read the value; none of them knows a kind by name.
//!
//! To add a kind: write `<area>/<kind>.rs` with a `pub static`, name it in [`all`], and give its texts in
//! `app/i18n/locales/*/kinds.ftl` (the keys are listed by [`text_keys`]).

pub mod actions;
pub mod columns;
pub mod events;
pub mod namespaces;
pub mod nodes;
pub mod object;
pub mod sort;
pub mod workloads;

pub use object::Object;
pub use sort::SortKey;

use crate::cache::joined::{Joined, Need, Sums};
use model::ClusterId;
use model::detail::{ContainerLine, DetailSection};
use model::object::KindKey;
use model::table::{Align, Cell, State};
use serde_json::Value;

/// A Kubernetes kind as the console shows it.
pub struct Kind {
    /// API group, empty for the core group.
    pub group: &'static str,
    pub plural: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// Preferred first; the first one that the cluster serves is used.
    pub versions: &'static [&'static str],
    pub namespaced: bool,
    /// Place in the navigation: the name of an area (architecture.md §2).
    pub area: &'static str,
    /// Lucide icon.
    pub icon: &'static str,
    /// Text keys: one object, and the head of the list.
    pub singular: &'static str,
    pub title: &'static str,
    pub columns: &'static [Column],
    /// Column and direction when the query names none; `None` is trouble first, then name.
    pub default_sort: Option<(&'static str, bool)>,
    pub state: fn(&Object) -> State,
    /// What filters look at, besides name, namespace, labels, owner, uid and state.
    pub facts: fn(&Object) -> Facts,
    pub actions: &'static [ActionDef],
    /// Takes away what neither rows nor the index need; `metadata.managedFields` and the last-applied annotation are
    /// gone already.
    pub trim: fn(&mut Value),
    pub tabs: &'static [Tab],
    /// Opened by the name in a list.
    pub default_tab: &'static str,
    pub sections: fn(&Object, &RowContext<'_>) -> Vec<DetailSection>,
    pub containers: fn(&Object) -> Vec<ContainerLine>,
    /// Condition types whose good status is `False`; all others are good when `True`.
    pub inverted_conditions: &'static [&'static str],
    /// What one object adds to the sums that other kinds show (Pods).
    pub sums: Option<fn(&Object) -> Sums>,
    /// What columns take from other caches.
    pub needs: &'static [Need],
    /// Kinds between an owner and this kind, nearest to the owner first: `owner=uid` finds a Deployment's Pods through
    /// its ReplicaSets, and its Events through both.
    pub through: &'static [&'static Kind],
    /// The newest so many are kept (Events); `None` keeps all.
    pub bound: Option<usize>,
    pub deletion: Deletion,
    /// There is a form that creates and edits one.
    pub form: bool,
}

impl Kind {
    #[must_use]
    pub fn key(&self) -> KindKey {
        KindKey::new(self.group, self.plural)
    }

    /// `apps/v1`, `v1`.
    #[must_use]
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// The path of the collection in a namespace, or over all.
    #[must_use]
    pub fn path(&self, version: &str, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let api_version = self.api_version(version);
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/{api_version}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{api_version}/{}", self.plural),
        }
    }

    #[must_use]
    pub fn column(&self, id: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    #[must_use]
    pub fn action(&self, id: &str) -> Option<&'static ActionDef> {
        self.actions.iter().find(|action| action.id == id)
    }

    /// The cells of a row, in the order of the columns.
    #[must_use]
    pub fn row(&self, object: &Object, context: &RowContext<'_>) -> Vec<Cell> {
        self.columns.iter().map(|column| (column.cell)(object, context)).collect()
    }
}

/// One column: what it shows and what it sorts by, in one place.
pub struct Column {
    /// Its head is the text `column-<id>`.
    pub id: &'static str,
    pub cell: fn(&Object, &RowContext<'_>) -> Cell,
    pub sort: Sort,
    pub align: Align,
    /// CSS pixels; 0 takes what is left.
    pub width: u16,
    /// Hidden on narrow screens.
    pub secondary: bool,
}

/// Where the sort key of a column comes from.
pub enum Sort {
    No,
    /// Taken from the index, which has them for every kind.
    Name,
    Namespace,
    State,
    /// Younger first when ascending, as an age reads.
    Age,
    /// Computed once when the object enters the cache.
    Own(fn(&Object) -> SortKey),
    /// Computed from other caches, by uid and name of the object.
    Joined(fn(&Joined, uid: &str, name: &str) -> SortKey),
}

/// What cells may look at besides the object.
pub struct RowContext<'a> {
    pub cluster: &'a ClusterId,
    /// Sums over other caches; empty where the person may not see those.
    pub joined: &'a Joined,
}

/// What filters look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub images: Vec<String>,
    pub node: Option<String>,
    pub ips: Vec<String>,
    /// Uid of the object that this one is about (Events).
    pub about: Option<String>,
    /// Further fields by the id of their column (`reason`, `type`, `object`).
    pub words: Vec<(&'static str, String)>,
}

/// A tab of the detail page; its text is `detail-tab-<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    pub id: &'static str,
}

/// What a row or a detail page offers. Its text is the key `label`.
pub struct ActionDef {
    pub id: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub how: How,
    /// Asked of the cluster for the person before the action is offered.
    pub verb: &'static str,
    pub subresource: Option<&'static str>,
    /// Changes something, so the account needs the right to write; `exec` counts as a change.
    pub changes: bool,
    pub danger: bool,
    pub bulk: bool,
    pub inline: bool,
    pub shortcut: Option<&'static str>,
    pub applies: fn(&Object) -> Applies,
}

/// What the deletion dialog says and offers (ux.md §8). The texts are `dialog-<title>-title`, `…-confirm` and `text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    pub title: &'static str,
    /// What is lost, as a text key.
    pub text: &'static str,
    /// Level c: the name has to be typed.
    pub grave: bool,
    /// Owns objects that may be kept (`propagationPolicy: Orphan`).
    pub dependents: bool,
    /// May be removed from the API without the node's word (Pods).
    pub forceable: bool,
}

impl Deletion {
    pub const PLAIN: Self =
        Self { title: "delete", text: "dialog-delete-text", grave: false, dependents: false, forceable: false };
    pub const WORKLOAD: Self = Self { text: "dialog-delete-workload-text", dependents: true, ..Self::PLAIN };
}

/// How an action is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A dialog of the server.
    Dialog,
    /// A link below the object's address.
    Open { below: &'static str, new_window: bool },
}

/// Whether an action fits this object as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    Yes,
    /// Not offered at all.
    No,
    /// Shown disabled; the reason is a text key.
    Refused(&'static str),
}

/// Every kind, in the order of the navigation.
#[must_use]
pub fn all() -> &'static [&'static Kind] {
    static ALL: &[&Kind] = &[
        &nodes::node::NODE,
        &namespaces::namespace::NAMESPACE,
        &workloads::deployment::DEPLOYMENT,
        &workloads::stateful_set::STATEFUL_SET,
        &workloads::replica_set::REPLICA_SET,
        &workloads::pod::POD,
        &events::event::EVENT,
    ];
    ALL
}

#[must_use]
pub fn find(key: &KindKey) -> Option<&'static Kind> {
    all().iter().copied().find(|kind| kind.group == key.group && kind.plural == key.plural)
}

/// The kind of an owner reference (`apps/v1`, `ReplicaSet`); the version does not matter.
#[must_use]
pub fn find_by_kind(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    all().iter().copied().find(|known| known.group == group && known.kind == kind)
}

/// Every text key that the kinds name, for the test that both languages have them.
#[must_use]
pub fn text_keys() -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for kind in all() {
        keys.extend([kind.singular.to_owned(), kind.title.to_owned()]);
        keys.extend(kind.columns.iter().map(|column| format!("column-{}", column.id)));
        keys.extend(kind.actions.iter().map(|action| action.label.to_owned()));
        keys.extend(kind.tabs.iter().map(|tab| format!("detail-tab-{}", tab.id)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
