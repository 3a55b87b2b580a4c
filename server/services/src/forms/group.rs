//! A list of cards. Each card remembers in `_at` which item of the object it was read from, so what the form does not
//! show stays with its item through rename, reorder, delete and insert.

use super::lens::{Lens, Marks, Path, read, remove, text_of, write};
use super::record::Record;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The key of a card for the place of its item.
pub const AT: &str = "_at";

pub struct Group {
    pub path: Path,
    /// The field that finds an item again when no card says where it came from (a form posted without the island).
    pub name: &'static str,
    /// Lenses of items that the object has.
    pub existing: Record,
    /// Lenses of new items.
    pub fresh: Record,
}

impl Group {
    fn items<'a>(&self, object: &'a Value) -> &'a [Value] {
        read(object, self.path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The item that a card was read from.
    fn origin(&self, old: &[Value], card: &Value, by_name: bool, used: &mut BTreeSet<usize>) -> Option<usize> {
        let index = if by_name {
            let name = text_of(card.get(self.name));
            (0..old.len()).find(|i| !used.contains(i) && text_of(self.existing.get(&old[*i]).get(self.name)) == name)?
        } else {
            usize::try_from(card.get(AT)?.as_u64()?).ok()?
        };
        // A card that was duplicated takes what its item has that the form does not show.
        used.insert(index);
        (index < old.len()).then_some(index)
    }
}

impl Lens for Group {
    fn get(&self, object: &Value) -> Value {
        let cards = self.items(object).iter().enumerate().map(|(index, item)| {
            let mut card = self.existing.get(item);
            card[AT] = Value::from(index);
            card
        });
        Value::Array(cards.collect())
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        let old = self.items(object);
        let cards = value.as_array().map_or(&[] as &[Value], Vec::as_slice);
        let by_name = !cards.iter().any(|card| card.get(AT).is_some());
        let mut used = BTreeSet::new();
        let items: Vec<Value> = cards
            .iter()
            .map(|card| match self.origin(old, card, by_name, &mut used) {
                Some(index) => self.existing.put(&old[index], card),
                None => self.fresh.put(&Value::Object(Map::new()), card),
            })
            .collect();
        let mut object = object.clone();
        if items.is_empty() {
            remove(&mut object, self.path, 0);
        } else {
            write(&mut object, self.path, Value::Array(items));
        }
        object
    }

    fn shown(&self, object: &Value, marks: &mut Marks) {
        if self.items(object).is_empty() {
            marks.mark(self.path);
        }
        for (index, item) in self.items(object).iter().enumerate() {
            marks.within(self.path, index, |marks| self.existing.shown(item, marks));
        }
    }
}
