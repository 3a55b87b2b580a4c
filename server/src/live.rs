//! `/live`: the one WebSocket of a page. The browser names tables; the server sends what changed, at most twice a second.

use crate::cx::Cx;
use crate::routes::Route;
use crate::sockets::Life;
use authz::Access;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use model::live::{LiveMessage, LiveRequest};
use model::permission::Permission;
use model::table::{Page, Query, TableSource};
use model::{AppError, ErrorKind};
use services::RequestCx;
use services::accounts::Ended;
use services::objects::Changes;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Between two looks at what changed.
const ROUND: Duration = Duration::from_millis(300);
const PING: Duration = Duration::from_secs(20);
/// Rights and tables without change signal are looked at anew after this time.
const LOOK: Duration = Duration::from_secs(10);
/// Tables of one page.
const MOST: usize = 20;

pub fn routes() -> Vec<Route> {
    vec![Route::socket(
        "/live",
        Access::Permission(Permission::OwnAccount),
        async |Cx(cx): Cx, life: Life, upgrade: WebSocketUpgrade| -> Response {
            upgrade.max_message_size(256 * 1024).on_upgrade(move |socket| run(cx, life, socket))
        },
    )]
}

/// One table that the browser shows.
struct Subscription {
    source: TableSource,
    query: Query,
    /// Key and version of the rows as the browser has them.
    have: HashMap<String, String>,
    order: Vec<String>,
    totals: Option<String>,
    changes: Option<Changes>,
    looked: Instant,
    due: bool,
}

async fn run(cx: RequestCx, mut life: Life, mut socket: WebSocket) {
    let mut tables: HashMap<u32, Subscription> = HashMap::new();
    let mut paused = false;
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pings = interval(PING);
    loop {
        tokio::select! {
            ended = life.ended() => {
                let login = !matches!(ended, Ended::Stopping | Ended::RightsChanged);
                let message = LiveMessage::Closed { id: None, reason: life.reason(ended), login };
                let _ = send(&mut socket, &message).await;
                let _ = socket.send(Message::Close(None)).await;
                return;
            }
            _ = pings.tick() => {
                if send(&mut socket, &LiveMessage::Ping).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => {
                let Some(Ok(message)) = message else { return };
                let Message::Text(text) = message else { continue };
                let Ok(request) = serde_json::from_str::<LiveRequest>(&text) else { continue };
                match request {
                    LiveRequest::Subscribe { id, source, query, have } if tables.len() < MOST || tables.contains_key(&id) => {
                        tables.insert(id, subscribe(&cx, source, query, have));
                    }
                    LiveRequest::Subscribe { .. } => {}
                    LiveRequest::Unsubscribe { id } => { tables.remove(&id); }
                    LiveRequest::Pause => paused = true,
                    LiveRequest::Resume => {
                        paused = false;
                        tables.values_mut().for_each(|table| table.due = true);
                    }
                }
            }
            _ = rounds.tick(), if !paused && !tables.is_empty() => {
                let mut gone = Vec::new();
                for (id, table) in &mut tables {
                    match look(&cx, *id, table).await {
                        Ok(None) => {}
                        Ok(Some(message)) => {
                            if send(&mut socket, &message).await.is_err() {
                                return;
                            }
                        }
                        Err(error) => {
                            let login = error.kind == ErrorKind::Unauthenticated;
                            let message = LiveMessage::Closed { id: Some(*id), reason: error.message, login };
                            if send(&mut socket, &message).await.is_err() {
                                return;
                            }
                            gone.push(*id);
                        }
                    }
                }
                gone.iter().for_each(|id| { tables.remove(id); });
            }
        }
    }
}

fn subscribe(cx: &RequestCx, source: TableSource, query: Query, have: Vec<(String, String)>) -> Subscription {
    let changes = changes_of(cx, &source);
    Subscription {
        order: have.iter().map(|(key, _)| key.clone()).collect(),
        have: have.into_iter().take(1000).collect(),
        source,
        query,
        totals: None,
        changes,
        looked: Instant::now(),
        due: true,
    }
}

fn changes_of(cx: &RequestCx, source: &TableSource) -> Option<Changes> {
    match source {
        TableSource::Kind { cluster, kind } => services::objects::changes(cx, cluster, kind),
        _ => None,
    }
}

/// What changed since the last look; `None` is nothing. Authorized anew each time: a right that is lost ends the table.
async fn look(cx: &RequestCx, id: u32, table: &mut Subscription) -> Result<Option<LiveMessage>, AppError> {
    let changed = table.changes.as_mut().is_some_and(Changes::take_changed);
    let cached = table.changes.is_some();
    let wait = if cached { LOOK } else { LOOK / 3 };
    if !table.due && !changed && table.looked.elapsed() < wait {
        return Ok(None);
    }
    if table.changes.as_ref().is_some_and(Changes::is_dropped) {
        table.changes = changes_of(cx, &table.source);
    }
    table.due = false;
    table.looked = Instant::now();
    match services::tables::page(cx, &table.source, &table.query).await {
        Ok(page) => Ok(patch(id, table, page)),
        // A cluster that is away for a moment does not end the table.
        Err(error) if matches!(error.kind, ErrorKind::Unreachable { .. } | ErrorKind::Unavailable) => Ok(None),
        Err(error) => Err(error),
    }
}

fn patch(id: u32, table: &mut Subscription, page: Page) -> Option<LiveMessage> {
    let order: Vec<String> = page.rows.iter().map(|row| row.key.clone()).collect();
    let totals = serde_json::to_string(&(page.matching, page.total, &page.counts, &page.freshness)).ok();
    let mut rows = page.rows;
    rows.retain(|row| table.have.get(&row.key) != Some(&row.version));
    if rows.is_empty() && order == table.order && totals == table.totals {
        return None;
    }
    for row in &rows {
        table.have.insert(row.key.clone(), row.version.clone());
    }
    table.have.retain(|key, _| order.contains(key));
    table.order.clone_from(&order);
    table.totals = totals;
    Some(LiveMessage::Patch {
        id,
        order,
        rows,
        matching: page.matching,
        total: page.total,
        counts: page.counts,
        freshness: page.freshness,
    })
}

async fn send(socket: &mut WebSocket, message: &LiveMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).unwrap_or_default();
    socket.send(Message::Text(text.into())).await
}
