//! The detail page of any object: head, what is not as it should be, tabs.

use super::{Place, object_crumbs, target_of};
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use model::detail::{ConditionLine, ContainerLine, ContainerRole, DetailView};
use model::dialog::DialogTarget;
use model::table::{Filter, FilterOp, Query, TableSource, TableView};
use model::{AppError, links};
use services::RequestCx;
use services::objects::{ObjectPage, TabContent};
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let target = target_of(&request)?;
    let page =
        services::objects::detail(&place.cx, &place.grant, &target, request.value("tab"), &request.query).await?;
    let crumbs = object_crumbs(&page.label, &page.view.target, None);
    let (cx, head) = (place.cx.clone(), place.frame.head.clone());
    let chrome = place.chrome(page.view.target.name.clone(), Here::Kind(page.view.target.kind.clone()));
    Ok(render(
        &place.cx,
        move || chrome().compact(),
        move || {
            let words = labels(&cx, ui::labels::COMMON);
            view! {
                {ui::crumbs(Some(&head), &crumbs)}
                {object_head(&cx, &page)}
                {ui::cluster_banner(&head, &words)}
                <div data-live-part="findings">{findings(&cx, &page.view)}</div>
                {body(&cx, &page)}
                {live(&cx, &page)}
            }
        },
    ))
}

fn object_head(cx: &RequestCx, page: &ObjectPage) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let actions = ui::head_actions(
        &page.view.actions,
        &ui::HeadTarget {
            target: DialogTarget::Objects { objects: vec![page.view.target.clone()] },
            href: links::object(&page.view.target),
            refused: page.view.refused.clone(),
        },
        &words,
    );
    let owner = page.view.owner.as_ref().map(|cell| {
        view! { <span class="text-ink-3">{cx.t("detail-owner")} " " {ui::cell(cell, &words)}</span> }
    });
    let note = view! {
        <span class="g-headfacts">
        {page.view.target.namespace.as_ref().map(|name| view! {
            <span class="text-ink-3">{cx.t("column-namespace")} " " <span class="g-mono">{name.clone()}</span></span>
        })}
        {owner}
        </span>
    };
    ui::page_head(
        ui::PageHead {
            title: page.view.target.name.clone(),
            mono: true,
            icon: page.icon,
            state: Some(page.view.state.clone()),
            note: Some(note),
            live: true,
            actions,
        },
        &words,
    )
}

/// Conditions that are not as they should be stand before the tabs: the reason is where the symptom is.
fn findings(cx: &RequestCx, view: &DetailView) -> View {
    let bad = view
        .conditions
        .iter()
        .filter(|line| matches!(line.family, model::table::Family::Error | model::table::Family::Warning));
    bad.map(|line| {
        let title = if line.reason.is_empty() {
            format!("{} = {}", line.kind, line.status)
        } else {
            format!("{} = {} · {}", line.kind, line.status, line.reason)
        };
        let text = if line.message.is_empty() { cx.t("detail-no-message") } else { line.message.clone() };
        ui::banner(line.family, &title, &text, View::default())
    })
    .collect_view()
}

/// Tabs and content are one panel; details are panels of their own below the tabs.
fn body(cx: &RequestCx, page: &ObjectPage) -> View {
    let tabs = ui::tabs(&tabs(page));
    match &page.content {
        TabContent::Details => view! {
            {ui::panel_plain(tabs)}
            <div class="g-below" data-live-part="details">{details(cx, &page.view)}</div>
        },
        _ => ui::panel_plain(view! { {tabs} {content(cx, page)} }),
    }
}

/// Watches the object's row: its state, findings and details change without a reload.
fn live(cx: &RequestCx, page: &ObjectPage) -> View {
    let target = &page.view.target;
    let Some(uid) = target.uid.clone() else { return View::default() };
    let source = TableSource::Kind { cluster: target.cluster.clone(), kind: target.kind.clone() };
    let filter = Filter { field: "uid".to_owned(), op: FilterOp::Equals, value: uid };
    let query =
        Query { namespaces: target.namespace.iter().cloned().collect(), filters: vec![filter], ..Query::default() };
    view! {
        <ui::LiveParts
            source=source
            query=query
            have=page.have.clone()
            gone=cx.t("detail-gone")
            gone_text=cx.t("detail-gone-text")
        />
    }
}

fn tabs(page: &ObjectPage) -> Vec<ui::Tab> {
    page.view
        .tabs
        .iter()
        .map(|tab| ui::Tab {
            label: tab.label.clone(),
            href: links::object_tab(&page.view.target, &tab.id),
            count: None,
            current: tab.id == page.tab,
        })
        .collect()
}

fn content(cx: &RequestCx, page: &ObjectPage) -> View {
    match &page.content {
        TabContent::Details => View::default(),
        TabContent::Table { note, table } => view! {
            {note.clone().map(|text| view! { <p class="g-hint g-tabnote">{text}</p> })}
            {rows(cx, table)}
        },
        TabContent::Yaml { target, text, object, refused } => view! {
            <ui::YamlPanel
                target=target.clone()
                text=text.clone()
                object=object.clone()
                refused=refused.clone()
                labels=labels(cx, ui::labels::FORM)
            />
        },
        TabContent::Logs { address, download, pod, containers, query } => view! {
            <ui::LogView
                address=address.clone()
                download=download.clone()
                pod=pod.clone()
                containers=containers.clone()
                query=query.clone()
                labels=labels(cx, ui::labels::LOG)
            />
        },
        TabContent::PickPod { table } => view! {
            <p class="g-hint g-tabnote">{cx.t("detail-logs-pick")}</p>
            {rows(cx, table)}
        },
    }
}

/// A list inside a tab.
fn rows(cx: &RequestCx, table: &TableView) -> View {
    let name = table.options.noun.clone();
    view! { <ui::DataTable view=table.clone() labels=labels(cx, ui::labels::TABLE) name=name /> }
}

fn details(cx: &RequestCx, view: &DetailView) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let sections = view
        .sections
        .iter()
        .map(|section| {
            let rows = section.rows.iter().map(|row| (row.label.clone(), ui::cell(&row.value, &words))).collect();
            ui::panel(&section.title, "", View::default(), ui::fields(rows))
        })
        .collect_view();
    view! {
        <div class="g-stackpanels">
            {sections}
            {pairs(cx, "detail-labels", &view.labels)}
            {pairs(cx, "detail-annotations", &view.annotations)}
            {(!view.containers.is_empty()).then(|| containers(cx, &view.containers))}
            {(!view.conditions.is_empty()).then(|| conditions(cx, &view.conditions))}
        </div>
    }
}

fn pairs(cx: &RequestCx, title: &str, pairs: &[(String, String)]) -> View {
    if pairs.is_empty() {
        return View::default();
    }
    let rows = pairs
        .iter()
        .map(|(key, value)| (key.clone(), view! { <span class="g-mono g-break">{value.clone()}</span> }))
        .collect();
    ui::panel(&cx.t(title), &pairs.len().to_string(), View::default(), ui::fields(rows))
}

fn containers(cx: &RequestCx, lines: &[ContainerLine]) -> View {
    let head = [
        "column-container",
        "column-state",
        "column-image",
        "column-restarts",
        "detail-cpu",
        "detail-memory",
        "detail-ports",
    ];
    let limit = |request: &str, limit: &str| {
        let word = |text: &str, key: &str| if text.is_empty() { cx.t(key) } else { text.to_owned() };
        format!("{} / {}", word(request, "detail-not-set"), word(limit, "detail-unlimited"))
    };
    let rows = lines
        .iter()
        .map(|line| {
            let role = match line.role {
                ContainerRole::Main => None,
                ContainerRole::Init => Some("detail-role-init"),
                ContainerRole::Sidecar => Some("detail-role-sidecar"),
                ContainerRole::Ephemeral => Some("detail-role-ephemeral"),
            };
            view! {
                <tr>
                    <td class="g-mono">{line.name.clone()} " " {role.map(|key| ui::badge(&cx.t(key), false))}</td>
                    <td>{line.state.as_ref().map(|state| ui::state_chip(state, false))}</td>
                    <td>{ui::image(&line.image)}</td>
                    <td>{line.restarts.map(|n| n.to_string())}</td>
                    <td class="g-mono">{limit(&line.cpu_request, &line.cpu_limit)}</td>
                    <td class="g-mono">{limit(&line.memory_request, &line.memory_limit)}</td>
                    <td class="g-mono">{line.ports.join(", ")}</td>
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <div class="g-scroll" tabindex="0" role="region" aria-label=cx.t("detail-containers")>
            <table class="g-table">
                <thead><tr>{head.iter().map(|key| view! { <th scope="col">{cx.t(key)}</th> }).collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    ui::panel(&cx.t("detail-containers"), "", View::default(), table.into_content())
}

fn conditions(cx: &RequestCx, lines: &[ConditionLine]) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let head = ["detail-condition", "detail-status", "column-reason", "column-message", "detail-since"];
    let rows = lines
        .iter()
        .map(|line| {
            let state = model::table::State::new(line.family, line.status.clone());
            view! {
                <tr>
                    <td class="g-mono">{line.kind.clone()}</td>
                    <td>{ui::state_chip(&state, false)}</td>
                    <td class="g-mono">{line.reason.clone()}</td>
                    <td class="g-wrap">{line.message.clone()}</td>
                    <td>{line.since.map(|at| ui::time(at, true, &words))}</td>
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <div class="g-scroll" tabindex="0" role="region" aria-label=cx.t("detail-conditions")>
            <table class="g-table">
                <thead><tr>{head.iter().map(|key| view! { <th scope="col">{cx.t(key)}</th> }).collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    ui::panel(&cx.t("detail-conditions"), "", View::default(), table.into_content())
}
