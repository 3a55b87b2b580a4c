//! Draws only what can be seen: lines stand in chunks, and chunks far from the view are empty boxes of the same height.

use super::ansi::{self, Drawn};
use super::buffer::{Buffer, CHUNK, Entry, hits};
use crate::browser;
use std::fmt::Write as _;
use web_sys::{Element, HtmlElement};

/// What is highlighted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Highlight {
    /// In lower case.
    pub needle: String,
    /// Number and place of the hit that is looked at.
    pub current: Option<(usize, usize)>,
}

struct Chunk {
    box_: HtmlElement,
    /// Number of its first entry.
    first: usize,
    /// How many entries are drawn in it; `None` while it is an empty box.
    drawn: Option<usize>,
    height: f64,
}

/// The scrolling box.
pub(super) struct Window {
    root: HtmlElement,
    chunks: Vec<Chunk>,
    pub(super) highlight: Highlight,
}

const LINE_HEIGHT: f64 = 20.0;
/// Drawn above and below the view, in pixels.
const MARGIN: f64 = 1200.0;

impl Window {
    pub(super) fn new(root: HtmlElement) -> Self {
        Self { root, chunks: Vec::new(), highlight: Highlight::default() }
    }

    pub(super) fn clear(&mut self) {
        self.root.set_inner_html("");
        self.chunks.clear();
    }

    pub(super) fn drop_first(&mut self, chunks: usize) {
        for chunk in self.chunks.drain(..chunks.min(self.chunks.len())) {
            chunk.box_.remove();
        }
    }

    /// Whether the last line is in view.
    pub(super) fn at_end(&self) -> bool {
        let below = self.root.scroll_height() - self.root.scroll_top() - self.root.client_height();
        below < 40
    }

    pub(super) fn to_end(&self) {
        self.root.set_scroll_top(self.root.scroll_height());
    }

    /// Takes new entries and the place of the view.
    pub(super) fn update(&mut self, buffer: &Buffer) {
        while self.chunks.last().map_or(buffer.first(), |chunk| chunk.first + CHUNK) < buffer.end() {
            let first = self.chunks.last().map_or(buffer.first(), |chunk| chunk.first + CHUNK);
            let Some(box_) = new_box(&self.root) else { return };
            self.chunks.push(Chunk { box_, first, drawn: None, height: 0.0 });
        }
        let top = f64::from(self.root.scroll_top());
        let bottom = top + f64::from(self.root.client_height());
        let mut y = 0.0;
        for at in 0..self.chunks.len() {
            let chunk = &mut self.chunks[at];
            let n = buffer.end().saturating_sub(chunk.first).min(CHUNK);
            if chunk.drawn.is_none() {
                chunk.height = chunk.height.max(n as f64 * LINE_HEIGHT);
            } else {
                chunk.height = f64::from(chunk.box_.offset_height());
            }
            let near = y + chunk.height > top - MARGIN && y < bottom + MARGIN;
            y += chunk.height;
            match (near, chunk.drawn) {
                (true, None) => {
                    let html = html_of(buffer, chunk.first, chunk.first + n, &self.highlight);
                    chunk.box_.style().remove_property("height").unwrap_or_default();
                    chunk.box_.set_inner_html(&html);
                    chunk.drawn = Some(n);
                    chunk.height = f64::from(chunk.box_.offset_height());
                }
                (true, Some(drawn)) if drawn < n => {
                    let html = html_of(buffer, chunk.first + drawn, chunk.first + n, &self.highlight);
                    chunk.box_.insert_adjacent_html("beforeend", &html).unwrap_or_default();
                    chunk.drawn = Some(n);
                }
                (false, drawn) => {
                    let height = format!("{}px", chunk.height.round() as i64);
                    chunk.box_.style().set_property("height", &height).unwrap_or_default();
                    if drawn.is_some() {
                        chunk.box_.set_inner_html("");
                        chunk.drawn = None;
                    }
                }
                (true, Some(_)) => {}
            }
        }
    }

    /// Draws everything in view anew, after the search changed.
    pub(super) fn redraw(&mut self, buffer: &Buffer) {
        for chunk in &mut self.chunks {
            if let Some(n) = chunk.drawn {
                let html = html_of(buffer, chunk.first, chunk.first + n, &self.highlight);
                chunk.box_.set_inner_html(&html);
            }
        }
    }

    /// Brings a line into the middle of the view.
    pub(super) fn show(&mut self, buffer: &Buffer, number: usize) {
        let Some(chunk) = self.chunks.iter().find(|chunk| (chunk.first..chunk.first + CHUNK).contains(&number)) else {
            return;
        };
        if chunk.drawn.is_none() {
            self.root.set_scroll_top(chunk.box_.offset_top());
            self.update(buffer);
        }
        if let Some(line) = line_element(&self.root, number) {
            let middle = self.root.client_height() / 2;
            self.root.set_scroll_top(line.offset_top() - middle);
        }
    }
}

fn line_element(root: &Element, number: usize) -> Option<HtmlElement> {
    use wasm_bindgen::JsCast;
    root.query_selector(&format!("[data-n=\"{number}\"]")).ok().flatten()?.dyn_into().ok()
}

fn new_box(root: &HtmlElement) -> Option<HtmlElement> {
    use wasm_bindgen::JsCast;
    let element: HtmlElement = browser::document()?.create_element("div").ok()?.dyn_into().ok()?;
    root.append_child(&element).ok()?;
    Some(element)
}

fn html_of(buffer: &Buffer, from: usize, to: usize, highlight: &Highlight) -> String {
    let mut out = String::new();
    for number in from..to {
        if let Some(entry) = buffer.get(number) {
            line_html(&mut out, number, entry, highlight);
        }
    }
    out
}

/// One entry as HTML; every text of the log is escaped here.
pub(super) fn line_html(out: &mut String, number: usize, entry: &Entry, highlight: &Highlight) {
    match entry {
        Entry::Mark { text, error } => {
            let state = if *error { "err" } else { "warn" };
            _ = write!(out, "<div class=\"gap\" data-n=\"{number}\"><span class=\"text-{state}\">");
            escape(out, text);
            out.push_str("</span></div>");
        }
        Entry::Line { at, text, level } => {
            let (letter, word) = level.map_or(("", ""), |level| (level.letter(), level.word()));
            _ = write!(out, "<div data-l=\"{letter}\" data-n=\"{number}\"><span title=\"");
            escape(out, at);
            out.push_str("\">");
            escape(out, clock_of(at));
            _ = write!(out, "</span><span>{word}</span><span>");
            let drawn = ansi::draw(text);
            text_html(out, &drawn, number, highlight);
            if drawn.plain.is_empty() {
                out.push_str("&nbsp;");
            }
            out.push_str("</span></div>");
        }
    }
}

/// Time of day with milliseconds out of RFC 3339.
fn clock_of(at: &str) -> &str {
    at.get(11..23).or_else(|| at.get(11..19)).unwrap_or(at).trim_end_matches('Z')
}

/// Spans of colour, cut where a hit begins or ends.
fn text_html(out: &mut String, drawn: &Drawn, number: usize, highlight: &Highlight) {
    let length = highlight.needle.len();
    let marks: Vec<usize> = if length == 0 { Vec::new() } else { hits(&drawn.plain, &highlight.needle).collect() };
    for (start, end, style) in &drawn.spans {
        let attributes = style.attributes();
        if let Some(attributes) = &attributes {
            _ = write!(out, "<span{attributes}>");
        }
        let mut at = *start;
        for mark in &marks {
            let (from, to) = ((*mark).max(*start), (mark + length).min(*end));
            if from >= to || from < at {
                continue;
            }
            piece(out, &drawn.plain, at, from);
            let now = highlight.current == Some((number, *mark));
            out.push_str(if now { "<mark class=\"now\">" } else { "<mark>" });
            piece(out, &drawn.plain, from, to);
            out.push_str("</mark>");
            at = to;
        }
        piece(out, &drawn.plain, at, *end);
        if attributes.is_some() {
            out.push_str("</span>");
        }
    }
}

fn piece(out: &mut String, text: &str, from: usize, to: usize) {
    if let Some(piece) = text.get(from..to) {
        escape(out, piece);
    }
}

fn escape(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            char => out.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str, needle: &str, current: Option<(usize, usize)>) -> String {
        let entry = Entry::Line { at: "2026-03-12T14:31:49.204123456Z".into(), text: text.into(), level: None };
        let mut out = String::new();
        let highlight = Highlight { needle: needle.into(), current };
        line_html(&mut out, 7, &entry, &highlight);
        out
    }

    /// What a container prints is text, never markup.
    #[test]
    fn hostile_lines_stay_text() {
        let out = html("<img src=x onerror=alert(1)> & \"x\" \u{1b}[31m<script>\u{1b}[0m", "", None);
        assert!(!out.contains("<img") && !out.contains("<script"), "{out}");
        assert!(out.contains("&lt;img") && out.contains("<span class=\"g-fg1\">&lt;script&gt;</span>"));
        assert!(out.contains(">14:31:49.204<"));
    }

    #[test]
    fn hits_are_marked_across_colours() {
        let out = html("a k\u{1b}[31mey key", "key", Some((7, 6)));
        assert_eq!(out.matches("<mark").count(), 3, "{out}");
        assert_eq!(out.matches("<mark class=\"now\">key</mark>").count(), 1);
    }
}
