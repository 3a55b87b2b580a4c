//! A form page: one draft in two views, review, apply.

use super::desk::{Desk, Mode};
use super::draft;
use super::path::Path;
use super::state::FormState;
use super::widget::draw_field;
use super::{review, side};
use crate::parts::banner_with_icon;
use crate::{Labels, browser, icon};
use model::change::Review;
use model::form::{FormView, Section};
use model::table::Family;
use model::wire::Given;
use model::{AppError, ErrorKind};
use view::prelude::*;

/// The body of a form page below its breadcrumbs: title with the view switch, sections, side pane, bottom bar.
#[island]
pub fn FormPage(
    #[prop(into)] view: Given<FormView>,
    #[prop(into)] labels: Given<Labels>,
    title: String,
) -> impl IntoView {
    let desk = Desk::new(view.0, labels.0);
    {
        let desk = desk.clone();
        watch(move || desk.wake());
    }
    let (at_form, at_yaml) = (desk.clone(), desk.clone());
    let form_hidden = move || at_form.review.with(Option::is_some) || at_form.mode.get() != Mode::Form;
    let yaml_hidden = move || at_yaml.review.with(Option::is_some) || at_yaml.mode.get() != Mode::Yaml;
    let sections = {
        let desk = desk.clone();
        move || desk.form.with(draw_sections)
    };
    let aside = {
        let desk = desk.clone();
        move || desk.form.with(side::side)
    };
    let body = view! {
        {head(&desk, &title)}
        {messages(&desk)}
        <div class="g-split" hidden=form_hidden>
            <form class="grid gap-2.5 content-start min-w-0" novalidate on:submit=|event| event.prevent_default()>
                {sections}
            </form>
            {aside}
        </div>
        <div hidden=yaml_hidden>{yaml_view(&desk)}</div>
        {review_view(&desk)}
        {bottom_bar(&desk)}
    };
    Island::from(body)
}

fn draw_sections(form: &FormState) -> View {
    let root = Path::default();
    form.form.sections.iter().map(|section| draw_section(form, section, &root)).collect_view()
}

fn draw_section(form: &FormState, section: &Section, root: &Path) -> View {
    let fields = section.fields.iter().map(|field| draw_field(form, field, root)).collect_view();
    let id = format!("section-{}", section.id);
    let hint = section.hint.clone();
    if section.advanced {
        return view! {
            <section class="g-panel" id=id>
                <details>
                    <summary class="g-panel__h g-fold">
                        {icon("chevron-right", "g-i g-chev")}
                        <h2>{section.title.clone()}</h2>
                        <span class="text-xs text-ink-3">{hint}</span>
                    </summary>
                    <div class="px-3 py-1.5 g-form">{fields}</div>
                </details>
            </section>
        };
    }
    view! {
        <section class="g-panel" id=id>
            <div class="g-panel__h">
                <h2>{section.title.clone()}</h2>
                <span class="text-xs text-ink-3">{hint}</span>
            </div>
            <div class="px-3 py-1.5 g-form">{fields}</div>
        </section>
    }
}

fn head(desk: &Desk, title: &str) -> View {
    let labels = &desk.labels;
    let hidden = {
        let desk = desk.clone();
        move || {
            let paths = desk.hidden.get();
            if paths.is_empty() || desk.mode.get() != Mode::Form || desk.review.with(Option::is_some) {
                return View::default();
            }
            let text = desk.labels.fill("ui-form-hidden", &[("n", &paths.len().to_string())]);
            let switch = desk.clone();
            view! {
                <button
                    type="button"
                    class="g-link text-xs g-only-l cursor-pointer"
                    title=paths.join("\n")
                    on:click=move |_| switch.show(Mode::Yaml)
                >
                    {text}
                </button>
            }
        }
    };
    let switch = desk.view.yaml.then(|| {
        let button = |mode: Mode, name: &'static str, label: String| {
            let (desk, pressed) = (desk.clone(), desk.clone());
            view! {
                <button
                    type="button"
                    aria-pressed=move || if pressed.mode.get() == mode { "true" } else { "false" }
                    on:click=move |_| desk.show(mode)
                >
                    {icon(name, "g-i")}
                    {label}
                </button>
            }
        };
        let away = desk.clone();
        view! {
            <div
                class="g-seg"
                role="group"
                aria-label=labels.get("ui-form-view")
                hidden=move || away.review.with(Option::is_some)
            >
                {button(Mode::Form, "list", labels.get("ui-form-form"))}
                {button(Mode::Yaml, "file-code-2", labels.get("ui-form-yaml"))}
            </div>
        }
    });
    let marks = {
        let desk = desk.clone();
        move || desk.review.with(|review| review.as_ref().map(|review| review::marks(review, &desk.labels)))
    };
    let name = {
        let (desk, title) = (desk.clone(), title.to_owned());
        move || if desk.review.with(Option::is_some) { desk.labels.get("ui-review-title") } else { title.clone() }
    };
    view! {
        <div class="g-head">
            <h1>{name}</h1>
            <span class="flex items-center gap-4 ml-3 flex-wrap">{marks}</span>
            <div class="g-head__act">{hidden} {switch}</div>
        </div>
    }
}

/// Everything that has to be said above the form.
fn messages(desk: &Desk) -> View {
    let desk = desk.clone();
    (move || {
        let labels = &desk.labels;
        let restored = desk.restored.get().then(|| {
            let dirty = desk.dirty;
            let discard = move |_| {
                // Else what was restored would be kept again while the page goes.
                dirty.set(false);
                draft::forget();
                browser::reload();
            };
            let action = view! {
                <button type="button" class="btn btn-sm" on:click=discard>
                    {labels.get("ui-form-discard")}
                </button>
            };
            banner_with_icon(Family::Progress, "history", &labels.get("ui-form-restored"), "", action.into_content())
        });
        let problem = desk.problem.get().map(|error| problem_banner(&desk, &error));
        let partial = desk.partial.get().map(|outcome| {
            let failed: Vec<String> = outcome
                .items
                .iter()
                .filter_map(|item| Some(format!("{}: {}", item.title, item.error.as_ref()?.message)))
                .collect();
            banner_with_icon(Family::Error, "circle-x", &outcome.message, &failed.join(" "), View::default())
        });
        view! { {restored} {problem} {partial} }
    })
    .into_content()
}

fn problem_banner(desk: &Desk, error: &AppError) -> View {
    let labels = &desk.labels;
    if error.kind == ErrorKind::Conflict && desk.view.target.object.is_some() {
        let (compare, take_over) = (desk.clone(), desk.clone());
        let dirty = desk.dirty;
        let reload = move |_| {
            dirty.set(false);
            draft::forget();
            browser::reload();
        };
        let actions = view! {
            <button type="button" class="btn btn-sm" on:click=move |_| compare.rebase(true)>
                {labels.get("ui-form-show-changed")}
            </button>
            <button type="button" class="btn btn-sm" on:click=move |_| take_over.rebase(false)>
                {labels.get("ui-form-take-over")}
            </button>
            <button type="button" class="btn btn-sm" on:click=reload>
                {labels.get("ui-form-reload")}
            </button>
        };
        let title = labels.get("ui-form-conflict");
        return banner_with_icon(Family::Warning, "refresh-cw", &title, &error.message, actions.into_content());
    }
    let id = error.request_id.clone().unwrap_or_default();
    let text = [error.detail.clone().unwrap_or_default(), id].join(" ");
    banner_with_icon(Family::Error, "circle-x", &error.message, text.trim(), View::default())
}

fn yaml_view(desk: &Desk) -> View {
    let editor = desk.editor;
    let problems = {
        let desk = desk.clone();
        move || super::yaml::problem_list(&desk.diagnostics.get(), desk.editor, &desk.labels)
    };
    view! {
        <section class="g-panel min-w-0 overflow-clip">
            <div class="g-editor" id="form-yaml"></div>
            {super::yaml::plain_area(editor)}
            {problems}
        </section>
    }
}

fn review_view(desk: &Desk) -> View {
    let desk = desk.clone();
    (move || desk.review.with(|review| review.as_ref().map(|value| review::review(value, &desk.labels)))).into_content()
}

fn bottom_bar(desk: &Desk) -> View {
    let labels = &desk.labels;
    let left = {
        let desk = desk.clone();
        move || {
            if let Some(reason) = &desk.view.refused {
                return view! { <span class="text-ink-2">{reason.clone()}</span> };
            }
            if desk.mode.get() == Mode::Form { desk.form.with(side::summary) } else { View::default() }
        }
    };
    let reviewing = {
        let desk = desk.clone();
        Memo::new(move |_| desk.review.with(Option::is_some))
    };
    let (back, check, apply) = (desk.clone(), desk.clone(), desk.clone());
    let refused = desk.view.refused.clone();
    let off = {
        let desk = desk.clone();
        let refused = refused.clone();
        move || {
            let blocked = desk.review.with(|review| review.as_ref().is_some_and(Review::refused));
            (refused.is_some() || desk.busy.get() || blocked).then_some("true")
        }
    };
    let review_off = {
        let busy = desk.busy;
        move || (refused.is_some() || busy.get()).then_some("true")
    };
    let busy = desk.busy;
    view! {
        <div class="g-bottombar">
            <div class="min-w-0 flex-1 text-ink-2">{left}</div>
            <a class="btn btn-ghost" href=desk.view.cancel_href.clone() hidden=move || reviewing.get()>
                {labels.get("ui-cancel")}
            </a>
            <button
                type="button"
                class="btn btn-ghost"
                hidden=move || !reviewing.get()
                on:click=move |_| back.review.set(None)
            >
                {labels.get("ui-review-back")}
            </button>
            <button
                type="button"
                class="btn"
                aria-disabled=review_off
                hidden=move || reviewing.get()
                on:click=move |_| check.look()
            >
                {icon("git-compare", "g-i16")}
                {labels.get("ui-form-review")}
            </button>
            <button type="button" class="btn btn-primary" aria-disabled=off on:click=move |_| apply.apply()>
                {move || busy.get().then(|| icon("loader-circle", "g-i16 g-spin"))}
                {desk.view.submit_label.clone()}
            </button>
        </div>
    }
}
