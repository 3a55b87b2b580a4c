//! Socket, subscriptions, back-off.

use crate::actions::ask_sign_in;
use crate::browser;
use crate::time::now;
use leptos::prelude::set_timeout;
use model::live::{LiveMessage, LiveRequest};
use model::table::{Freshness, Query, TableSource};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::WebSocket;

/// How the page is connected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Link {
    Connecting,
    Live,
    /// The tab is in the background.
    Paused,
    /// Lost since (epoch milliseconds), trying again.
    Lost(i64),
    /// Over, with the reason.
    Ended(String),
}

/// What a subscription hears.
pub(crate) enum Event {
    Message(LiveMessage),
}

/// A table as the hub knows it.
struct Subscription {
    id: u32,
    source: TableSource,
    query: Query,
    listener: Rc<dyn Listener>,
    freshness: Freshness,
}

trait Listener {
    /// Key and version of the rows that are shown now.
    fn have(&self) -> Vec<(String, String)>;
    fn hear(&self, event: Event);
}

struct Functions<H, E> {
    have: H,
    hear: E,
}

impl<H: Fn() -> Vec<(String, String)>, E: Fn(Event)> Listener for Functions<H, E> {
    fn have(&self) -> Vec<(String, String)> {
        (self.have)()
    }

    fn hear(&self, event: Event) {
        (self.hear)(event);
    }
}

/// Hears how the page is connected.
type Watcher = Rc<dyn Fn(&Link, &Freshness)>;

#[derive(Default)]
struct Hub {
    socket: Option<WebSocket>,
    subscriptions: Vec<Subscription>,
    watchers: Vec<Watcher>,
    link: Option<Link>,
    /// When the last message came; two missed pings mean that the connection is dead.
    heard: i64,
    failures: u32,
    lost_since: i64,
    started: bool,
    paused: bool,
    retry_planned: bool,
}

thread_local! {
    static HUB: RefCell<Hub> = RefCell::default();
}

/// The server sends a ping every 20 s.
const SILENCE_MS: i64 = 45_000;
/// A hidden tab goes on for a minute: people switch windows all the time.
const HIDDEN_MS: u64 = 60_000;

fn with<T>(run: impl FnOnce(&mut Hub) -> T) -> T {
    HUB.with(|hub| run(&mut hub.borrow_mut()))
}

/// Joins a table to the page's socket. `freshness` is that of the rows which the page was drawn with.
pub(crate) fn subscribe(
    source: TableSource,
    query: Query,
    freshness: Freshness,
    have: impl Fn() -> Vec<(String, String)> + 'static,
    hear: impl Fn(Event) + 'static,
) {
    let first = with(|hub| {
        let id = u32::try_from(hub.subscriptions.len()).unwrap_or(u32::MAX) + 1;
        hub.subscriptions.push(Subscription {
            id,
            source,
            query,
            listener: Rc::new(Functions { have, hear }),
            freshness,
        });
        !std::mem::replace(&mut hub.started, true)
    });
    if first {
        start();
    } else {
        send_last_subscription();
    }
}

/// Hears how the page is connected, now and with every change.
pub(crate) fn watch_link(watch: impl Fn(&Link, &Freshness) + 'static) {
    let watch: Watcher = Rc::new(watch);
    let (link, freshness) = with(|hub| {
        hub.watchers.push(Rc::clone(&watch));
        (hub.link.clone(), worst(hub))
    });
    if let Some(link) = link {
        watch(&link, &freshness);
    }
}

/// Tries at once, for instance after signing in again.
pub(crate) fn reconnect() {
    if with(|hub| hub.started && !matches!(hub.link, Some(Link::Live | Link::Paused))) {
        with(|hub| hub.failures = 0);
        connect();
    }
}

/// The worst freshness of all tables of the page.
fn worst(hub: &Hub) -> Freshness {
    let mut out = Freshness::Live;
    for subscription in &hub.subscriptions {
        match &subscription.freshness {
            Freshness::Stale { .. } => return subscription.freshness.clone(),
            Freshness::Loading => out = Freshness::Loading,
            Freshness::Live => {}
        }
    }
    out
}

/// What the page is about has ended, though its connection lives.
pub(crate) fn end(reason: &str) {
    set_link(Link::Ended(reason.to_owned()));
}

fn set_link(link: Link) {
    let (watchers, freshness) = with(|hub| {
        hub.link = Some(link.clone());
        (hub.watchers.clone(), worst(hub))
    });
    for watch in watchers {
        watch(&link, &freshness);
    }
}

fn start() {
    connect();
    browser::listen_document("visibilitychange", |_| {
        if browser::hidden() {
            set_timeout(pause_if_hidden, Duration::from_millis(HIDDEN_MS));
        } else {
            resume();
        }
    });
    browser::listen_window("online", |_| reconnect());
    leptos::prelude::set_interval(
        || {
            let dead = with(|hub| {
                let silent = now() - hub.heard > SILENCE_MS;
                let open = matches!(hub.link, Some(Link::Live | Link::Paused));
                (open && silent).then(|| hub.socket.take()).flatten()
            });
            // A connection can be dead without ever closing: silence decides.
            if let Some(socket) = dead {
                forget(&socket);
                lost();
            }
        },
        Duration::from_secs(5),
    );
}

fn pause_if_hidden() {
    if browser::hidden() && with(|hub| !std::mem::replace(&mut hub.paused, true)) {
        send(&LiveRequest::Pause);
        if with(|hub| matches!(hub.link, Some(Link::Live))) {
            set_link(Link::Paused);
        }
    }
}

fn resume() {
    if with(|hub| std::mem::replace(&mut hub.paused, false)) {
        if with(|hub| hub.socket.is_some()) {
            send(&LiveRequest::Resume);
            set_link(Link::Live);
        } else {
            reconnect();
        }
    }
}

fn forget(socket: &WebSocket) {
    socket.set_onopen(None);
    socket.set_onmessage(None);
    socket.set_onclose(None);
    // Closing a socket that is already closed is no error.
    socket.close().unwrap_or_default();
}

fn connect() {
    if let Some(old) = with(|hub| hub.socket.take()) {
        forget(&old);
    }
    if with(|hub| hub.link.is_none()) {
        set_link(Link::Connecting);
    }
    let Ok(socket) = WebSocket::new(&browser::socket_address("/live")) else { return lost() };
    let open = Closure::<dyn FnMut()>::new(|| {
        with(|hub| {
            hub.heard = now();
            hub.failures = 0;
            hub.lost_since = 0;
        });
        let count = with(|hub| hub.subscriptions.len());
        for at in 0..count {
            send_subscription(at);
        }
        if with(|hub| hub.paused) {
            send(&LiveRequest::Pause);
        } else {
            set_link(Link::Live);
        }
    });
    let message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(|event: web_sys::MessageEvent| {
        with(|hub| hub.heard = now());
        if let Some(message) = event.data().as_string().and_then(|text| model::wire::read::<LiveMessage>(&text).ok()) {
            deliver(message);
        }
    });
    let close = Closure::<dyn FnMut()>::new(|| {
        with(|hub| hub.socket = None);
        lost();
    });
    socket.set_onopen(Some(open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(close.as_ref().unchecked_ref()));
    open.forget();
    message.forget();
    close.forget();
    with(|hub| hub.socket = Some(socket));
}

/// 1 s, 2 s, 4 s … 30 s, with some spread so that a restarted server does not meet all pages at once.
fn lost() {
    if with(|hub| matches!(hub.link, Some(Link::Ended(_)))) {
        return;
    }
    let (since, failures, planned) = with(|hub| {
        hub.failures += 1;
        if hub.lost_since == 0 {
            hub.lost_since = now();
        }
        (hub.lost_since, hub.failures, std::mem::replace(&mut hub.retry_planned, true))
    });
    set_link(Link::Lost(since));
    if planned {
        return;
    }
    let base = 1000_u64 << failures.saturating_sub(1).min(5);
    let spread = (js_sys::Math::random() * 500.0) as u64;
    set_timeout(
        || {
            with(|hub| hub.retry_planned = false);
            if with(|hub| hub.socket.is_none() && !matches!(hub.link, Some(Link::Ended(_)))) {
                connect();
            }
        },
        Duration::from_millis(base.min(30_000) + spread),
    );
}

fn send(request: &LiveRequest) {
    let Ok(text) = serde_json::to_string(request) else { return };
    let socket = with(|hub| hub.socket.clone());
    if let Some(socket) = socket
        && socket.ready_state() == WebSocket::OPEN
    {
        // A socket that closes meanwhile reports it by its close event.
        socket.send_with_str(&text).unwrap_or_default();
    }
}

fn send_subscription(at: usize) {
    let request = with(|hub| {
        let subscription = hub.subscriptions.get(at)?;
        Some(LiveRequest::Subscribe {
            id: subscription.id,
            source: subscription.source.clone(),
            query: subscription.query.clone(),
            have: subscription.listener.have(),
        })
    });
    if let Some(request) = request {
        send(&request);
    }
}

fn send_last_subscription() {
    let last = with(|hub| hub.subscriptions.len().saturating_sub(1));
    send_subscription(last);
}

fn deliver(message: LiveMessage) {
    let id = match &message {
        LiveMessage::Ping => return,
        LiveMessage::Patch { id, freshness, .. } => {
            let changed = with(|hub| {
                let found = hub.subscriptions.iter_mut().find(|subscription| subscription.id == *id)?;
                (found.freshness != *freshness).then(|| found.freshness = freshness.clone())
            });
            if changed.is_some()
                && let Some(link) = with(|hub| hub.link.clone())
            {
                set_link(link);
            }
            Some(*id)
        }
        LiveMessage::Closed { id, reason, login } => {
            if *login {
                ask_sign_in();
            }
            if id.is_none() {
                if let Some(socket) = with(|hub| hub.socket.take()) {
                    forget(&socket);
                }
                if *login {
                    // After signing in again the page connects anew.
                    set_link(Link::Ended(reason.clone()));
                } else {
                    // The server restarts or the rights are others now: the session lives, so connect again.
                    lost();
                }
            } else if !*login {
                set_link(Link::Ended(reason.clone()));
            }
            *id
        }
    };
    let listeners = with(|hub| {
        hub.subscriptions
            .iter()
            .filter(|subscription| id.is_none_or(|id| id == subscription.id))
            .map(|subscription| Rc::clone(&subscription.listener))
            .collect::<Vec<_>>()
    });
    for listener in listeners {
        listener.hear(Event::Message(message.clone()));
    }
}
