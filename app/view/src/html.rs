//! The server's half: a view is HTML from the start, functions are asked once.

use crate::attribute::{IntoValue, Property};
use crate::content::{Content, Draw};
use crate::event::Name;

/// A piece of a page.
#[derive(Clone, Debug, Default)]
pub struct View {
    html: String,
}

impl View {
    pub(crate) fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        escape(text, &mut html);
        Self { html }
    }

    pub(crate) fn element(element: Element) -> Self {
        Self { html: element.finish() }
    }

    /// Its borders are marked, so that the browser finds it again.
    pub(crate) fn dynamic(draw: Box<dyn Draw>) -> Self {
        Self { html: format!("<!--[-->{}<!--]-->", draw.draw().html) }
    }

    /// The first line of a document.
    #[must_use]
    pub fn doctype() -> Self {
        Self { html: "<!DOCTYPE html>".to_owned() }
    }

    #[must_use]
    pub(crate) fn raw(html: String) -> Self {
        Self { html }
    }

    #[must_use]
    pub fn child(mut self, content: impl Content) -> Self {
        let next = content.into_content().html;
        if self.html.is_empty() {
            self.html = next;
        } else {
            self.html.push_str(&next);
        }
        self
    }

    /// The page's text.
    #[must_use]
    pub fn into_html(self) -> String {
        self.html
    }
}

/// One piece per thing of a list, kept while its key stays. Each piece is exactly one element.
pub fn keyed<T, K: ToString>(
    each: impl Fn() -> Vec<T> + 'static,
    _key: impl Fn(&T) -> K + 'static,
    draw: impl Fn(T) -> View + 'static,
) -> View {
    let mut out = View::raw("<!--[-->".to_owned());
    for one in each() {
        out.html.push_str(&draw(one).html);
    }
    out.html.push_str("<!--]-->");
    out
}

/// An element that is being written.
pub struct Element {
    tag: &'static str,
    html: String,
    /// What a text area begins with.
    text: String,
    content: String,
}

impl Element {
    #[must_use]
    pub fn new(tag: &'static str) -> Self {
        Self { tag, html: format!("<{tag}"), text: String::new(), content: String::new() }
    }

    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl IntoValue) -> Self {
        if let Some(value) = value.into_value().now() {
            self.html.push(' ');
            self.html.push_str(name);
            if !value.is_empty() {
                self.html.push_str("=\"");
                escape_attribute(&value, &mut self.html);
                self.html.push('"');
            }
        }
        self
    }

    #[must_use]
    pub fn property(mut self, property: Property, value: impl IntoValue) -> Self {
        match property {
            Property::Value if self.tag == "textarea" => {
                self.text = value.into_value().now().unwrap_or_default().into_owned();
                self
            }
            // A select shows the option that is marked so.
            Property::Value if self.tag == "input" => self.attribute("value", value),
            Property::Checked => self.attribute("checked", value),
            Property::Value | Property::Indeterminate => self,
        }
    }

    /// Handlers are the browser's.
    #[must_use]
    pub fn on<E: 'static>(self, _name: Name<E>, _handler: impl FnMut(E) + 'static) -> Self {
        self
    }

    /// HTML as it is: never what people wrote.
    #[must_use]
    pub fn inner_html(mut self, html: impl AsRef<str>) -> Self {
        self.content.push_str(html.as_ref());
        self
    }

    #[must_use]
    pub fn child(mut self, content: impl Content) -> Self {
        let next = content.into_content().html;
        if self.content.is_empty() {
            self.content = next;
        } else {
            self.content.push_str(&next);
        }
        self
    }

    fn finish(mut self) -> String {
        self.html.push('>');
        if VOID.contains(&self.tag) {
            return self.html;
        }
        if !self.text.is_empty() {
            // A line break at the beginning would be eaten.
            if self.text.starts_with('\n') {
                self.html.push('\n');
            }
            escape(&self.text, &mut self.html);
        }
        self.html.push_str(&self.content);
        self.html.push_str("</");
        self.html.push_str(self.tag);
        self.html.push('>');
        self.html
    }
}

/// Elements without an end.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

fn escape(text: &str, out: &mut String) {
    for part in text.split_inclusive(['&', '<', '>']) {
        let (head, last) = part.split_at(part.len() - usize::from(part.ends_with(['&', '<', '>'])));
        out.push_str(head);
        out.push_str(match last {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            _ => "",
        });
    }
}

fn escape_attribute(text: &str, out: &mut String) {
    for part in text.split_inclusive(['&', '"']) {
        let (head, last) = part.split_at(part.len() - usize::from(part.ends_with(['&', '"'])));
        out.push_str(head);
        out.push_str(match last {
            "&" => "&amp;",
            "\"" => "&quot;",
            _ => "",
        });
    }
}
