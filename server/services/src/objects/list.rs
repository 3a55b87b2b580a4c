//! Lists of a kind.

use super::{caller, kind, user};
use crate::RequestCx;
use crate::error::{from_cluster, missing_right};
use crate::present;
use authz::Grant;
use authz::right::ClusterRead;
use clusters::kinds::{ActionDef, Kind};
use clusters::{Ask, UserClient};
use futures::future::join_all;
use model::object::KindKey;
use model::permission::{Permission, Scope};
use model::table::{Action, Column, Freshness, Page, Query, RowAction, TableOptions, TableSource, TableView};
use model::{AppError, links};
use std::collections::BTreeSet;

/// One page of rows, translated, with the reasons of refused actions.
pub async fn page(cx: &RequestCx, grant: &Grant<ClusterRead>, key: &KindKey, query: &Query) -> Result<Page, AppError> {
    let kind = kind(cx, key)?;
    let clusters = cx.services().clusters();
    let budget = clusters.settings().page;
    let mut page = clusters::table::page(clusters, grant.cluster(), kind, &caller(grant.actor()), query, budget)
        .await
        .map_err(|error| from_cluster(cx.locale(), &error))?;
    present_page(cx, grant, kind, &mut page).await?;
    Ok(page)
}

async fn present_page(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    kind: &Kind,
    page: &mut Page,
) -> Result<(), AppError> {
    if let Freshness::Stale { reason, .. } = &mut page.freshness {
        // The cache knows a code, the last probe the whole error.
        let error = cx.services().clusters().health(grant.cluster()).and_then(|health| health.error.clone());
        *reason = match error {
            Some(error) => from_cluster(cx.locale(), &error).message,
            None => i18n::find(cx.locale(), reason).unwrap_or_default(),
        };
    }
    for row in &mut page.rows {
        present::row(cx.locale(), row);
        for action in &mut row.refused {
            action.refused = action.refused.take().map(|key| cx.t(&key));
        }
    }
    // A cluster that is away answers no question: the controls stay, and the call itself will tell.
    if matches!(page.freshness, Freshness::Stale { .. }) {
        return Ok(());
    }
    // Rights that hold only in some namespaces are asked for the namespaces of this page; answers are kept.
    let user = user(cx, grant)?.for_page();
    if !cx.can(Permission::ClusterWrite, &Scope::Cluster(grant.cluster().clone())) || !kind.namespaced {
        return Ok(());
    }
    let namespaces: BTreeSet<String> = page.rows.iter().filter_map(|row| row.namespace.clone()).collect();
    let changing: Vec<&ActionDef> = kind.actions.iter().filter(|action| action.changes).collect();
    let everywhere = join_all(changing.iter().map(|action| allowed(&user, kind, action, None))).await;
    for (action, answer) in changing.into_iter().zip(everywhere) {
        if answer != Some(false) {
            continue;
        }
        for namespace in &namespaces {
            if allowed(&user, kind, action, Some(namespace)).await == Some(false) {
                let reason = missing(cx, kind, action, Some(namespace));
                for row in page.rows.iter_mut().filter(|row| row.namespace.as_ref() == Some(namespace)) {
                    if !row.refused.iter().any(|refused| refused.id == action.id) {
                        row.refused.push(RowAction { id: action.id.to_owned(), refused: Some(reason.clone()) });
                    }
                }
            }
        }
    }
    Ok(())
}

/// The table of a list page.
pub async fn table_view(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    key: &KindKey,
    query: Query,
    base: String,
) -> Result<TableView, AppError> {
    let kind = kind(cx, key)?;
    let clusters = cx.services().clusters();
    let (page, namespaces) = tokio::join!(page(cx, grant, key, &query), async {
        if kind.namespaced {
            let budget = clusters.settings().page;
            clusters::table::namespaces(clusters, grant.cluster(), kind, &caller(grant.actor()), budget).await.ok()
        } else {
            None
        }
    });
    let page = page?;
    // A page past the end shows the last one, and says so.
    let query = Query { page: query.page.clamp(1, page.matching.div_ceil(query.per_page.max(1)).max(1)), ..query };
    let away = matches!(page.freshness, Freshness::Stale { .. });
    let user = if away { None } else { Some(user(cx, grant)?.for_page()) };
    let actions = actions(cx, grant, user.as_ref(), kind, None).await;
    let create = kind.form.then(|| {
        let href = links::create(grant.cluster(), key);
        match query.namespaces.as_slice() {
            [one] => format!("{href}?ns={}", links::encode(one)),
            _ => href,
        }
    });
    let create_refused = match &create {
        Some(_) => refusal_to_create(cx, grant, user.as_ref(), kind, &query).await,
        None => None,
    };
    Ok(TableView {
        source: TableSource::Kind { cluster: grant.cluster().clone(), kind: key.clone() },
        query,
        columns: columns(cx, kind),
        actions,
        page,
        namespaces,
        base,
        options: TableOptions { chrome: true, noun: cx.t(kind.title), create, create_refused },
    })
}

async fn refusal_to_create(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    user: Option<&UserClient>,
    kind: &Kind,
    query: &Query,
) -> Option<String> {
    if let Some(reason) = account_refusal(cx, grant) {
        return Some(reason);
    }
    let user = user?;
    let namespace = match query.namespaces.as_slice() {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let ask = Ask::new("create", kind.group, kind.plural).within(namespace);
    match user.allowed(&ask).await {
        // Without a namespace the right may still hold in one of them; the form asks again for the chosen one.
        Ok(decision) if !decision.allowed && namespace.is_some() => {
            Some(missing_right(cx.locale(), "create", &ask.resource_text(), namespace))
        }
        _ => None,
    }
}

/// The reason why this account changes nothing in the cluster, whatever the cluster would say.
pub(crate) fn account_refusal(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Option<String> {
    let may = cx.can(Permission::ClusterWrite, &Scope::Cluster(grant.cluster().clone()));
    (!may).then(|| cx.t_args("error-read-only-account", &[("action", Permission::ClusterWrite.action().into())]))
}

/// The kind's actions as this person has them, in one namespace or everywhere. Without `user` the cluster is not asked.
pub(super) async fn actions(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    user: Option<&UserClient>,
    kind: &Kind,
    namespace: Option<&str>,
) -> Vec<Action> {
    let account = account_refusal(cx, grant);
    // For a list over namespaces the rows say where it is refused.
    let user = user.filter(|_| !kind.namespaced || namespace.is_some());
    let answers = join_all(kind.actions.iter().map(|def| async {
        match user {
            Some(user) if account.is_none() || !def.changes => allowed(user, kind, def, namespace).await,
            _ => None,
        }
    }))
    .await;
    let mut actions = clusters::table::actions(kind);
    for ((action, def), answer) in actions.iter_mut().zip(kind.actions).zip(answers) {
        action.label = cx.t(&action.label);
        action.refused = match &account {
            Some(reason) if def.changes => Some(reason.clone()),
            _ => (answer == Some(false)).then(|| missing(cx, kind, def, namespace)),
        };
    }
    actions
}

fn ask(kind: &Kind, action: &ActionDef, namespace: Option<&str>) -> Ask {
    let ask = Ask::new(action.verb, kind.group, kind.plural).within(namespace);
    match action.subresource {
        Some(subresource) => ask.subresource(subresource),
        None => ask,
    }
}

/// `None` when the cluster cannot be asked now; the control stays and the call itself will tell.
async fn allowed(user: &UserClient, kind: &Kind, action: &ActionDef, namespace: Option<&str>) -> Option<bool> {
    user.allowed(&ask(kind, action, namespace)).await.ok().map(|decision| decision.allowed)
}

fn missing(cx: &RequestCx, kind: &Kind, action: &ActionDef, namespace: Option<&str>) -> String {
    missing_right(cx.locale(), action.verb, &ask(kind, action, namespace).resource_text(), namespace)
}

pub(super) fn columns(cx: &RequestCx, kind: &Kind) -> Vec<Column> {
    let mut columns = clusters::table::columns(kind);
    for column in &mut columns {
        column.label = cx.t(&column.label);
    }
    columns
}

/// All matching rows as CSV, with translated heads and words.
pub async fn csv(cx: &RequestCx, grant: &Grant<ClusterRead>, key: &KindKey, query: &Query) -> Result<String, AppError> {
    let kind = kind(cx, key)?;
    let clusters = cx.services().clusters();
    let budget = clusters.settings().read;
    let view = clusters::table::View::open(clusters, grant.cluster(), kind, &caller(grant.actor()), budget)
        .await
        .map_err(|error| from_cluster(cx.locale(), &error))?;
    let heads: Vec<String> = columns(cx, kind).into_iter().map(|column| column.label).collect();
    let mut csv = clusters::table::csv::Csv::new(heads.iter().map(String::as_str));
    for mut row in view.rows(query) {
        present::row(cx.locale(), &mut row);
        csv.row(&row.cells);
    }
    Ok(csv.take())
}

/// Tells of changes of a kind's rows, for the live channel.
pub use clusters::cache::Subscription as Changes;

/// `None` for kinds and clusters that are not there.
#[must_use]
pub fn changes(cx: &RequestCx, cluster: &model::ClusterId, key: &KindKey) -> Option<Changes> {
    cx.services().clusters().subscribe(cluster, clusters::kinds::find(key)?).ok()
}

/// Namespaces in which the person may list the kind; empty when the cluster cannot say now.
pub async fn namespaces(cx: &RequestCx, grant: &Grant<ClusterRead>, key: &KindKey) -> Vec<String> {
    let Some(kind) = clusters::kinds::find(key) else { return Vec::new() };
    let clusters = cx.services().clusters();
    let budget = clusters.settings().page;
    clusters::table::namespaces(clusters, grant.cluster(), kind, &caller(grant.actor()), budget)
        .await
        .unwrap_or_default()
}
