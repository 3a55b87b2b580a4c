//! Several lenses side by side: the fields of a form or of a card.

use super::lens::{Lens, Marks};
use serde_json::{Map, Value};

/// One lens and the fields of the form that it fills: one field takes the lens's value, several share an object.
pub struct Binding {
    pub fields: &'static [&'static str],
    pub lens: Box<dyn Lens>,
}

impl Binding {
    pub fn new(field: &'static [&'static str], lens: impl Lens + 'static) -> Self {
        Self { fields: field, lens: Box::new(lens) }
    }

    fn value(&self, data: &Value) -> Option<Value> {
        if let [field] = self.fields {
            return data.get(*field).cloned();
        }
        let mut out = Map::new();
        for field in self.fields {
            out.insert((*field).to_owned(), data.get(*field)?.clone());
        }
        Some(Value::Object(out))
    }
}

#[derive(Default)]
pub struct Record {
    pub bindings: Vec<Binding>,
}

impl Record {
    /// Puts all fields that are in the data and not in `skip` (the locked ones).
    pub fn put_except(&self, object: &Value, data: &Value, skip: &[&str]) -> Value {
        let mut object = object.clone();
        for binding in &self.bindings {
            if binding.fields.iter().any(|field| skip.contains(field)) {
                continue;
            }
            if let Some(value) = binding.value(data) {
                object = binding.lens.put(&object, &value);
            }
        }
        object
    }
}

impl Lens for Record {
    fn get(&self, object: &Value) -> Value {
        let mut out = Map::new();
        for binding in &self.bindings {
            match (binding.fields, binding.lens.get(object)) {
                ([field], value) => {
                    out.insert((*field).to_owned(), value);
                }
                (_, Value::Object(values)) => out.extend(values),
                _ => {}
            }
        }
        Value::Object(out)
    }

    fn set(&self, object: &Value, value: &Value) -> Value {
        self.put_except(object, value, &[])
    }

    fn shown(&self, object: &Value, marks: &mut Marks) {
        for binding in &self.bindings {
            binding.lens.shown(object, marks);
        }
    }
}
