//! Clusters: the list, the basic information page, what every page inside a cluster shows around itself.

pub mod dialogs;
pub mod import;
pub mod registry;

use crate::RequestCx;
use crate::accounts::stored as store_error;
use crate::error::from_cluster;
use crate::objects::{NavKind, caller};
use crate::{objects, present};
use authz::Grant;
use authz::right::{ClusterRead, ClustersList};
use clusters::Health;
use model::clusters::{Allocation, ClusterHead, ClusterState};
use model::object::KindKey;
use model::permission::{Permission, Scope};
use model::table::{
    Action, ActionKind, Align, Cell, Column, Family, FamilyCount, Filter, FilterOp, Freshness, Page, Query, Row,
    RowAction, State, TableOptions, TableSource, TableView,
};
use model::{AppError, ClusterId, Locale, links};
use std::sync::Arc;
use store::{ClusterRow, IdentityMode};

/// What every page inside a cluster shows around itself.
#[derive(Clone, Debug)]
pub struct Frame {
    pub head: ClusterHead,
    /// Other clusters to switch to: id, name, colour.
    pub others: Vec<(ClusterId, String, String)>,
    pub kinds: Vec<NavKind>,
}

/// The basic information page.
#[derive(Clone, Debug)]
pub struct Overview {
    pub facts: Vec<(String, Cell)>,
    pub allocation: Allocation,
    /// Name, whether it is well, the apiserver's words.
    pub components: Vec<(String, bool, String)>,
    pub warnings: Option<TableView>,
    pub actions: Vec<Action>,
}

pub async fn frame(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Result<Frame, AppError> {
    let rows = rows(cx).await?;
    let own = rows.iter().find(|row| row.id == grant.cluster().as_str()).ok_or_else(|| not_found(cx))?;
    let head = head(cx, grant.cluster(), own);
    let others = rows
        .iter()
        .filter(|row| row.id != own.id)
        .filter_map(|row| {
            let id = ClusterId::parse(&row.id).ok()?;
            cx.can(Permission::ClusterRead, &Scope::Cluster(id.clone()))
                .then(|| (id, row.name.clone(), row.color.clone()))
        })
        .collect();
    Ok(Frame { head, others, kinds: kinds(cx, grant).await })
}

async fn kinds(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Vec<NavKind> {
    let clusters = cx.services().clusters();
    // A number beside an entry is worth no waiting.
    let budget = std::time::Duration::from_millis(200);
    let all = clusters::kinds::all();
    let counts = clusters::table::counts(clusters, grant.cluster(), &caller(grant.actor()), all, budget).await;
    clusters::kinds::all()
        .iter()
        .map(|kind| {
            let key = kind.key();
            let count = counts.get(&key).and_then(|n| i64::try_from(*n).ok());
            NavKind { label: cx.t(kind.title), area: kind.area, count, key }
        })
        .collect()
}

async fn rows(cx: &RequestCx) -> Result<Vec<ClusterRow>, AppError> {
    cx.services().store().clusters().list().await.map_err(|error| store_error(cx.locale(), error))
}

pub(crate) async fn row(cx: &RequestCx, id: &ClusterId) -> Result<ClusterRow, AppError> {
    let row = cx.services().store().clusters().get(id.as_str()).await.map_err(|e| store_error(cx.locale(), e))?;
    row.ok_or_else(|| not_found(cx))
}

fn not_found(cx: &RequestCx) -> AppError {
    AppError::not_found(cx.t("error-not-found"))
}

fn health(cx: &RequestCx, id: &ClusterId) -> Arc<Health> {
    cx.services().clusters().health(id).unwrap_or_default()
}

fn head(cx: &RequestCx, id: &ClusterId, row: &ClusterRow) -> ClusterHead {
    let health = health(cx, id);
    ClusterHead {
        id: id.clone(),
        name: row.name.clone(),
        color: row.color.clone(),
        badge: row.badge_text.clone(),
        production: row.production,
        version: version(&health, row).unwrap_or_default(),
        state: state(cx.locale(), &health, row),
        freshness: freshness(cx.locale(), &health),
    }
}

fn version(health: &Health, row: &ClusterRow) -> Option<String> {
    health.version.clone().or_else(|| row.status.as_ref().and_then(|status| status.version.clone()))
}

/// The state word of a cluster; before the first probe after a start it is what was last known.
fn state(locale: Locale, health: &Health, row: &ClusterRow) -> State {
    let (family, code) = match health.state {
        ClusterState::Running => (Family::Success, "Running"),
        ClusterState::Abnormal => (Family::Error, "Abnormal"),
        ClusterState::Unreachable => (Family::Warning, "Unreachable"),
        ClusterState::CredentialRefused => (Family::Warning, "CredentialRefused"),
        ClusterState::Creating => (Family::Progress, "Creating"),
        ClusterState::Scaling => (Family::Progress, "Scaling"),
        ClusterState::Upgrading => (Family::Progress, "Upgrading"),
        ClusterState::Deleting => (Family::Progress, "Deleting"),
        ClusterState::Unknown => (Family::Progress, "Connecting"),
    };
    let hint = health
        .error
        .as_ref()
        .map(|error| from_cluster(locale, error))
        .map(|error| error.detail.map_or(error.message.clone(), |detail| format!("{} ({detail})", error.message)))
        .or_else(|| row.status.as_ref().and_then(|status| status.message.clone()).filter(|_| health.checked_at == 0));
    let mut state = State::new(family, code).with_hint(hint);
    present::state(locale, &mut state);
    state
}

fn freshness(locale: Locale, health: &Health) -> Freshness {
    match health.state {
        ClusterState::Unreachable | ClusterState::CredentialRefused => Freshness::Stale {
            since: health.since,
            as_of: (health.answered_at > 0).then_some(health.answered_at),
            reason: health.error.as_ref().map(|error| from_cluster(locale, error).message).unwrap_or_default(),
        },
        ClusterState::Unknown => Freshness::Loading,
        _ => Freshness::Live,
    }
}

/// The table of the cluster list.
pub async fn table(
    cx: &RequestCx,
    grant: &Grant<ClustersList>,
    query: &Query,
    base: String,
) -> Result<TableView, AppError> {
    let page = page(cx, grant, query).await?;
    let may_import = cx.can(Permission::ClusterImport, &Scope::Console);
    let refused = cx.t_args("error-read-only-account", &[("action", Permission::ClusterImport.action().into())]);
    let column = |id: &str, sortable: bool, width: u16, secondary: bool| Column {
        id: id.to_owned(),
        label: cx.t(&format!("column-{id}")),
        sortable,
        align: Align::Left,
        width,
        secondary,
    };
    Ok(TableView {
        source: TableSource::Clusters,
        query: query.clone(),
        columns: vec![
            column("state", true, 160, false),
            column("cluster", true, 0, false),
            column("version", true, 120, false),
            column("type", false, 100, true),
            column("nodes", true, 80, false),
            column("cpu", true, 150, true),
            column("memory", true, 150, true),
            column("imported", true, 110, true),
        ],
        actions: actions(cx, None),
        page,
        namespaces: None,
        base,
        options: TableOptions {
            chrome: true,
            noun: cx.t("clusters-noun"),
            create: Some(links::CLUSTER_IMPORT.to_owned()),
            create_refused: (!may_import).then_some(refused),
        },
    })
}

/// Rows of the cluster list, without asking any cluster: a cluster that is away does not slow the list.
pub async fn page(cx: &RequestCx, _grant: &Grant<ClustersList>, query: &Query) -> Result<Page, AppError> {
    let known = rows(cx).await?;
    let mut rows: Vec<(Family, Row)> = Vec::new();
    for row in known {
        let Ok(id) = ClusterId::parse(&row.id) else { continue };
        if cx.can(Permission::ClusterRead, &Scope::Cluster(id.clone())) {
            rows.push(cluster_row(cx, &id, &row).await);
        }
    }
    let total = rows.len();
    rows.retain(|(_, row)| query.filters.iter().all(|filter| matches(filter, row)));
    Ok(crate::tables::cut(
        rows,
        total,
        query,
        &["state", "cluster", "version", "type", "nodes", "cpu", "memory", "imported"],
    ))
}

fn matches(filter: &Filter, row: &Row) -> bool {
    let wanted = filter.value.to_lowercase();
    let text = format!("{} {}", row.name.to_lowercase(), row.key);
    match filter.op {
        FilterOp::Contains => text.contains(&wanted),
        FilterOp::Equals => row.name.to_lowercase() == wanted || row.key == wanted,
        FilterOp::NotEquals => row.name.to_lowercase() != wanted && row.key != wanted,
    }
}

async fn cluster_row(cx: &RequestCx, id: &ClusterId, row: &ClusterRow) -> (Family, Row) {
    let health = health(cx, id);
    let state = state(cx.locale(), &health, row);
    let family = state.family;
    let live = freshness(cx.locale(), &health) == Freshness::Live;
    let allocation = if live {
        // From caches only, without waiting: what is not there yet comes with the live channel.
        let sums = clusters::cache::allocation::of(cx.services().clusters(), id, std::time::Duration::ZERO).await;
        sums.map(|sums| sums.cluster).unwrap_or_default()
    } else {
        Allocation::default()
    };
    let part = |requested: Option<f64>, used: Option<f64>, all: Option<f64>, text: String| match all {
        Some(all) if all > 0.0 => {
            Cell::Meter { requested: requested.map(|n| n / all), used: used.map(|n| n / all), text }
        }
        _ => Cell::Empty,
    };
    let of = |n: Option<f64>, all: Option<f64>, show: fn(f64) -> String| match (n, all) {
        (Some(n), Some(all)) => format!("{} / {}", show(n), show(all)),
        _ => String::new(),
    };
    let nodes = match (health.ready_nodes, health.nodes) {
        (Some(ready), Some(all)) => {
            let family = if ready < all { Family::Warning } else { Family::Success };
            Cell::Ratio { have: ready as i64, want: all as i64, family }
        }
        _ => row
            .status
            .as_ref()
            .and_then(|status| status.node_count)
            .map_or(Cell::Empty, |n| Cell::Count { n, family: None }),
    };
    let name = Cell::Link { text: row.name.clone(), href: links::cluster(id), mono: false, tail: 0 };
    let cells = vec![
        Cell::State(state),
        Cell::Stack { main: Box::new(name), sub: Box::new(Cell::mono(id.as_str())) },
        Cell::mono(version(&health, row).unwrap_or_default()),
        Cell::text(cx.t("clusters-fact-type-imported")),
        nodes,
        part(
            allocation.cpu_requests,
            allocation.cpu_used,
            allocation.cpu_allocatable,
            of(allocation.cpu_requests, allocation.cpu_allocatable, i18n::cores),
        ),
        part(
            allocation.memory_requests,
            allocation.memory_used,
            allocation.memory_allocatable,
            of(allocation.memory_requests, allocation.memory_allocatable, i18n::bytes),
        ),
        Cell::age(Some(row.created_at)),
    ];
    let refused = match refusal(cx, Some(id)) {
        Some(reason) => ["cluster-edit", "cluster-replace", "cluster-remove"]
            .map(|action| RowAction { id: action.to_owned(), refused: Some(reason.clone()) })
            .to_vec(),
        None => Vec::new(),
    };
    let version = crate::tables::version(&cells);
    (family, Row { key: id.to_string(), version, name: row.name.clone(), namespace: None, cells, refused })
}

fn refusal(cx: &RequestCx, id: Option<&ClusterId>) -> Option<String> {
    let may = match id {
        Some(id) => cx.can(Permission::ClusterManage, &Scope::Cluster(id.clone())),
        None => true,
    };
    (!may).then(|| cx.t_args("error-read-only-account", &[("action", Permission::ClusterManage.action().into())]))
}

/// Actions of a cluster, in the list and in the head of its page.
fn actions(cx: &RequestCx, id: Option<&ClusterId>) -> Vec<Action> {
    let refused = refusal(cx, id);
    let action = |id: &str, icon: &str, danger: bool, refused: Option<String>| Action {
        id: id.to_owned(),
        label: cx.t(&format!("action-{id}")),
        icon: icon.to_owned(),
        kind: ActionKind::Dialog,
        danger,
        bulk: false,
        inline: !danger,
        shortcut: None,
        refused,
    };
    vec![
        action("cluster-credential", "key-round", false, None),
        action("cluster-edit", "pencil", false, refused.clone()),
        Action { inline: false, ..action("cluster-replace", "refresh-cw", false, refused.clone()) },
        action("cluster-remove", "trash-2", true, refused),
    ]
}

pub async fn overview(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Result<Overview, AppError> {
    let id = grant.cluster();
    let row = row(cx, id).await?;
    let clusters = cx.services().clusters();
    // The overview is one of the uses that start the caches it reads; a cluster that is away costs the page budget at most.
    let warnings = warnings(cx, grant).await;
    let allocation = clusters::cache::allocation::of(clusters, id, clusters.settings().page)
        .await
        .map(|allocations| allocations.cluster)
        .unwrap_or_default();
    let health = health(cx, id);
    Ok(Overview {
        facts: facts(cx, id, &row, &health),
        allocation,
        components: health
            .components
            .iter()
            .map(|component| (component.name.clone(), component.ok, component.message.clone()))
            .collect(),
        warnings,
        actions: actions(cx, Some(id)),
    })
}

async fn warnings(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Option<TableView> {
    let query = Query {
        filters: vec![Filter { field: "type".to_owned(), op: FilterOp::Equals, value: "Warning".to_owned() }],
        per_page: 20,
        ..Query::default()
    };
    let base = links::cluster(grant.cluster());
    let mut table = objects::table_view(cx, grant, &KindKey::new("", "events"), query, base).await.ok()?;
    table.options.chrome = false;
    table.namespaces = None;
    Some(table)
}

fn facts(cx: &RequestCx, id: &ClusterId, row: &ClusterRow, health: &Health) -> Vec<(String, Cell)> {
    let time = |at: Option<i64>| at.map_or(Cell::Empty, |at| Cell::Time { at, relative: false });
    let nodes = match (health.ready_nodes, health.nodes) {
        (Some(ready), Some(all)) => {
            Cell::text(cx.t_args("clusters-fact-nodes-value", &[("ready", ready.into()), ("all", all.into())]))
        }
        _ => Cell::Empty,
    };
    let identity = match row.identity_mode {
        IdentityMode::Impersonate => "clusters-fact-identity-impersonate",
        IdentityMode::Direct => "clusters-fact-identity-direct",
    };
    let fact = |key: &str, cell: Cell| (cx.t(key), cell);
    vec![
        fact("clusters-fact-name", Cell::text(row.name.clone())),
        fact("clusters-fact-id", Cell::mono(id.as_str())),
        fact("clusters-fact-state", Cell::State(state(cx.locale(), health, row))),
        fact("clusters-fact-type", Cell::text(cx.t("clusters-fact-type-imported"))),
        fact("clusters-fact-version", Cell::mono(version(health, row).unwrap_or_default())),
        fact("clusters-fact-server", Cell::mono(row.server_url.clone())),
        fact("clusters-fact-nodes", nodes),
        fact("clusters-fact-description", Cell::text(row.description.clone())),
        fact("clusters-fact-created", time(Some(row.created_at))),
        fact("clusters-fact-identity", Cell::text(cx.t(identity))),
        fact(
            "clusters-fact-protection",
            Cell::text(cx.t(if row.deletion_protection { "clusters-on" } else { "clusters-off" })),
        ),
        fact("clusters-fact-server-certificate", time(health.server_certificate_not_after)),
        fact("clusters-fact-client-certificate", time(health.client_certificate_not_after)),
        fact("clusters-fact-latency", health.latency_ms.map_or(Cell::Empty, |ms| Cell::text(format!("{ms} ms")))),
    ]
}

/// Rows by family, for the counts above a table.
pub(crate) fn counts(families: impl Iterator<Item = Family>) -> Vec<FamilyCount> {
    let mut out: Vec<FamilyCount> = Family::ALL.map(|family| FamilyCount { family, n: 0 }).to_vec();
    for family in families {
        for count in &mut out {
            if count.family == family {
                count.n += 1;
            }
        }
    }
    out
}
