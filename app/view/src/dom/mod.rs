//! The browser's half: a view is a tree of what shall be there.

mod list;
mod place;

use crate::Run;
use crate::attribute::{IntoValue, Property, Value};
use crate::content::{Content, Draw};
use crate::event::Name;
use leptos::prelude::{RenderEffect, on_cleanup};
pub use list::keyed;
pub(crate) use place::wake;
use send_wrapper::SendWrapper;
use std::any::Any;
use std::marker::PhantomData;
use wasm_bindgen::JsCast;

/// A piece of a page.
#[derive(Default)]
pub struct View(Node);

#[derive(Default)]
enum Node {
    #[default]
    Nothing,
    Text(String),
    Element(Element),
    Several(Vec<Node>),
    Dynamic(Box<dyn Draw>),
    List(list::Each),
}

impl View {
    pub(crate) fn text(text: &str) -> Self {
        Self(if text.is_empty() { Node::Nothing } else { Node::Text(text.to_owned()) })
    }

    pub(crate) fn element(element: Element) -> Self {
        Self(Node::Element(element))
    }

    pub(crate) fn dynamic(draw: Box<dyn Draw>) -> Self {
        Self(Node::Dynamic(draw))
    }

    /// Documents are the server's.
    #[must_use]
    pub fn doctype() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn child(mut self, content: impl Content) -> Self {
        self.push(content.into_content());
        self
    }

    fn push(&mut self, view: Self) {
        let mut all = match std::mem::take(&mut self.0) {
            Node::Nothing => {
                self.0 = view.0;
                return;
            }
            Node::Several(all) => all,
            one => vec![one],
        };
        push(&mut all, view.0);
        self.0 = Node::Several(all);
    }
}

/// Neighbouring texts are one node in the page that the server drew.
fn push(all: &mut Vec<Node>, node: Node) {
    match (all.last_mut(), node) {
        (_, Node::Nothing) => {}
        (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
        (_, Node::Several(nodes)) => nodes.into_iter().for_each(|node| push(all, node)),
        (_, node) => all.push(node),
    }
}

/// An element that is being described.
pub struct Element(Box<Parts>);

struct Parts {
    tag: &'static str,
    attributes: Vec<(&'static str, Value)>,
    properties: Vec<(Property, Value)>,
    handlers: Vec<(&'static str, Box<dyn Handle>)>,
    inside: Inside,
}

/// What hears an event.
trait Handle {
    fn handle(&mut self, event: &web_sys::Event);
}

struct Handler<E, F>(F, PhantomData<fn(E)>);

impl<E: JsCast, F: FnMut(E)> Handle for Handler<E, F> {
    fn handle(&mut self, event: &web_sys::Event) {
        (self.0)(event.clone().unchecked_into());
    }
}

enum Inside {
    /// Not ours: editors and terminals live in elements without children.
    Free,
    Nodes(Vec<Node>),
    Html(String),
}

impl Element {
    #[must_use]
    pub fn new(tag: &'static str) -> Self {
        Self(Box::new(Parts {
            tag,
            attributes: Vec::new(),
            properties: Vec::new(),
            handlers: Vec::new(),
            inside: Inside::Free,
        }))
    }

    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl IntoValue) -> Self {
        self.0.attributes.push((name, value.into_value()));
        self
    }

    #[must_use]
    pub fn property(mut self, property: Property, value: impl IntoValue) -> Self {
        self.0.properties.push((property, value.into_value()));
        self
    }

    #[must_use]
    pub fn on<E: JsCast + 'static>(mut self, name: Name<E>, handler: impl FnMut(E) + 'static) -> Self {
        self.0.handlers.push((name.name, Box::new(Handler(handler, PhantomData))));
        self
    }

    /// HTML as it is: never what people wrote.
    #[must_use]
    pub fn inner_html(mut self, html: impl AsRef<str>) -> Self {
        self.0.inside = Inside::Html(html.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn child(mut self, content: impl Content) -> Self {
        self.add(content.into_content().0);
        self
    }

    fn add(&mut self, node: Node) {
        if let Inside::Nodes(nodes) = &mut self.0.inside {
            push(nodes, node);
        } else {
            let mut nodes = Vec::new();
            push(&mut nodes, node);
            self.0.inside = Inside::Nodes(nodes);
        }
    }
}

/// Runs now and whenever a signal changes that it read, until the part that it belongs to is drawn anew.
fn effect(mut run: Box<dyn Run>) {
    keep(Box::new(RenderEffect::new(move |_: Option<()>| run.run())));
}

/// Holds something for as long as the current part of the page stands.
fn keep(thing: Box<dyn Any>) {
    let thing = SendWrapper::new(thing);
    on_cleanup(move || drop(thing));
}
