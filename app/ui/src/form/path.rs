//! Where a value is in the data. Items of lists are known by an id that survives the removal of their neighbours.

use serde_json::Value;
use std::sync::Arc;
use view::prelude::*;

/// Ids of the items of one list, in order.
pub(crate) type Items = RwSignal<Vec<u32>>;

#[derive(Clone)]
enum Step {
    Key(Arc<str>),
    Item(Items, u32),
}

#[derive(Clone, Default)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.into()));
        Self(steps)
    }

    pub(crate) fn item(&self, items: Items, id: u32) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Item(items, id));
        Self(steps)
    }

    /// The steps as they are now; `None` when an item on the way is gone.
    fn steps(&self, tracked: bool) -> Option<Vec<String>> {
        self.0
            .iter()
            .map(|step| match step {
                Step::Key(key) => Some(key.to_string()),
                Step::Item(items, id) => {
                    let find = |items: &Vec<u32>| items.iter().position(|other| other == id);
                    let at = if tracked { items.with(find) } else { items.with_untracked(find) };
                    at.map(|at| at.to_string())
                }
            })
            .collect()
    }

    /// `containers.0.memory`, as refusals name it; follows the list.
    pub(crate) fn text(&self) -> String {
        self.steps(true).map(|steps| steps.join(".")).unwrap_or_default()
    }

    pub(crate) fn text_now(&self) -> String {
        self.steps(false).map(|steps| steps.join(".")).unwrap_or_default()
    }

    /// An element id that stays the same while the item lives.
    pub(crate) fn id(&self) -> String {
        let mut out = String::from("f");
        for step in &self.0 {
            out.push('-');
            match step {
                Step::Key(key) => out.push_str(key),
                Step::Item(_, id) => out.push_str(&id.to_string()),
            }
        }
        out
    }

    pub(crate) fn get<'a>(&self, data: &'a Value) -> Option<&'a Value> {
        let mut at = data;
        for step in self.steps(false)? {
            at = match at {
                Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
                _ => at.get(&step)?,
            };
        }
        Some(at)
    }

    /// The value at the path, made where it was missing.
    pub(crate) fn get_mut<'a>(&self, data: &'a mut Value) -> Option<&'a mut Value> {
        let mut at = data;
        for step in self.steps(false)? {
            at = match at {
                Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?)?,
                Value::Object(map) => map.entry(step).or_insert(Value::Null),
                Value::Null => {
                    *at = Value::Object(serde_json::Map::new());
                    at.as_object_mut()?.entry(step).or_insert(Value::Null)
                }
                _ => return None,
            };
        }
        Some(at)
    }
}
