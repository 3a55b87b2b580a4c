//! Writes pages of sample data as HTML files, to look at the design system without a server:
//! `cargo run -p ui --features ssr --example gallery -- <folder>`; assets are expected under `/assets`.

mod data;

use leptos::prelude::*;
use model::table::TableView;
use model::{Locale, Theme};
use std::path::Path;
use std::{env, fs, io};
use ui::{
    Assets, Crumb, DataTable, FormPage, Frame, Labels, LogView, Nav, NavEntry, NavLink, PageHead, TerminalView,
    YamlPanel, labels,
};

fn texts(locale: Locale, keys: &[&[&str]]) -> Labels {
    Labels::of(keys, |key| i18n::t(locale, key))
}

fn frame(locale: Locale, theme: Theme, title: &str, compact: bool) -> Frame {
    let head = data::cluster();
    let list = |plural: &str| format!("/clusters/{}/{plural}", head.id);
    Frame {
        me: Some(data::me(locale, theme)),
        locale,
        theme,
        title: title.to_owned(),
        nonce: "gallery".to_owned(),
        assets: Assets {
            css: "/assets/main.css".into(),
            start_js: "/assets/start.js".into(),
            wasm: "/assets/gantry.wasm".into(),
            favicon: "/favicon.svg".into(),
        },
        labels: texts(locale, labels::FRAME),
        areas: vec![
            NavLink::new(i18n::t(locale, "common-search"), "/"),
            NavLink::new("Clusters", "/clusters").current(true).jump("c"),
        ],
        nav: Nav::Cluster {
            others: vec![("staging-shanghai".into(), "/clusters/cls-p4n8wz1c".into(), "orange".into())],
            entries: vec![
                NavEntry::Link(NavLink::new("Basic information", list("")).icon("info")),
                NavEntry::Group {
                    label: "Workloads".into(),
                    icon: "layers",
                    open: true,
                    links: vec![
                        NavLink::new("Deployment", list("deployments.apps")).count(Some(268)).current(true).jump("d"),
                        NavLink::new("Pod", list("pods")).count(Some(1142)).jump("p"),
                    ],
                },
                NavEntry::Link(NavLink::new("Events", list("events")).icon("activity")),
            ],
            head: Box::new(head),
        },
        compact,
        bare: false,
        return_to: "/".into(),
        palette: data::palette(),
    }
}

fn render(frame: Frame, body: impl FnOnce() -> AnyView) -> String {
    // Islands with children ask the page's context which parts were drawn.
    let context = hydration_context::SsrSharedContext::new_islands();
    let owner = Owner::new_root(Some(std::sync::Arc::new(context)));
    let html = owner.with(|| {
        let body = body();
        ui::document(frame, body).to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

fn list_page(locale: Locale, view: TableView, name: &str) -> AnyView {
    let labels = texts(locale, labels::TABLE);
    let head = data::cluster();
    let page_head = PageHead {
        title: name.to_owned(),
        mono: false,
        icon: "",
        state: None,
        note: None,
        live: true,
        actions: ui::link_button(&i18n::t(locale, "common-create"), "/new", "plus", "btn-primary"),
    };
    view! {
        <div>
            {ui::crumbs(Some(&head), &[Crumb::text("Workloads")])} {ui::page_head(page_head, &labels)}
        </div>
        <DataTable view=view labels=labels.clone() name=name.to_owned() />
    }
    .into_any()
}

fn form_page(locale: Locale) -> AnyView {
    let head = data::cluster();
    view! {
        {ui::crumbs(Some(&head), &[Crumb::link("Deployment", "/"), Crumb::text("New")])}
        <FormPage view=data::form() labels=texts(locale, labels::FORM) title="New workload".to_owned() />
    }
    .into_any()
}

fn log_page(locale: Locale) -> AnyView {
    view! {
        <section class="g-panel">
            <LogView
                address="/log".to_owned()
                download="/log.txt".to_owned()
                pod="payment-gateway-6d9f7c8b5d-4vtlm".to_owned()
                containers=vec!["gateway".to_owned(), "log-agent".to_owned()]
                query=model::logs::LogQuery { container: "gateway".into(), ..Default::default() }
                labels=texts(locale, labels::LOG)
            />
        </section>
    }
    .into_any()
}

fn detail_page(locale: Locale) -> AnyView {
    let words = texts(locale, labels::COMMON);
    let (head, view) = (data::cluster(), data::table());
    let target = ui::HeadTarget { target: data::dialog().target, href: "/deployment".into(), refused: Vec::new() };
    let page_head = PageHead {
        title: "payment-gateway".into(),
        mono: true,
        icon: "layers",
        state: Some(model::table::State::new(model::table::Family::Error, "更新超时")),
        note: None,
        live: true,
        actions: ui::head_actions(&view.actions, &target, &words),
    };
    let tab = |label: &str, count, current| ui::Tab { label: label.into(), href: "/".into(), count, current };
    let tabs = ui::tabs(&[tab("详情", None, false), tab("Pod管理", Some(8), false), tab("YAML", None, true)]);
    view! {
        {ui::crumbs(Some(&head), &[Crumb::link("Deployment", "/"), Crumb::text("payment").mono()])}
        {ui::page_head(page_head, &words)}
        {ui::banner(model::table::Family::Error, "Progressing = False", "ProgressDeadlineExceeded", ().into_any())}
        {ui::panel_plain(
            view! {
                {tabs}
                <YamlPanel
                    target=data::form().target
                    text="apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payment-gateway\n".to_owned()
                    object=serde_json::Value::Null
                    refused=None
                    labels=texts(locale, labels::FORM)
                />
            }
                .into_any(),
        )}
    }
    .into_any()
}

fn terminal_page(locale: Locale) -> AnyView {
    let head = data::cluster();
    view! {
        <TerminalView
            address="/terminal".to_owned()
            container="gateway".to_owned()
            containers=vec!["gateway".to_owned(), "log-agent".to_owned()]
            title="payment-gateway".to_owned()
            labels=texts(locale, labels::TERMINAL)
        >
            {ui::crumbs(Some(&head), &[Crumb::text("payment").mono(), Crumb::text("payment-gateway-6d9f7c8b5d-4vtlm").mono()])}
        </TerminalView>
    }
    .into_any()
}

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let write = |name: &str, html: String| fs::write(folder.join(name), html);
    for (tag, locale) in [("zh", Locale::ZhCn), ("en", Locale::En)] {
        for theme in [Theme::Light, Theme::Dark] {
            let name = |page: &str| format!("{page}.{tag}.{}.html", theme.name());
            let at = |title: &str, compact| frame(locale, theme, title, compact);
            write(&name("list"), render(at("Deployment", true), || list_page(locale, data::table(), "Deployment")))?;
            write(&name("empty"), render(at("Job", true), || list_page(locale, data::empty_table(), "Job")))?;
            write(&name("form"), render(at("New workload", false), || form_page(locale)))?;
            write(
                &name("clusters"),
                render(at("Clusters", false), || list_page(locale, data::clusters(), "Clusters")),
            )?;
            write(&name("detail"), render(at("payment-gateway", false), || detail_page(locale)))?;
            let mut window = at("shell", false);
            window.bare = true;
            write(&name("terminal"), render(window, || terminal_page(locale)))?;
            write(&name("log"), render(at("Log", false), || log_page(locale)))?;
        }
    }
    let answer = |name: &str, value: String| fs::write(folder.join(name), value);
    answer("dialog.json", serde_json::to_string(&data::dialog())?)?;
    answer("review.json", serde_json::to_string(&data::review())?)?;
    answer("patch.json", serde_json::to_string(&data::patch())?)?;
    println!("{}", folder.display());
    Ok(())
}
