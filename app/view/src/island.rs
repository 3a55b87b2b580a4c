//! Where views and leptos' islands meet.

use crate::View;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types;
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// The body of an island: what its function gives to leptos.
pub struct Island(Inner);

#[cfg(not(target_arch = "wasm32"))]
type Inner = View;
// Handlers belong to the one thread of the browser; leptos asks for more than it needs there.
#[cfg(target_arch = "wasm32")]
type Inner = send_wrapper::SendWrapper<View>;

impl From<View> for Island {
    fn from(view: View) -> Self {
        #[cfg(target_arch = "wasm32")]
        let view = Inner::new(view);
        Self(view)
    }
}

/// Draws a page in an owner that ends here: what islands keep for the browser's one thread must not be dropped on another.
#[cfg(not(target_arch = "wasm32"))]
pub fn draw(page: impl FnOnce() -> View) -> Island {
    let owner = leptos::prelude::Owner::new();
    let view = owner.with(page);
    owner.cleanup();
    Island(view)
}

/// An island inside a page.
#[cfg(not(target_arch = "wasm32"))]
pub fn island(island: impl leptos::IntoView) -> View {
    View::raw(island.into_view().to_html())
}

/// Islands stand in pages, not in each other: in the browser there is no page to put one into.
#[cfg(target_arch = "wasm32")]
pub fn island(_island: impl leptos::IntoView) -> View {
    View::default()
}

/// Leptos keeps nothing of an island: it lives as long as its page.
pub struct Forever;

impl Mountable for Forever {
    fn unmount(&mut self) {}
    fn mount(&mut self, _parent: &types::Element, _marker: Option<&types::Node>) {}
    fn insert_before_this(&self, _child: &mut dyn Mountable) -> bool {
        false
    }
    fn elements(&self) -> Vec<types::Element> {
        Vec::new()
    }
}

impl Render for Island {
    type State = Forever;

    fn build(self) -> Forever {
        Forever
    }

    fn rebuild(self, _state: &mut Forever) {}
}

impl AddAnyAttr for Island {
    type Output<T: Attribute> = Self;

    fn add_any_attr<T: Attribute>(self, _attribute: T) -> Self
    where
        Self: RenderHtml,
    {
        self
    }
}

impl RenderHtml for Island {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        buf.push_str(&self.0.into_html());
        *position = Position::NextChild;
    }

    #[cfg(target_arch = "wasm32")]
    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    #[cfg(not(target_arch = "wasm32"))]
    fn hydrate<const FROM_SERVER: bool>(self, _cursor: &Cursor, _position: &PositionState) -> Forever {
        Forever
    }

    #[cfg(target_arch = "wasm32")]
    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, _position: &PositionState) -> Forever {
        crate::dom::wake(self.0.take(), &cursor.current());
        Forever
    }

    fn into_owned(self) -> Self {
        self
    }
}
