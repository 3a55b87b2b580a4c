//! Values of attributes.

use std::borrow::Cow;

/// What an attribute is: absent, there, or a function that says so whenever a signal changes.
pub enum Value {
    Absent,
    Text(Cow<'static, str>),
    Dynamic(Box<dyn Ask>),
}

impl Value {
    /// The text that it is now, without the functions.
    pub(crate) fn now(self) -> Option<Cow<'static, str>> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(text),
            Self::Dynamic(value) => value.ask().now(),
        }
    }
}

/// A function that is asked for a value. Not `dyn Fn`: its table holds the function's body two times more.
pub trait Ask {
    fn ask(&self) -> Value;
}

impl<F, T> Ask for F
where
    F: Fn() -> T,
    T: IntoValue,
{
    fn ask(&self) -> Value {
        self().into_value()
    }
}

/// A state of a control that people change, too. The attribute of the same name is only what it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    Value,
    Checked,
    Indeterminate,
}

/// What may stand behind `name=`.
pub trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl IntoValue for &String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self.clone()))
    }
}

/// A flag: there without a text, or absent.
impl IntoValue for bool {
    fn into_value(self) -> Value {
        if self { Value::Text(Cow::Borrowed("")) } else { Value::Absent }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, T::into_value)
    }
}

impl<F, T> IntoValue for F
where
    F: Fn() -> T + 'static,
    T: IntoValue,
{
    fn into_value(self) -> Value {
        Value::Dynamic(Box::new(self))
    }
}
