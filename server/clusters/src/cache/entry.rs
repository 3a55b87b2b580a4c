//! One object in a watch cache: a small index for filters and sorting, and the trimmed JSON as one block of bytes.

use super::intern::Interner;
use super::joined::Sums;
use crate::kinds::object::text;
use crate::kinds::{Kind, Object, Sort, SortKey};
use model::table::Family;
use serde_json::{Map, Value};
use std::sync::Arc;

/// An indexed object. Nothing here needs the JSON to be parsed, except to draw its row.
pub struct Entry {
    pub uid: Arc<str>,
    /// Empty for objects of the cluster.
    pub namespace: Arc<str>,
    pub name: Box<str>,
    pub version: Box<str>,
    /// Epoch milliseconds; 0 when the object names no time.
    pub created: i64,
    pub family: Family,
    pub word: Arc<str>,
    pub labels: Box<[(Arc<str>, Arc<str>)]>,
    pub images: Box<[Arc<str>]>,
    pub node: Option<Arc<str>>,
    pub ips: Box<[Box<str>]>,
    pub owners: Box<[Arc<str>]>,
    pub about: Option<Arc<str>>,
    pub words: Box<[(&'static str, Arc<str>)]>,
    /// Keys of the columns with [`Sort::Own`], in the order of the columns.
    keys: Box<[SortKey]>,
    pub sums: Option<Box<Sums>>,
    json: Box<[u8]>,
}

impl Entry {
    /// Strips, trims and indexes an object. `None` when it has no uid, so is no stored object.
    #[must_use]
    pub fn new(kind: &Kind, mut value: Value, interner: &mut Interner) -> Option<Self> {
        strip(&mut value);
        // The index is computed over the whole object; what rows draw must survive the trim.
        let object = Object(value);
        let uid = object.uid();
        if uid.is_empty() {
            return None;
        }
        let uid: Arc<str> = uid.into();
        let version: Box<str> = object.version().into();
        let state = (kind.state)(&object);
        let facts = (kind.facts)(&object);
        let keys = kind.columns.iter().filter_map(|column| match column.sort {
            Sort::Own(key) => Some(share(key(&object), interner)),
            _ => None,
        });
        let keys: Box<[SortKey]> = keys.collect();
        let entry = Self {
            uid,
            version,
            namespace: interner.get(object.namespace().unwrap_or_default()),
            name: object.name().into(),
            created: object.created().unwrap_or(0),
            family: state.family,
            word: interner.get(&state.word),
            labels: object
                .pairs("/metadata/labels")
                .map(|(key, value)| (interner.get(key), interner.get(value)))
                .collect(),
            images: facts.images.iter().map(|image| interner.get(image)).collect(),
            node: facts.node.as_deref().map(|node| interner.get(node)),
            ips: facts.ips.into_iter().map(String::into_boxed_str).collect(),
            owners: object
                .list("/metadata/ownerReferences")
                .iter()
                .map(|owner| interner.get(text(owner, "/uid")))
                .collect(),
            about: facts.about.as_deref().map(|uid| interner.get(uid)),
            words: facts.words.iter().map(|(field, word)| (*field, interner.get(word))).collect(),
            keys,
            sums: kind.sums.map(|sums| Box::new(sums(&object))),
            json: Box::default(),
        };
        let mut value = object.0;
        (kind.trim)(&mut value);
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        let json = serde_json::to_vec(&value).unwrap_or_default().into_boxed_slice();
        Some(Self { json, ..entry })
    }

    /// The trimmed object with its version.
    #[must_use]
    pub fn object(&self) -> Object {
        let mut value: Value = serde_json::from_slice(&self.json).unwrap_or_default();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), Value::from(&*self.version));
        }
        Object(value)
    }

    /// Nothing that a row or a filter shows differs. Versions are left out: heartbeats change nothing else.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        self.json == other.json && self.word == other.word && self.family == other.family
    }

    /// A sort key by its place among the columns that compute their own, see [`own_place`].
    #[must_use]
    pub fn key(&self, place: usize) -> &SortKey {
        self.keys.get(place).unwrap_or(&SortKey::Empty)
    }

    /// Bytes held by this entry alone, about; shared texts are counted at the interner.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + self.json.len()
            + self.name.len()
            + self.version.len()
            + self.uid.len()
            + size_of_val(&*self.labels)
            + size_of_val(&*self.images)
            + size_of_val(&*self.keys)
            + size_of_val(&*self.words)
            + self.sums.as_ref().map_or(0, |_| size_of::<Sums>())
    }
}

/// Place of a column among those of its kind that compute their own sort key.
#[must_use]
pub fn own_place(kind: &Kind, column: &str) -> Option<usize> {
    let mut own = kind.columns.iter().filter(|column| matches!(column.sort, Sort::Own(_)));
    own.position(|known| known.id == column)
}

/// Takes away what no kind ever shows from a cache (architecture.md §4), and the type that the cache knows anyway.
fn strip(value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    map.remove("kind");
    map.remove("apiVersion");
    let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.remove("managedFields");
    metadata.remove("selfLink");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    if metadata.get("labels").and_then(Value::as_object).is_some_and(Map::is_empty) {
        metadata.remove("labels");
    }
}

fn share(key: SortKey, interner: &mut Interner) -> SortKey {
    match key {
        SortKey::Text(text) => SortKey::Text(interner.get(&text)),
        SortKey::Version(text) => SortKey::Version(interner.get(&text)),
        other => other,
    }
}
