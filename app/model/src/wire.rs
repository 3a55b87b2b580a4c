//! How values come into the browser: JSON, read in two steps. The text becomes a tree once, by one parser; each type then
//! takes its fields from the tree. The usual way, one parser per type, made a third of the wasm that every page loads.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Error, Map, Value};

/// Reads a value from JSON.
///
/// # Errors
/// When the text is no JSON, or not of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str::<Value>(text).and_then(from_tree)
}

fn from_tree<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Tree(value))
}

/// What an island is given: written as the value itself, read in two steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given<T>(pub T);

impl<T> From<T> for Given<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for Given<T> {
    #[cfg(not(target_arch = "wasm32"))]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }

    // Only the server writes pages.
    #[cfg(target_arch = "wasm32")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tree = Value::deserialize(deserializer)?;
        from_tree(tree).map(Self).map_err(D::Error::custom)
    }
}

struct Tree(Value);

impl<'de> Deserializer<'de> for Tree {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(values) => visitor.visit_seq(Items(values.into_iter())),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields::of(object(self.0)?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Fields::of(object(self.0)?))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items(array(self.0)?))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(variant(self.0)?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Bool(value) => visitor.visit_bool(value),
            other => Err(unfit(&other)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(text(self.0)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(text(self.0)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct identifier }
}

fn unfit(value: &Value) -> Error {
    Error::custom(match value {
        Value::Null => "null does not fit",
        Value::Bool(_) => "a flag does not fit",
        Value::Number(_) => "a number does not fit",
        Value::String(_) => "a text does not fit",
        Value::Array(_) => "a list does not fit",
        Value::Object(_) => "an object does not fit",
    })
}

fn object(value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(unfit(&other)),
    }
}

fn array(value: Value) -> Result<std::vec::IntoIter<Value>, Error> {
    match value {
        Value::Array(values) => Ok(values.into_iter()),
        other => Err(unfit(&other)),
    }
}

fn text(value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(unfit(&other)),
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|value| seed.deserialize(Tree(value))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Fields {
    rest: serde_json::map::IntoIter,
    value: Value,
}

impl Fields {
    fn of(fields: Map<String, Value>) -> Self {
        Self { rest: fields.into_iter(), value: Value::Null }
    }

    fn step(&mut self) -> Option<String> {
        let (key, value) = self.rest.next()?;
        self.value = value;
        Some(key)
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.step().map(|key| seed.deserialize(Key(key))).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Tree(self.value.take()))
    }
}

/// The name of a field.
struct Key(String);

impl<'de> Deserializer<'de> for Key {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant's name with what it holds.
struct Variant(String, Value);

fn variant(value: Value) -> Result<Variant, Error> {
    match value {
        Value::String(name) => Ok(Variant(name, Value::Null)),
        other => object(other)?
            .into_iter()
            .next()
            .map(|(name, value)| Variant(name, value))
            .ok_or_else(|| Error::custom("a variant has a name")),
    }
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Tree;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Tree), Error> {
        let name = seed.deserialize(Key(self.0))?;
        Ok((name, Tree(self.1)))
    }
}

impl<'de> VariantAccess<'de> for Tree {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::LiveMessage;
    use crate::table::{Cell, Family, Freshness, Row, State};
    use crate::{AppError, ErrorKind, FieldError};

    fn returns<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&read::<T>(&text).unwrap(), value, "{text}");
        assert_eq!(&serde_json::from_str::<Given<T>>(&text).unwrap().0, value, "{text}");
    }

    /// What is written is read, whatever its shape.
    #[test]
    fn both_ways_agree() {
        let row = Row {
            key: "uid".into(),
            version: "7".into(),
            name: "web".into(),
            namespace: None,
            cells: vec![
                Cell::Empty,
                Cell::Text { text: "\u{2028}\"<".into(), mono: true },
                Cell::State(State::new(Family::Error, "x").with_hint(Some("why".into()))),
                Cell::Ratio { have: 1, want: 3, family: Family::Success },
                Cell::Quantity { value: 1.0, text: "1".into() },
                Cell::Labels(vec![("a".into(), String::new())]),
                Cell::Stack { main: Box::new(Cell::Empty), sub: Box::new(Cell::age(Some(i64::MAX))) },
            ],
            refused: Vec::new(),
        };
        returns(&row);
        returns(&LiveMessage::Patch {
            id: 1,
            order: vec!["uid".into()],
            rows: vec![row],
            matching: 1,
            total: usize::MAX,
            counts: Vec::new(),
            freshness: Freshness::Live,
        });
        returns(&LiveMessage::Ping);
        let mut error = AppError::new(ErrorKind::TooMany { retry_after_seconds: 3 }, "slowly");
        error.fields.push(FieldError { path: "a.0".into(), message: String::new() });
        returns(&error);
        returns(&AppError::new(ErrorKind::NotFound, "gone"));
    }

    /// Numbers of an object are not rounded on their way.
    #[test]
    fn numbers_stay_as_they_are() {
        for text in ["9007199254740993", "18446744073709551615", "-9223372036854775808", "1.0", "1e300"] {
            assert_eq!(read::<Value>(text).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in ["", "[]", "{}", "3", "\"pong\"", r#"{"patch":{"id":"x"}}"#] {
            assert!(read::<LiveMessage>(text).is_err(), "{text}");
        }
    }
}
