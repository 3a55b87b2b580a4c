//! What may stand inside an element.

use crate::{Element, View};

pub trait Content {
    fn into_content(self) -> View;
}

/// A part that is drawn anew whenever a signal that it read changes. Elements that stay the same kind are kept, with
/// their focus and what was typed.
pub fn dynamic<T: Content>(draw: impl Fn() -> T + 'static) -> View {
    View::dynamic(Box::new(draw))
}

/// A function that draws.
pub(crate) trait Draw {
    fn draw(&self) -> View;
}

impl<F, T> Draw for F
where
    F: Fn() -> T,
    T: Content,
{
    fn draw(&self) -> View {
        self().into_content()
    }
}

impl Content for View {
    fn into_content(self) -> View {
        self
    }
}

impl Content for Element {
    fn into_content(self) -> View {
        View::element(self)
    }
}

impl Content for () {
    fn into_content(self) -> View {
        View::default()
    }
}

impl Content for &str {
    fn into_content(self) -> View {
        View::text(self)
    }
}

impl Content for String {
    fn into_content(self) -> View {
        View::text(&self)
    }
}

impl Content for &String {
    fn into_content(self) -> View {
        View::text(self)
    }
}

impl Content for usize {
    fn into_content(self) -> View {
        View::text(&self.to_string())
    }
}

impl<T: Content> Content for Option<T> {
    fn into_content(self) -> View {
        self.map_or_else(View::default, T::into_content)
    }
}

impl<T: Content> Content for Vec<T> {
    fn into_content(self) -> View {
        self.into_iter().collect_view()
    }
}

impl<T: Content, const N: usize> Content for [T; N] {
    fn into_content(self) -> View {
        self.into_iter().collect_view()
    }
}

impl<F, T> Content for F
where
    F: Fn() -> T + 'static,
    T: Content,
{
    fn into_content(self) -> View {
        dynamic(self)
    }
}

/// Several pieces one after another.
pub trait CollectView {
    fn collect_view(self) -> View;
}

impl<I> CollectView for I
where
    I: IntoIterator,
    I::Item: Content,
{
    fn collect_view(self) -> View {
        self.into_iter().fold(View::default(), View::child)
    }
}
