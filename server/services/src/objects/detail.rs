//! The detail page of an object. It is read live, as the person; its tables are lists of other kinds with a filter.

use super::{caller, kind, list, user};
use crate::RequestCx;
use crate::error::from_cluster;
use crate::forms::yaml::to_yaml;
use crate::present;
use authz::Grant;
use authz::right::ClusterRead;
use clusters::kinds::Kind;
use model::detail::DetailView;
use model::form::FormTarget;
use model::logs::LogQuery;
use model::object::{KindKey, ObjectRef};
use model::table::{Filter, FilterOp, Query, TableView};
use model::{AppError, links};
use serde_json::Value;

/// Everything that a detail page shows.
#[derive(Clone, Debug)]
pub struct ObjectPage {
    /// "Deployment".
    pub label: String,
    pub icon: &'static str,
    /// Translated.
    pub view: DetailView,
    pub tab: String,
    pub content: TabContent,
    /// Key and version of the object's row, for the live channel; empty where the list knows it not yet.
    pub have: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub enum TabContent {
    Details,
    Table {
        note: Option<String>,
        table: Box<TableView>,
    },
    Yaml {
        target: FormTarget,
        text: String,
        object: Value,
        refused: Option<String>,
    },
    Logs {
        address: String,
        download: String,
        pod: String,
        containers: Vec<String>,
        query: LogQuery,
    },
    /// A workload's logs: choose one of its Pods.
    PickPod {
        table: Box<TableView>,
    },
}

pub async fn detail(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    target: &ObjectRef,
    tab: Option<String>,
    query: &str,
) -> Result<ObjectPage, AppError> {
    let kind = kind(cx, &target.kind)?;
    let clusters = cx.services().clusters();
    let budget = clusters.settings().page;
    let who = caller(grant.actor());
    let (mut view, object) = clusters::detail::view(
        clusters,
        grant.cluster(),
        kind,
        &who,
        target.namespace.as_deref(),
        &target.name,
        budget,
    )
    .await
    .map_err(|error| from_cluster(cx.locale(), &error))?;
    let user = user(cx, grant)?.for_page();
    view.actions = list::actions(cx, grant, Some(&user), kind, target.namespace.as_deref()).await;
    present_view(cx, &mut view);
    let tab = tab.filter(|id| view.tabs.iter().any(|tab| tab.id == *id)).unwrap_or_else(|| view.default_tab.clone());
    let content = content(cx, grant, kind, &view.target, &object, &tab, query).await?;
    let have = have(cx, grant, &view.target).await;
    Ok(ObjectPage { label: cx.t(kind.singular), icon: kind.icon, view, tab, content, have })
}

async fn have(cx: &RequestCx, grant: &Grant<ClusterRead>, target: &ObjectRef) -> Vec<(String, String)> {
    let Some(uid) = &target.uid else { return Vec::new() };
    let query = Query {
        namespaces: target.namespace.iter().cloned().collect(),
        filters: vec![Filter { field: "uid".to_owned(), op: FilterOp::Equals, value: uid.clone() }],
        ..Query::default()
    };
    let page = list::page(cx, grant, &target.kind, &query).await;
    page.map(|page| page.rows.into_iter().map(|row| (row.key, row.version)).collect()).unwrap_or_default()
}

fn present_view(cx: &RequestCx, view: &mut DetailView) {
    let locale = cx.locale();
    present::state(locale, &mut view.state);
    for section in &mut view.sections {
        section.title = cx.t(&section.title);
        for row in &mut section.rows {
            row.label = cx.t(&row.label);
            present::cell(locale, &mut row.value);
        }
    }
    for line in &mut view.containers {
        if let Some(state) = &mut line.state {
            present::state(locale, state);
        }
    }
    for tab in &mut view.tabs {
        tab.label = cx.t(&tab.label);
    }
    for refused in &mut view.refused {
        refused.refused = refused.refused.take().map(|key| cx.t(&key));
    }
}

async fn content(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    kind: &Kind,
    target: &ObjectRef,
    object: &Value,
    tab: &str,
    query: &str,
) -> Result<TabContent, AppError> {
    let uid = target.uid.clone().unwrap_or_default();
    Ok(match tab {
        "pods" => {
            // Without a namespace it owns no Pods; they run on it.
            let filter = if kind.namespaced { ("owner", uid) } else { ("node", target.name.clone()) };
            let table = sub_table(cx, grant, target, "pods", &[filter], tab, query).await?;
            TabContent::Table { note: None, table: Box::new(table) }
        }
        "events" => {
            let table = sub_table(cx, grant, target, "events", &[("owner", uid)], tab, query).await?;
            TabContent::Table { note: Some(cx.t("detail-events-note")), table: Box::new(table) }
        }
        "yaml" => {
            let object = readable(object);
            let refused = list::account_refusal(cx, grant);
            TabContent::Yaml {
                target: FormTarget {
                    form: "object".to_owned(),
                    cluster: Some(target.cluster.clone()),
                    kind: Some(target.kind.clone()),
                    object: Some(target.clone()),
                },
                text: to_yaml(&object),
                object,
                refused,
            }
        }
        "logs" if kind.action("logs").is_some_and(|action| action.subresource == Some("log")) => {
            let containers = super::shell::containers(object);
            let asked = LogQuery::default();
            let wanted = Query::value_of(query, "container").filter(|name| containers.contains(name));
            let container = wanted.or_else(|| containers.first().cloned()).unwrap_or_default();
            TabContent::Logs {
                address: format!("{}/~logs", links::object(target)),
                download: format!("{}/~logs/download", links::object(target)),
                pod: target.name.clone(),
                containers,
                query: LogQuery { container, ..asked },
            }
        }
        "logs" => {
            let mut table = sub_table(cx, grant, target, "pods", &[("owner", uid)], tab, query).await?;
            table.actions.retain(|action| action.id == "logs");
            TabContent::PickPod { table: Box::new(table) }
        }
        _ => TabContent::Details,
    })
}

/// A list of another kind inside a detail page, narrowed to what belongs to the object.
async fn sub_table(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    target: &ObjectRef,
    plural: &str,
    filters: &[(&str, String)],
    tab: &str,
    query: &str,
) -> Result<TableView, AppError> {
    let mut asked = Query::from_url(query);
    if let Some(namespace) = &target.namespace {
        asked.namespaces = vec![namespace.clone()];
    }
    // An object without uid owns nothing: an empty filter would show everything.
    asked.filters = filters
        .iter()
        .map(|(field, value)| Filter {
            field: (*field).to_owned(),
            op: FilterOp::Equals,
            value: if value.is_empty() { "-".to_owned() } else { value.clone() },
        })
        .collect();
    let base = links::object_tab(target, tab);
    let mut table = list::table_view(cx, grant, &KindKey::new("", plural), asked, base).await?;
    table.options.chrome = false;
    table.options.create = None;
    table.namespaces = None;
    Ok(table)
}

/// The object as people read it: without managed fields.
fn readable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}
