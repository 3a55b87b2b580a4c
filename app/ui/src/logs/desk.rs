//! What the log view does: takes messages, draws once per frame, follows, searches.

use super::buffer::{Buffer, Entry};
use super::level::Level;
use super::stream::{Heard, Stream, query_of, with_query};
use super::window::Window;
use crate::{Labels, browser};
use model::logs::{LogMessage, LogQuery};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use view::prelude::*;

/// Element of the lines.
pub(super) const BOX: &str = "log-lines";
pub(super) const MAX_HITS: usize = 10_000;

/// Signals of the view; they may be copied.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) query: RwSignal<LogQuery>,
    /// The view stays at the last line.
    pub(super) following: RwSignal<bool>,
    /// Lines that came while the view stood still.
    pub(super) waiting: RwSignal<usize>,
    pub(super) lines: RwSignal<usize>,
    pub(super) dropped: RwSignal<usize>,
    pub(super) counts: RwSignal<[usize; 4]>,
    pub(super) only: RwSignal<Option<Level>>,
    pub(super) needle: RwSignal<String>,
    pub(super) hits: RwSignal<Vec<(usize, usize)>>,
    pub(super) hit: RwSignal<usize>,
    pub(super) wrap: RwSignal<bool>,
    pub(super) times: RwSignal<bool>,
    /// Reason of the end, when it ended.
    pub(super) ended: RwSignal<Option<String>>,
    pub(super) lost: RwSignal<bool>,
    engine: StoredValue<Option<Engine>, LocalStorage>,
}

/// What lives outside of signals.
#[derive(Clone)]
struct Engine {
    buffer: Rc<RefCell<Buffer>>,
    window: Rc<RefCell<Window>>,
    stream: Stream,
    /// A drawing is planned for the next frame.
    planned: Rc<Cell<bool>>,
    address: Rc<str>,
}

impl Desk {
    pub(super) fn new(query: LogQuery) -> Self {
        Self {
            query: RwSignal::new(query),
            following: RwSignal::new(true),
            waiting: RwSignal::new(0),
            lines: RwSignal::new(0),
            dropped: RwSignal::new(0),
            counts: RwSignal::new([0; 4]),
            only: RwSignal::new(None),
            needle: RwSignal::new(String::new()),
            hits: RwSignal::new(Vec::new()),
            hit: RwSignal::new(0),
            wrap: RwSignal::new(true),
            times: RwSignal::new(true),
            ended: RwSignal::new(None),
            lost: RwSignal::new(false),
            engine: StoredValue::new_local(None),
        }
    }

    pub(super) fn wake(self, address: &str, labels: &Labels) {
        let Some(root) = browser::by_id(BOX) else { return };
        let texts = labels.clone();
        let stream = Stream::new(move |heard| self.hear(heard, &texts));
        self.engine.set_value(Some(Engine {
            buffer: Rc::default(),
            window: Rc::new(RefCell::new(Window::new(root))),
            stream,
            planned: Rc::default(),
            address: address.into(),
        }));
        self.connect();
        browser::listen_window("resize", move |_| self.draw_soon());
        browser::listen_keys(move |event| match event.key().as_str() {
            "f" => self.follow(),
            "w" => {
                self.wrap.update(|wrap| *wrap = !*wrap);
                self.draw_soon();
            }
            "n" => self.step_hit(1),
            "N" | "p" => self.step_hit(-1),
            _ => {}
        });
    }

    fn engine(self) -> Option<Engine> {
        self.engine.with_value(Clone::clone)
    }

    fn connect(self) {
        let Some(engine) = self.engine() else { return };
        self.ended.set(None);
        let query = self.query.with_untracked(query_of);
        engine.stream.open(&with_query(&engine.address, &query));
    }

    /// Asks for another part of the log.
    pub(super) fn ask(self, change: impl FnOnce(&mut LogQuery)) {
        self.query.update(change);
        self.connect();
    }

    fn reset(self) {
        let Some(engine) = self.engine() else { return };
        engine.buffer.borrow_mut().clear();
        engine.window.borrow_mut().clear();
        self.waiting.set(0);
        self.following.set(true);
    }

    fn hear(self, heard: Heard, labels: &Labels) {
        let Some(engine) = self.engine() else { return };
        match heard {
            // The server starts with the last lines again, so nothing stands twice.
            Heard::Opened => {
                self.lost.set(false);
                self.reset();
            }
            Heard::Lost => self.lost.set(true),
            Heard::Message(message) => self.take(&engine, message, labels),
        }
        self.draw_soon();
    }

    fn take(self, engine: &Engine, message: LogMessage, labels: &Labels) {
        let mut buffer = engine.buffer.borrow_mut();
        let mut mark = |text: String, error: bool| buffer.push(Entry::Mark { text, error });
        match message {
            LogMessage::Skipped { lines } => {
                mark(labels.fill("ui-log-skipped", &[("n", &lines.to_string())]), false);
            }
            LogMessage::Mark { text } => mark(text, false),
            LogMessage::Resumed { gap: true } => mark(labels.get("ui-log-gap"), false),
            LogMessage::Resumed { gap: false } => mark(labels.get("ui-log-resumed"), false),
            LogMessage::Ended { reason, error } => {
                mark(reason.clone(), error);
                self.ended.set(Some(reason));
            }
            LogMessage::Lines { lines } => {
                if !self.following.get_untracked() {
                    let n = lines.len();
                    self.waiting.update(|waiting| *waiting += n);
                }
                for line in lines {
                    buffer.push_line(line);
                }
            }
        }
    }

    /// Draws once per frame, however many messages came.
    pub(super) fn draw_soon(self) {
        let Some(engine) = self.engine() else { return };
        if !engine.planned.replace(true) {
            request_animation_frame(move || {
                engine.planned.set(false);
                self.draw(&engine);
            });
        }
    }

    fn draw(self, engine: &Engine) {
        let mut buffer = engine.buffer.borrow_mut();
        let mut window = engine.window.borrow_mut();
        let dropped = buffer.shrink();
        window.drop_first(dropped);
        window.update(&buffer);
        if self.following.get_untracked() {
            window.to_end();
            // The end may be another chunk than the one that was in view.
            window.update(&buffer);
            window.to_end();
        }
        self.lines.set(buffer.len());
        self.dropped.set(buffer.dropped);
        self.counts.set(Level::ALL.map(|level| buffer.count(level)));
        let needle = window.highlight.needle.clone();
        if !needle.is_empty() && self.hits.with_untracked(|hits| hits.len() < MAX_HITS) {
            let hits = buffer.find(&needle, MAX_HITS);
            if self.hits.with_untracked(|old| old.len() != hits.len()) {
                self.hits.set(hits);
            }
        }
    }

    pub(super) fn scrolled(self) {
        let Some(engine) = self.engine() else { return };
        let Ok(window) = engine.window.try_borrow() else { return };
        let at_end = window.at_end();
        drop(window);
        // Going from hit to hit must not end in following, only because the last hit is near the end.
        let searching = self.needle.with_untracked(|needle| !needle.is_empty());
        if at_end != self.following.get_untracked() && !(at_end && searching) {
            if at_end {
                self.waiting.set(0);
            }
            self.following.set(at_end);
        }
        self.draw_soon();
    }

    pub(super) fn follow(self) {
        self.following.set(true);
        self.waiting.set(0);
        self.draw_soon();
    }

    pub(super) fn pause(self) {
        self.following.set(false);
    }

    pub(super) fn search(self, text: &str) {
        let Some(engine) = self.engine() else { return };
        self.needle.set(text.to_owned());
        let hits = engine.buffer.borrow().find(text, MAX_HITS);
        let last = hits.len().saturating_sub(1);
        self.hits.set(hits);
        self.hit.set(last);
        engine.window.borrow_mut().highlight.needle = text.to_lowercase();
        self.show_hit(&engine);
    }

    pub(super) fn step_hit(self, by: isize) {
        let n = self.hits.with_untracked(Vec::len);
        let Some(engine) = self.engine() else { return };
        if n == 0 {
            return;
        }
        let at = self.hit.get_untracked();
        let next = match by {
            1 if at + 1 >= n => 0,
            -1 if at == 0 => n - 1,
            by => at.saturating_add_signed(by),
        };
        self.hit.set(next);
        self.following.set(false);
        self.show_hit(&engine);
    }

    fn show_hit(self, engine: &Engine) {
        let current = self.hits.with_untracked(|hits| hits.get(self.hit.get_untracked()).copied());
        let buffer = engine.buffer.borrow();
        let mut window = engine.window.borrow_mut();
        window.highlight.current = current;
        window.redraw(&buffer);
        if let Some((number, _)) = current {
            window.show(&buffer, number);
        }
    }
}
