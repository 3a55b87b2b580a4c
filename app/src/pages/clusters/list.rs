//! Cluster management (集群管理): all clusters with their live state; for a new user the three steps of use.

use crate::routes::PageRequest;
use crate::shell::{Chrome, Rendered, area_nav, labels, render};
use model::permission::{Permission, Scope};
use model::table::{Query, TableView};
use model::{AppError, links};
use services::RequestCx;
use services::clusters;
use view::prelude::*;

/// `/` is the cluster list: the product's first page. An account without rights signs in too and is told why it is
/// empty (P-31).
pub async fn home(request: PageRequest) -> Result<Rendered, AppError> {
    if request.cx.can(Permission::ClustersList, &Scope::Console) {
        return page(request).await;
    }
    let cx = request.cx;
    let title = cx.t("clusters-title");
    let context = cx.clone();
    Ok(render(
        &cx,
        {
            let (cx, title) = (cx.clone(), title.clone());
            move || Chrome::new(title.clone(), "clusters", area_nav(&cx, "clusters", links::CLUSTERS))
        },
        move || {
            let head = ui::PageHead {
                title: title.clone(),
                mono: false,
                icon: "",
                state: None,
                note: None,
                live: false,
                actions: View::default(),
            };
            let words = labels(&context, ui::labels::COMMON);
            view! { {ui::page_head(head, &words)} {none_visible(&context)} }
        },
    ))
}

fn none_visible(cx: &RequestCx) -> View {
    ui::empty(
        ui::Empty::Forbidden,
        &cx.t("clusters-none-visible"),
        &cx.t("clusters-none-visible-text"),
        View::default(),
    )
}

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let cx = request.cx;
    let grant = cx.grant::<authz::right::ClustersList>(authz::ConsoleScope)?;
    let table = clusters::table(&cx, &grant, &Query::from_url(&request.query), links::CLUSTERS.to_owned()).await?;
    let title = cx.t("clusters-title");
    let context = cx.clone();
    Ok(render(
        &cx,
        {
            let (cx, title) = (cx.clone(), title.clone());
            move || Chrome::new(title.clone(), "clusters", area_nav(&cx, "clusters", links::CLUSTERS))
        },
        move || body(&context, &title, &table),
    ))
}

fn body(cx: &RequestCx, title: &str, table: &TableView) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let new_user = table.page.total == 0 && table.query == Query::default();
    let create = match (&table.options.create, &table.options.create_refused) {
        (Some(href), None) => ui::link_button(&cx.t("clusters-import"), href, "plus", "btn-primary"),
        (_, Some(reason)) => crate::shell::refused_button(cx.t("clusters-import"), reason, "plus", "btn-primary"),
        (None, None) => View::default(),
    };
    let head = ui::PageHead {
        title: title.to_owned(),
        mono: false,
        icon: "",
        state: None,
        note: None,
        live: !new_user,
        actions: create,
    };
    let content = if new_user {
        steps(cx, table)
    } else {
        view! { <ui::DataTable view=table.clone() labels=labels(cx, ui::labels::TABLE) name=title.to_owned() /> }
    };
    view! { {ui::page_head(head, &words)} {content} }
}

/// The three steps of use for a new user (C-4).
fn steps(cx: &RequestCx, table: &TableView) -> View {
    let may_import = table.options.create_refused.is_none();
    if !may_import {
        return none_visible(cx);
    }
    let step = |n: usize, key: &str, action: View| {
        view! {
            <li class="g-step">
                <span class="g-step__n" aria-hidden="true">{n}</span>
                <div class="min-w-0">
                    <h2 class="font-semibold">{cx.t(&format!("clusters-step-{key}"))}</h2>
                    <p class="text-ink-2">{cx.t(&format!("clusters-step-{key}-text"))}</p>
                    {action}
                </div>
            </li>
        }
    };
    let import = ui::link_button(&cx.t("clusters-import"), links::CLUSTER_IMPORT, "plus", "btn-primary");
    ui::panel(
        &cx.t("clusters-steps-title"),
        "",
        View::default(),
        view! {
            <ol class="g-steps">
                {step(1, "import", import)}
                {step(2, "run", View::default())}
                {step(3, "watch", View::default())}
            </ol>
        },
    )
}
