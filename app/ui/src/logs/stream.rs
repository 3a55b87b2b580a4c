//! The log's WebSocket.

use crate::browser;
use leptos::prelude::set_timeout;
use model::links::encode;
use model::logs::{LogMessage, LogQuery};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::WebSocket;

/// The query part of a log address.
pub(super) fn query_of(query: &LogQuery) -> String {
    let mut out = format!(
        "container={}&previous={}&follow={}&tail={}",
        encode(&query.container),
        query.previous,
        query.follow,
        query.tail
    );
    if let Some(seconds) = query.since_seconds {
        out.push_str(&format!("&since_seconds={seconds}"));
    }
    out
}

pub(super) fn with_query(address: &str, query: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{query}")
}

/// What the log view hears.
pub(super) enum Heard {
    Opened,
    Message(LogMessage),
    /// Gone without a word; it is tried again.
    Lost,
}

#[derive(Default)]
struct Inner {
    socket: Option<WebSocket>,
    /// Grows with each connection, so that a late event of an old one is not taken for the new.
    turn: u32,
    ended: bool,
    failures: u32,
}

#[derive(Clone)]
pub(super) struct Stream {
    inner: Rc<RefCell<Inner>>,
    hear: Rc<dyn Fn(Heard)>,
}

impl Stream {
    pub(super) fn new(hear: impl Fn(Heard) + 'static) -> Self {
        Self { inner: Rc::default(), hear: Rc::new(hear) }
    }

    /// Starts anew with this address.
    pub(super) fn open(&self, path: &str) {
        let turn = {
            let mut inner = self.inner.borrow_mut();
            if let Some(old) = inner.socket.take() {
                // Closing what is closed is no error.
                old.close().unwrap_or_default();
            }
            inner.turn += 1;
            inner.ended = false;
            inner.turn
        };
        let Ok(socket) = WebSocket::new(&browser::socket_address(path)) else { return self.retry(path, turn) };
        let this = self.clone();
        let open = Closure::<dyn FnMut()>::new(move || {
            if this.current(turn) {
                this.inner.borrow_mut().failures = 0;
                (this.hear)(Heard::Opened);
            }
        });
        let this = self.clone();
        let message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            let message = event.data().as_string().and_then(|text| model::wire::read::<LogMessage>(&text).ok());
            if let (true, Some(message)) = (this.current(turn), message) {
                if matches!(message, LogMessage::Ended { .. }) {
                    this.inner.borrow_mut().ended = true;
                }
                (this.hear)(Heard::Message(message));
            }
        });
        let (this, path) = (self.clone(), path.to_owned());
        let close = Closure::<dyn FnMut()>::new(move || {
            if this.current(turn) && !this.inner.borrow().ended {
                this.retry(&path, turn);
            }
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        open.forget();
        message.forget();
        close.forget();
        self.inner.borrow_mut().socket = Some(socket);
    }

    fn current(&self, turn: u32) -> bool {
        self.inner.borrow().turn == turn
    }

    fn retry(&self, path: &str, turn: u32) {
        let failures = {
            let mut inner = self.inner.borrow_mut();
            inner.failures += 1;
            inner.failures
        };
        if failures == 1 {
            (self.hear)(Heard::Lost);
        }
        let (this, path) = (self.clone(), path.to_owned());
        set_timeout(
            move || {
                if this.current(turn) {
                    this.open(&path);
                }
            },
            Duration::from_millis((1000_u64 << failures.min(5)).min(30_000)),
        );
    }
}
