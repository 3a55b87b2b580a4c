//! What pages and islands are drawn with: elements with leptos' signals inside, in the notation of its `view!`.
//!
//! One type, [`View`], stands for every piece of a page. On the server it is HTML; in the browser it is a tree that is
//! laid over the HTML which the server drew, and that keeps it true while signals change. Leptos' own views are a type
//! per shape of a tree: with the many shapes of a console they made most of the wasm, which every page has to load.

mod attribute;
mod content;
#[cfg(target_arch = "wasm32")]
mod dom;
pub mod event;
#[cfg(not(target_arch = "wasm32"))]
mod html;
mod island;
mod signal;

pub use attribute::{Ask, IntoValue, Property, Value};
pub use content::{CollectView, Content, dynamic};
#[cfg(target_arch = "wasm32")]
pub use dom::{Element, View, keyed};
#[cfg(not(target_arch = "wasm32"))]
pub use html::{Element, View, keyed};
#[cfg(not(target_arch = "wasm32"))]
pub use island::draw;
pub use island::{Island, island};
pub use signal::{Memo, RwSignal};
pub use view_macros::view;

// `view!` names it.
#[doc(hidden)]
pub use leptos;

/// Runs in the browser, once the page is there and whenever a signal changes that it read. Leptos' effect, compiled once
/// for all.
pub fn watch(run: impl FnMut() + 'static) {
    fn start(mut run: Box<dyn Run>) {
        leptos::prelude::Effect::new(move || run.run());
    }
    start(Box::new(run));
}

/// Something to do again and again. Not `dyn FnMut`: its table holds the body two times more.
trait Run {
    fn run(&mut self);
}

impl<F: FnMut()> Run for F {
    fn run(&mut self) {
        self();
    }
}

/// Everything that a file with views needs.
pub mod prelude {
    pub use crate::{CollectView, Content, Element, Island, Memo, RwSignal, View, dynamic, keyed, view, watch};
    // What `#[island]` writes needs the two traits.
    pub use leptos::IntoView;
    pub use leptos::island;
    pub use leptos::prelude::{
        GetValue, LocalStorage, Owner, SetValue, StoredValue, UpdateValue, WithValue, request_animation_frame,
        set_interval, set_timeout,
    };
    pub use leptos::tachys::view::RenderHtml as _;
}
