//! Basic information (基本信息): state and conditions, capacity and allocation, components, certificates, recent warnings.

use crate::pages::objects::Place;
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use model::AppError;
use model::clusters::Allocation;
use model::dialog::DialogTarget;
use model::table::{Cell, Family, State};
use services::RequestCx;
use services::clusters::Overview;
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let overview = services::clusters::overview(&place.cx, &place.grant).await?;
    let (cx, frame) = (place.cx.clone(), place.frame.clone());
    let title = frame.head.name.clone();
    Ok(render(&place.cx, place.chrome(cx.t("nav-overview"), Here::Overview), move || {
        let words = labels(&cx, ui::labels::COMMON);
        let actions = ui::head_actions(
            &overview.actions,
            &ui::HeadTarget {
                target: DialogTarget::Cluster { cluster: frame.head.id.clone() },
                href: model::links::cluster(&frame.head.id),
                refused: Vec::new(),
            },
            &words,
        );
        let head = ui::PageHead {
            title: title.clone(),
            mono: false,
            icon: "",
            state: Some(frame.head.state.clone()),
            note: Some(ui::copy_button(frame.head.id.as_str(), &words)),
            live: false,
            actions,
        };
        let crumbs = [ui::Crumb { label: cx.t("nav-overview"), href: None, mono: false }];
        view! {
            {ui::crumbs(Some(&frame.head), &crumbs)}
            {ui::page_head(head, &words)}
            {ui::cluster_banner(&frame.head, &words)}
            <div class="g-overview">
                <div class="g-stackpanels">
                    {basic(&cx, &overview)}
                    {warnings(&cx, &overview)}
                </div>
                <div class="g-stackpanels">
                    {capacity(&cx, &overview.allocation)}
                    {components(&cx, &overview)}
                </div>
            </div>
        }
    }))
}

fn basic(cx: &RequestCx, overview: &Overview) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let rows = overview.facts.iter().map(|(label, cell)| (label.clone(), ui::cell(cell, &words))).collect();
    ui::panel(&cx.t("clusters-basic"), "", View::default(), ui::fields(rows))
}

fn capacity(cx: &RequestCx, allocation: &Allocation) -> View {
    let part = |of: Option<f64>, all: Option<f64>| match (of, all) {
        (Some(of), Some(all)) if all > 0.0 => Some(of / all),
        _ => None,
    };
    let cores = |n: Option<f64>| n.map_or_else(|| cx.t("common-unknown"), i18n::cores);
    let bytes = |n: Option<f64>| n.map_or_else(|| cx.t("common-unknown"), i18n::bytes);
    let count = |n: Option<f64>| n.map_or_else(|| cx.t("common-unknown"), |n| i18n::number(n as i64));
    let line = |label: &str,
                requested: Option<f64>,
                used: Option<f64>,
                limits: Option<f64>,
                values: [(&str, String); 4]| {
        let values = values
            .into_iter()
            .filter(|(key, _)| !key.is_empty())
            .map(|(key, value)| view! { <span><span class="text-ink-3">{cx.t(key)}</span> " " <b class="font-semibold">{value}</b></span> })
            .collect_view();
        view! {
            <div class="g-capacity">
                <div class="flex justify-between gap-2"><span class="font-semibold">{cx.t(label)}</span></div>
                {ui::meter(requested, used, limits, true)}
                <div class="g-capacity__n">{values}</div>
            </div>
        }
    };
    let body = view! {
        {line(
            "clusters-cpu",
            part(allocation.cpu_requests, allocation.cpu_allocatable),
            part(allocation.cpu_used, allocation.cpu_allocatable),
            part(allocation.cpu_limits, allocation.cpu_allocatable),
            [
                ("clusters-allocatable", cores(allocation.cpu_allocatable)),
                ("clusters-requests", cores(allocation.cpu_requests)),
                ("clusters-limits", cores(allocation.cpu_limits)),
                ("clusters-used", cores(allocation.cpu_used)),
            ],
        )}
        {line(
            "clusters-memory",
            part(allocation.memory_requests, allocation.memory_allocatable),
            part(allocation.memory_used, allocation.memory_allocatable),
            part(allocation.memory_limits, allocation.memory_allocatable),
            [
                ("clusters-allocatable", bytes(allocation.memory_allocatable)),
                ("clusters-requests", bytes(allocation.memory_requests)),
                ("clusters-limits", bytes(allocation.memory_limits)),
                ("clusters-used", bytes(allocation.memory_used)),
            ],
        )}
        {line(
            "clusters-pods",
            part(allocation.pods, allocation.pods_allocatable),
            None,
            None,
            [
                ("clusters-allocatable", count(allocation.pods_allocatable)),
                ("clusters-running", count(allocation.pods)),
                ("", String::new()),
                ("", String::new()),
            ],
        )}
    };
    ui::panel(&cx.t("clusters-capacity"), "", View::default(), body.into_content())
}

fn components(cx: &RequestCx, overview: &Overview) -> View {
    if overview.components.is_empty() {
        return View::default();
    }
    // The apiserver names dozens of start-up hooks; one that is well is not worth a line of its own.
    let hook = |name: &str| name.starts_with("poststarthook/");
    let hooks = overview.components.iter().filter(|(name, ok, _)| hook(name) && *ok).count();
    let mut rows: Vec<(String, View)> = overview
        .components
        .iter()
        .filter(|(name, ok, _)| !(hook(name) && *ok))
        .map(|(name, ok, message)| {
            let state = if *ok {
                State::new(Family::Success, cx.t("state-Healthy"))
            } else {
                State::new(Family::Error, cx.t("state-Abnormal"))
            };
            (name.clone(), ui::state_chip(&state.with_hint(Some(message.clone())), false))
        })
        .collect();
    if hooks > 0 {
        let state = State::new(Family::Success, cx.t("state-Healthy"));
        let name = cx.t_args("clusters-start-hooks", &[("n", hooks.into())]);
        rows.push((name, ui::state_chip(&state, false)));
    }
    ui::panel(&cx.t("clusters-components"), "", View::default(), ui::fields(rows))
}

fn warnings(cx: &RequestCx, overview: &Overview) -> View {
    let words = labels(cx, ui::labels::COMMON);
    let body = match &overview.warnings {
        Some(table) if table.page.matching > 0 => view! {
            <div class="g-scroll" tabindex="0" role="region" aria-label=cx.t("clusters-warnings")>
                <ui::DataTable view=table.clone() labels=labels(cx, ui::labels::TABLE) name=cx.t("clusters-warnings") />
            </div>
        },
        Some(_) => view! { <p class="p-3 text-ink-2">{cx.t("clusters-no-warnings")}</p> },
        None => ui::cell(&Cell::Empty, &words),
    };
    ui::panel(&cx.t("clusters-warnings"), "", View::default(), body)
}
