//! Laying a view over the page: what is there already is taken, what is missing is made.

use super::{Element, Inside, Node, Parts, View, effect, keep, list};
use crate::attribute::{Property, Value};
use crate::content::Draw;
use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::untrack;
use std::borrow::Cow;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The server drew the same view a moment ago: only functions and handlers are missing.
    Wake,
    /// Another view stood here before.
    Update,
}

/// Makes an island of the page interactive.
pub(crate) fn wake(view: View, island: &web_sys::Node) {
    place(view.0, &mut Place::inside(island), Mode::Wake);
}

/// Where the next node belongs: among the children of `parent`, up to `end`.
pub(super) struct Place {
    pub(super) parent: web_sys::Node,
    pub(super) next: Option<web_sys::Node>,
    end: Option<web_sys::Node>,
}

impl Place {
    fn inside(parent: &web_sys::Node) -> Self {
        Self { parent: parent.clone(), next: parent.first_child(), end: None }
    }

    /// `None` when the part is no longer in any page.
    pub(super) fn between(borders: &Borders) -> Option<Self> {
        let parent = borders.end.parent_node()?;
        Some(Self { parent, next: borders.start.next_sibling(), end: Some(borders.end.clone()) })
    }

    /// Right before the end of a part.
    pub(super) fn at_end(borders: &Borders) -> Option<Self> {
        let parent = borders.end.parent_node()?;
        Some(Self { parent, next: Some(borders.end.clone()), end: Some(borders.end.clone()) })
    }

    fn here(&self) -> Option<web_sys::Node> {
        self.next.clone().filter(|node| self.end.as_ref() != Some(node))
    }

    fn step(&mut self) {
        self.next = self.next.as_ref().and_then(web_sys::Node::next_sibling);
    }

    fn insert(&self, node: &web_sys::Node) {
        // The place is a child of this parent: nothing that the browser could refuse.
        drop(self.parent.insert_before(node, self.next.as_ref()));
    }

    pub(super) fn clear_rest(&mut self) {
        while let Some(node) = self.here() {
            self.step();
            drop(self.parent.remove_child(&node));
        }
    }
}

/// The comments around a part that changes as a whole.
pub(super) struct Borders {
    pub(super) start: web_sys::Node,
    pub(super) end: web_sys::Node,
}

const START: &str = "[";
const END: &str = "]";

fn is_comment(node: &web_sys::Node, text: &str) -> bool {
    node.node_type() == web_sys::Node::COMMENT_NODE && node.node_value().as_deref() == Some(text)
}

impl Borders {
    /// Takes those that stand here, or makes some; the place is behind them afterwards.
    pub(super) fn take(place: &mut Place) -> Self {
        let borders = Self::find(place).unwrap_or_else(|| {
            let comment = |text| document().create_comment(text).into();
            let (start, end) = (comment(START), comment(END));
            place.insert(&start);
            place.insert(&end);
            Self { start, end }
        });
        place.next = borders.end.next_sibling();
        borders
    }

    fn find(place: &Place) -> Option<Self> {
        let start = place.here().filter(|node| is_comment(node, START))?;
        let mut open = 0_usize;
        let mut node = start.next_sibling();
        while let Some(at) = node {
            if is_comment(&at, START) {
                open += 1;
            } else if is_comment(&at, END) {
                if open == 0 {
                    return Some(Self { start, end: at });
                }
                open -= 1;
            }
            node = at.next_sibling();
        }
        None
    }
}

fn document() -> web_sys::Document {
    web_sys::window().and_then(|window| window.document()).expect("a page")
}

pub(super) fn place(node: Node, at: &mut Place, mode: Mode) {
    match node {
        Node::Nothing => {}
        Node::Text(text) => place_text(&text, at, mode),
        Node::Element(element) => place_element(element, at, mode),
        Node::Several(nodes) => nodes.into_iter().for_each(|node| place(node, at, mode)),
        Node::Dynamic(draw) => place_dynamic(draw, at, mode),
        Node::List(each) => list::place_list(each, at, mode),
    }
}

fn place_text(text: &str, at: &mut Place, mode: Mode) {
    match at.here().filter(|node| node.node_type() == web_sys::Node::TEXT_NODE) {
        Some(node) => {
            if mode == Mode::Update && node.node_value().as_deref() != Some(text) {
                node.set_node_value(Some(text));
            }
            at.step();
        }
        None => at.insert(&document().create_text_node(text)),
    }
}

fn place_dynamic(draw: Box<dyn Draw>, at: &mut Place, mode: Mode) {
    let borders = Borders::take(at);
    let mut mode = mode;
    effect(Box::new(move || {
        let view = draw.draw();
        let Some(mut inside) = Place::between(&borders) else { return };
        untrack(|| place(view.0, &mut inside, mode));
        inside.clear_rest();
        mode = Mode::Update;
    }));
}

fn place_element(element: Element, at: &mut Place, mode: Mode) {
    let Parts { tag, attributes, properties, handlers, inside } = *element.0;
    let there =
        at.here().and_then(|node| node.dyn_into::<web_sys::Element>().ok()).filter(|node| node.local_name() == tag);
    let is_new = there.is_none();
    let node = there.unwrap_or_else(|| create(tag));
    // What the server drew is as this view says; only what it could not know is to be done.
    let drawn = !is_new && mode == Mode::Wake;
    if is_new {
        at.insert(&node);
    } else {
        at.step();
        if mode == Mode::Update {
            remove_others(&node, &attributes);
        }
    }
    let listens = handlers.iter().any(|(name, _)| matches!(*name, "input" | "change"));
    for (name, value) in attributes {
        place_attribute(&node, name, value, drawn);
    }
    for (name, mut handler) in handlers {
        let options = EventListenerOptions::enable_prevent_default();
        keep(Box::new(EventListener::new_with_options(&node, name, options, move |event| handler.handle(event))));
    }
    match inside {
        Inside::Free => {}
        // Where scripts run, the browser reads it as text.
        Inside::Nodes(_) if tag == "noscript" => {}
        Inside::Html(html) => {
            if !drawn && node.inner_html() != html {
                node.set_inner_html(&html);
            }
        }
        Inside::Nodes(nodes) => {
            let mut place_inside = Place::inside(&node);
            for inner in nodes {
                place(inner, &mut place_inside, mode);
            }
            if mode == Mode::Update {
                place_inside.clear_rest();
            }
        }
    }
    for (property, value) in properties {
        place_property(&node, property, value, drawn);
    }
    if drawn && listens {
        hear_what_was_typed(&node);
    }
}

fn create(tag: &str) -> web_sys::Element {
    let made = match tag {
        "svg" | "use" | "path" | "circle" | "rect" | "line" | "g" => {
            document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag)
        }
        _ => document().create_element(tag),
    };
    made.expect("a tag's name")
}

/// Attributes of the view that stood here before. Whether details are open is up to people.
fn remove_others(node: &web_sys::Element, wanted: &[(&'static str, Value)]) {
    for name in node.get_attribute_names() {
        if let Some(name) = name.as_string()
            && name != "open"
            && !wanted.iter().any(|(wanted, _)| *wanted == name)
        {
            drop(node.remove_attribute(&name));
        }
    }
}

/// Sets a value now, unless the page has it already, and whenever it changes.
fn follow(value: Value, drawn: bool, set: Box<dyn Fn(Option<Cow<'static, str>>)>) {
    match value {
        Value::Dynamic(value) => {
            let mut drawn = drawn;
            effect(Box::new(move || {
                let now = value.ask().now();
                if !std::mem::take(&mut drawn) {
                    set(now);
                }
            }));
        }
        value if !drawn => set(value.now()),
        _ => {}
    }
}

fn place_attribute(node: &web_sys::Element, name: &'static str, value: Value, drawn: bool) {
    let node = node.clone();
    follow(value, drawn, Box::new(move |now| set_attribute(&node, name, now)));
}

fn set_attribute(node: &web_sys::Element, name: &str, value: Option<Cow<'static, str>>) {
    // Names of attributes come from the program: nothing that the browser could refuse.
    match value {
        Some(value) if node.get_attribute(name).as_deref() != Some(&*value) => drop(node.set_attribute(name, &value)),
        None => drop(node.remove_attribute(name)),
        Some(_) => {}
    }
}

fn place_property(node: &web_sys::Element, property: Property, value: Value, drawn: bool) {
    // The server can mark an option, but neither choose one nor be undecided.
    let drawn = drawn && property != Property::Indeterminate && !node.has_type::<HtmlSelectElement>();
    let node = node.clone();
    follow(value, drawn, Box::new(move |now| set_property(&node, property, now)));
}

fn set_property(node: &web_sys::Element, property: Property, value: Option<Cow<'static, str>>) {
    let text = value.as_deref().unwrap_or_default();
    if let Some(input) = node.dyn_ref::<HtmlInputElement>() {
        match property {
            // The caret would jump to the end.
            Property::Value if input.value() == text => {}
            Property::Value => input.set_value(text),
            Property::Checked => input.set_checked(value.is_some()),
            Property::Indeterminate => input.set_indeterminate(value.is_some()),
        }
    } else if let Some(area) = node.dyn_ref::<HtmlTextAreaElement>() {
        if area.value() != text {
            area.set_value(text);
        }
    } else if let Some(select) = node.dyn_ref::<HtmlSelectElement>() {
        select.set_value(text);
    }
}

/// Who types before the page is awake is heard then.
fn hear_what_was_typed(node: &web_sys::Element) {
    let event = if let Some(input) = node.dyn_ref::<HtmlInputElement>() {
        if input.checked() != input.default_checked() {
            "change"
        } else if input.type_() != "file" && input.value() != input.default_value() {
            "input"
        } else {
            return;
        }
    } else if let Some(area) = node.dyn_ref::<HtmlTextAreaElement>()
        && area.default_value().is_ok_and(|first| area.value() != first)
    {
        "input"
    } else {
        return;
    };
    let node = node.clone();
    let tell = move || {
        if let Ok(event) = web_sys::Event::new(event) {
            drop(node.dispatch_event(&event));
        }
    };
    leptos::prelude::set_timeout(tell, std::time::Duration::ZERO);
}
