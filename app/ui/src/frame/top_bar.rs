//! The top bar. Language, theme and sign-out are plain forms: they work before the wasm is there.

use super::{Frame, Nav, strip_style};
use crate::icon;
use model::{Locale, Theme};
use view::prelude::*;

/// The mark of the product: a gantry crane with its load.
pub(crate) fn mark() -> View {
    view! {
        <svg
            width="22"
            height="22"
            viewBox="0 0 22 22"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            aria-hidden="true"
            inner_html=r#"<path d="M2.5 5h17M5 5v14.5M17 5v14.5M2.5 19.5h5M14.5 19.5h5"/><path d="M11 5v4" stroke="var(--accent-text)"/><path d="M8 9.5h6v5H8z" fill="var(--accent-text)" stroke="none"/>"#
        ></svg>
    }
}

pub(super) fn top_bar(frame: &Frame) -> View {
    let labels = &frame.labels;
    let areas = frame
        .areas
        .iter()
        .map(|area| {
            view! {
                <a
                    class="g-area"
                    href=area.href.clone()
                    aria-current=area.current.then_some("true")
                    data-jump=(!area.jump.is_empty()).then_some(area.jump)
                >
                    {area.label.clone()}
                </a>
            }
        })
        .collect_view();
    let menu = (!matches!(frame.nav, Nav::None)).then(|| {
        view! {
            <a class="g-ib g-only-s" href="#nav" aria-label=labels.get("ui-nav-open")>
                {icon("menu", "g-i16")}
            </a>
        }
    });
    view! {
        <header class="g-topbar" style=strip_style(&frame.nav)>
            {menu}
            <a class="g-brand" href="/">
                {mark()} {labels.get("product")}
            </a>
            <nav class="g-only-l flex" aria-label=labels.get("ui-nav-global")>
                {areas}
            </nav>
            <div class="ml-auto flex items-center gap-1">
                <button class="g-search" type="button" data-palette title=labels.get("ui-search")>
                    {icon("search", "g-i16")}
                    <span class="flex-1 text-left">{labels.get("ui-search")}</span>
                    <kbd class="kbd">"Ctrl K"</kbd>
                </button>
                <span class="g-only-l flex items-center gap-1">{language(frame)} {theme(frame)}</span>
                {account(frame)}
            </div>
        </header>
    }
}

/// The language switch and the theme switch, also for pages before sign-in.
fn language(frame: &Frame) -> View {
    let options = Locale::ALL
        .map(|locale| choice("locale", locale.tag(), &frame.labels.get(locale_key(locale)), locale == frame.locale))
        .collect_view();
    view! {
        <details class="g-drop">
            <summary class="g-ib g-ib--word" title=frame.labels.get("ui-language")>
                {icon("languages", "g-i16")}
                <span class="text-xs">{frame.labels.get(locale_key(frame.locale))}</span>
            </summary>
            {preference_form(frame, options.into_content())}
        </details>
    }
}

const fn locale_key(locale: Locale) -> &'static str {
    match locale {
        Locale::ZhCn => "ui-locale-zh",
        Locale::En => "ui-locale-en",
    }
}

fn theme(frame: &Frame) -> View {
    let key = |theme| match theme {
        Theme::System => "ui-theme-system",
        Theme::Light => "ui-theme-light",
        Theme::Dark => "ui-theme-dark",
        Theme::Contrast => "ui-theme-contrast",
    };
    let options = Theme::ALL
        .map(|theme| choice("theme", theme.name(), &frame.labels.get(key(theme)), theme == frame.theme))
        .collect_view();
    let name = frame.labels.fill("ui-theme", &[("name", &frame.labels.get(key(frame.theme)))]);
    view! {
        <details class="g-drop">
            <summary class="g-ib g-ib--lg" title=name.clone() aria-label=name>
                {icon("sun-moon", "g-i16")}
            </summary>
            {preference_form(frame, options.into_content())}
        </details>
    }
}

fn preference_form(frame: &Frame, options: View) -> View {
    view! {
        <form class="g-menu g-menu--right" method="post" action="/profile/preference">
            <input type="hidden" name="return_to" value=frame.return_to.clone() />
            {options}
        </form>
    }
}

fn choice(name: &'static str, value: &'static str, label: &str, current: bool) -> View {
    view! {
        <button type="submit" name=name value=value aria-pressed=if current { "true" } else { "false" }>
            {icon(if current { "check" } else { "" }, if current { "g-i" } else { "g-i invisible" })} {label.to_owned()}
        </button>
    }
}

fn account(frame: &Frame) -> View {
    let labels = &frame.labels;
    let name = frame.me.as_ref().map(|me| me.name.clone()).unwrap_or_default();
    view! {
        <details class="g-drop">
            <summary class="g-ib g-ib--word" title=labels.get("ui-account") aria-label=format!("{} {name}", labels.get("ui-account"))>
                {icon("circle-user-round", "g-i16")}
                <span class="g-only-l text-xs text-ink-2">{name.clone()}</span>
            </summary>
            <div class="g-menu g-menu--right">
                <div class="g-menu__h">{name}</div>
                <a href=model::links::PROFILE>{icon("settings", "g-i")} {labels.get("ui-profile")}</a>
                <div class="g-only-s block w-full">{language(frame)} {theme(frame)}</div>
                <hr />
                <form method="post" action="/logout">
                    <button type="submit">{icon("log-out", "g-i")} {labels.get("ui-sign-out")}</button>
                </form>
            </div>
        </details>
    }
}

/// Language and theme at the top of the pages before sign-in.
#[must_use]
pub fn entry_bar(frame: &Frame) -> View {
    view! {
        <header class="flex items-center h-12 px-4">
            <span class="g-brand">{mark()} {frame.labels.get("product")}</span>
            <span class="ml-auto flex items-center gap-1">{language(frame)} {theme(frame)}</span>
        </header>
    }
}
