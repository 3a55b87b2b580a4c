//! Tables that do not come from a cluster (clusters, accounts, sessions), and the one door by which the live channel and
//! the islands read any table.

use crate::clusters::counts;
use crate::{RequestCx, clusters, objects};
use authz::Grant;
use authz::right::{AccountsManage, ClusterRead, ClustersList, OwnAccount};
use model::access::{AccountView, SessionView};
use model::permission::Role;
use model::table::{
    Action, ActionKind, Align, Cell, Column, Family, Freshness, Page, Query, Row, RowAction, State, TableOptions,
    TableSource, TableView,
};
use model::{AppError, links};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One page of any table, authorized for the person who asks now.
pub async fn page(cx: &RequestCx, source: &TableSource, query: &Query) -> Result<Page, AppError> {
    match source {
        TableSource::Kind { cluster, kind } => {
            let grant = cx.grant::<ClusterRead>(cluster.clone())?;
            objects::page(cx, &grant, kind, query).await
        }
        TableSource::Clusters => {
            let grant = cx.grant::<ClustersList>(authz::ConsoleScope)?;
            clusters::page(cx, &grant, query).await
        }
        TableSource::Accounts => {
            let grant = cx.grant::<AccountsManage>(authz::ConsoleScope)?;
            accounts_page(cx, &grant, query).await
        }
        TableSource::Sessions => {
            let grant = cx.grant::<OwnAccount>(authz::ConsoleScope)?;
            sessions_page(cx, &grant, query).await
        }
    }
}

/// Filters, sorts and cuts rows that are all in memory (tens, not thousands).
pub(crate) fn cut(mut rows: Vec<(Family, Row)>, total: usize, query: &Query, columns: &[&str]) -> Page {
    let counts = counts(rows.iter().map(|(family, _)| *family));
    if let Some(family) = query.state {
        rows.retain(|(own, _)| *own == family);
    }
    let column = columns.iter().position(|id| *id == query.sort);
    rows.sort_by(|(a_family, a), (b_family, b)| {
        let by_name = a.name.to_lowercase().cmp(&b.name.to_lowercase());
        match column {
            Some(at) => {
                let order = compare(&a.cells[at], &b.cells[at], query.descending);
                order.then(by_name)
            }
            None => a_family.cmp(b_family).then(by_name),
        }
    });
    let matching = rows.len();
    let from = query.per_page.saturating_mul(query.page.saturating_sub(1));
    let rows = rows.into_iter().skip(from).take(query.per_page).map(|(_, row)| row).collect();
    Page { rows, matching, total, counts, freshness: Freshness::Live }
}

/// By value, empties last in both directions.
fn compare(a: &Cell, b: &Cell, descending: bool) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let empty = |cell: &Cell| matches!(cell, Cell::Empty);
    match (empty(a), empty(b)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let number = |cell: &Cell| match cell {
        Cell::Ratio { want, .. } => Some(*want as f64),
        Cell::Count { n, .. } => Some(*n as f64),
        Cell::Quantity { value, .. } => Some(*value),
        Cell::Meter { requested, .. } => *requested,
        // An age grows while the time stamp does not: younger first.
        Cell::Time { at, relative: true } => Some(-(*at as f64)),
        Cell::Time { at, relative: false } => Some(*at as f64),
        _ => None,
    };
    let order = match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => natural(&a.plain().to_lowercase(), &b.plain().to_lowercase()),
    };
    if descending { order.reverse() } else { order }
}

/// `v1.9` before `v1.10`.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let parts = |text: &str| {
        let mut out: Vec<(bool, String)> = Vec::new();
        for c in text.chars() {
            let digit = c.is_ascii_digit();
            match out.last_mut() {
                Some((kind, part)) if *kind == digit => part.push(c),
                _ => out.push((digit, c.to_string())),
            }
        }
        out
    };
    for (a, b) in parts(a).iter().zip(parts(b).iter()) {
        let order = match (a.0, b.0) {
            (true, true) => {
                let (x, y) = (a.1.trim_start_matches('0'), b.1.trim_start_matches('0'));
                x.len().cmp(&y.len()).then(x.cmp(y))
            }
            _ => a.1.cmp(&b.1),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Changes when anything drawn changes.
pub(crate) fn version(cells: &[Cell]) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(cells).unwrap_or_default().hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

fn column(cx: &RequestCx, id: &str, width: u16, secondary: bool) -> Column {
    Column {
        id: id.to_owned(),
        label: cx.t(&format!("column-{id}")),
        sortable: true,
        align: Align::Left,
        width,
        secondary,
    }
}

fn action(cx: &RequestCx, id: &str, icon: &str, danger: bool) -> Action {
    Action {
        id: id.to_owned(),
        label: cx.t(&format!("action-{id}")),
        icon: icon.to_owned(),
        kind: ActionKind::Dialog,
        danger,
        bulk: false,
        inline: false,
        shortcut: None,
        refused: None,
    }
}

const ACCOUNT_COLUMNS: [&str; 5] = ["state", "name", "uin", "role", "last-login"];

/// The accounts of the console.
pub async fn accounts(cx: &RequestCx, grant: &Grant<AccountsManage>, query: &Query) -> Result<TableView, AppError> {
    Ok(TableView {
        source: TableSource::Accounts,
        query: query.clone(),
        columns: vec![
            column(cx, "state", 130, false),
            column(cx, "name", 0, false),
            column(cx, "uin", 150, true),
            column(cx, "role", 130, false),
            column(cx, "last-login", 120, true),
        ],
        actions: vec![
            action(cx, "account-role", "shield", false),
            action(cx, "account-reset", "key-round", false),
            action(cx, "account-disable", "ban", false),
            action(cx, "account-enable", "circle-check", false),
            action(cx, "account-delete", "trash-2", true),
        ],
        page: accounts_page(cx, grant, query).await?,
        namespaces: None,
        base: links::ACCOUNTS.to_owned(),
        options: TableOptions {
            chrome: true,
            noun: cx.t("accounts-noun"),
            create: Some(links::ACCOUNT_NEW.to_owned()),
            create_refused: None,
        },
    })
}

async fn accounts_page(cx: &RequestCx, grant: &Grant<AccountsManage>, query: &Query) -> Result<Page, AppError> {
    let accounts = cx.services().accounts().list(grant).await?;
    let total = accounts.len();
    let rows = accounts
        .into_iter()
        .filter(|account| {
            query.filters.iter().all(|filter| account.name.to_lowercase().contains(&filter.value.to_lowercase()))
        })
        .map(|account| account_row(cx, &account))
        .collect();
    Ok(cut(rows, total, query, &ACCOUNT_COLUMNS))
}

/// The word of a role, of the main account its own.
pub(crate) fn role_word(cx: &RequestCx, main: bool, role: Role) -> String {
    if main { cx.t("accounts-main") } else { cx.t(&format!("role-{}", role.name().replace('_', "-"))) }
}

fn account_row(cx: &RequestCx, account: &AccountView) -> (Family, Row) {
    let (family, word) = if account.disabled {
        (Family::Neutral, cx.t("accounts-disabled"))
    } else {
        (Family::Success, cx.t("accounts-enabled"))
    };
    let cells = vec![
        Cell::State(State::new(family, word)),
        Cell::mono(account.name.clone()),
        Cell::mono(account.uin.clone()),
        Cell::text(role_word(cx, account.main, account.role)),
        Cell::age(account.last_login_at),
    ];
    let ids = ["account-role", "account-reset", "account-disable", "account-enable", "account-delete"];
    let refused = ids
        .iter()
        .filter_map(|id| {
            let reason = match *id {
                "account-disable" if account.disabled => None,
                "account-enable" if !account.disabled => None,
                _ if account.main => Some(cx.t("accounts-main-protected")),
                _ => return None,
            };
            Some(RowAction { id: (*id).to_owned(), refused: reason })
        })
        .collect();
    let version = version(&cells);
    let row = Row { key: account.id.to_string(), version, name: account.name.clone(), namespace: None, cells, refused };
    (family, row)
}

const SESSION_COLUMNS: [&str; 5] = ["state", "address", "browser", "signed-in", "last-seen"];

/// The person's own sessions.
pub async fn sessions(cx: &RequestCx, grant: &Grant<OwnAccount>, query: &Query) -> Result<TableView, AppError> {
    Ok(TableView {
        source: TableSource::Sessions,
        query: query.clone(),
        columns: vec![
            column(cx, "state", 130, false),
            column(cx, "address", 150, false),
            column(cx, "browser", 0, true),
            column(cx, "signed-in", 110, true),
            column(cx, "last-seen", 110, false),
        ],
        actions: vec![action(cx, "session-end", "log-out", true)],
        page: sessions_page(cx, grant, query).await?,
        namespaces: None,
        base: links::PROFILE.to_owned(),
        options: TableOptions {
            chrome: false,
            noun: cx.t("accounts-session-noun"),
            create: None,
            create_refused: None,
        },
    })
}

async fn sessions_page(cx: &RequestCx, grant: &Grant<OwnAccount>, query: &Query) -> Result<Page, AppError> {
    let sessions = cx.services().accounts().sessions(grant).await?;
    let total = sessions.len();
    let rows = sessions.iter().map(|session| session_row(cx, session)).collect();
    Ok(cut(rows, total, query, &SESSION_COLUMNS))
}

fn session_row(cx: &RequestCx, session: &SessionView) -> (Family, Row) {
    let (family, word) = if session.current {
        (Family::Success, cx.t("accounts-session-current"))
    } else {
        (Family::Neutral, cx.t("state-Active"))
    };
    let cells = vec![
        Cell::State(State::new(family, word)),
        Cell::mono(session.address.clone()),
        Cell::text(session.user_agent.clone()),
        Cell::age(Some(session.created_at)),
        Cell::age(Some(session.last_seen_at)),
    ];
    let refused = if session.current {
        vec![RowAction { id: "session-end".to_owned(), refused: Some(cx.t("accounts-own-session")) }]
    } else {
        Vec::new()
    };
    let version = version(&cells);
    let row = Row { key: session.id.clone(), version, name: session.address.clone(), namespace: None, cells, refused };
    (family, row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_by_number_and_empties_come_last() {
        let mut cells = [Cell::mono("v1.10.0"), Cell::Empty, Cell::mono("v1.9.9")];
        cells.sort_by(|a, b| compare(a, b, false));
        assert_eq!(cells, [Cell::mono("v1.9.9"), Cell::mono("v1.10.0"), Cell::Empty]);
        cells.sort_by(|a, b| compare(a, b, true));
        assert_eq!(cells[2], Cell::Empty);
    }
}
