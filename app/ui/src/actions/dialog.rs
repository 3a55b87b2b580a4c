//! The dialog of an action: what will happen, a small form, for grave acts a name to type.

use super::{Desk, snippets, toasts};
use crate::form::{FormState, draw_fields};
use crate::parts::banner_with_icon;
use crate::{Labels, browser, call, icon, icon_colored};
use leptos::task::spawn_local;
use model::AppError;
use model::change::Outcome;
use model::dialog::{Dialog, DialogTarget};
use model::rpc::{OpenDialog, SubmitDialog};
use model::table::Family;
use view::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

/// The dialog that is open.
#[derive(Clone)]
pub(super) struct Asked {
    dialog: Dialog,
    form: Option<FormState>,
    /// Asked by a button that the server drew: the page is not live there and is loaded anew.
    reload: bool,
    typed: RwSignal<String>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<AppError>>,
    outcome: RwSignal<Option<Outcome>>,
}

const ID: &str = "action-dialog";

/// Opens a `<dialog>` of the page after its content is there. Where nothing asks for the focus, the first field gets it.
pub(super) fn show(id: &'static str) {
    browser::soon(move || {
        let Some(element) = dialog_element(id).filter(|element| !element.open()) else { return };
        element.show_modal().unwrap_or_default();
        let find = |selector: &str| element.query_selector(selector).ok().flatten();
        let field = find("[autofocus]")
            .or_else(|| find(".g-dialog__b input, .g-dialog__b select, .g-dialog__b textarea"))
            .and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(field) = field {
            field.focus().unwrap_or_default();
        }
    });
}

pub(super) fn dialog_element(id: &str) -> Option<HtmlDialogElement> {
    browser::by_id(id)?.dyn_into().ok()
}

pub(super) fn close(id: &str) {
    if let Some(element) = dialog_element(id) {
        element.close();
    }
}

pub(super) fn ask(desk: Desk, action: String, target: DialogTarget, reload: bool) {
    spawn_local(async move {
        let labels = desk.labels.get_value();
        match call(&OpenDialog { action, target }, &labels).await {
            Ok(dialog) => {
                let form = dialog
                    .form
                    .clone()
                    .map(|form| FormState::new(form, dialog.data.clone(), serde_json::Value::Null, labels));
                desk.asked.set(Some(Asked {
                    form,
                    reload,
                    typed: RwSignal::new(String::new()),
                    busy: RwSignal::new(false),
                    problem: RwSignal::new(None),
                    outcome: RwSignal::new(None),
                    dialog,
                }));
                show(ID);
            }
            Err(error) => super::toast_error(&error),
        }
    });
}

fn submit(desk: Desk, asked: &Asked) {
    let confirmed =
        asked.dialog.type_name.as_ref().is_none_or(|name| asked.typed.with_untracked(|typed| typed == name));
    if asked.busy.get_untracked() || !confirmed || !asked.form.as_ref().is_none_or(FormState::submit) {
        return;
    }
    let asked = asked.clone();
    let request = SubmitDialog {
        action: asked.dialog.action.clone(),
        target: asked.dialog.target.clone(),
        data: asked.form.as_ref().map_or_else(|| asked.dialog.data.clone(), |form| form.data.get_untracked()),
        typed: asked.typed.get_untracked(),
    };
    asked.busy.set(true);
    asked.problem.set(None);
    spawn_local(async move {
        let labels = desk.labels.get_value();
        match call(&request, &labels).await {
            // What is shown once stays until it was copied.
            Ok(outcome) if outcome.failed() == 0 && outcome.snippets.is_empty() => done(desk, &asked, &outcome),
            Ok(outcome) => asked.outcome.set(Some(outcome)),
            Err(error) => {
                if let Some(form) = &asked.form {
                    form.refuse(&error.fields);
                }
                asked.problem.set(Some(error));
            }
        }
        asked.busy.set(false);
    });
}

fn done(desk: Desk, asked: &Asked, outcome: &Outcome) {
    close(ID);
    // The rows of a list are live: one stays there, with its filters.
    if let Some(next) = outcome.next.as_ref().filter(|_| asked.reload) {
        toasts::keep_for_next_page(&outcome.message);
        browser::go(next);
    } else if asked.reload {
        toasts::keep_for_next_page(&outcome.message);
        browser::reload();
    } else {
        toasts::show(desk, Family::Success, &outcome.message, "", "");
    }
}

pub(super) fn view(desk: Desk, labels: &Labels) -> View {
    let texts = labels.clone();
    let content = move || desk.asked.get().map(|asked| draw(desk, &asked, &texts));
    let role = move || {
        let danger = desk.asked.with(|asked| asked.as_ref().is_some_and(|asked| asked.dialog.danger));
        danger.then_some("alertdialog")
    };
    view! {
        <dialog id=ID class="g-modal" role=role aria-labelledby="action-title" on:close=move |_| desk.asked.set(None)>
            {content}
        </dialog>
    }
}

fn draw(desk: Desk, asked: &Asked, labels: &Labels) -> View {
    let dialog = &asked.dialog;
    let close_label = labels.get("ui-close");
    let mut text = dialog.text.iter();
    let sentence = text.next().cloned().map(|text| view! { <p>{text}</p> });
    let impact: Vec<String> = text.cloned().collect();
    let impact = (!impact.is_empty()).then(|| {
        let lines = impact
            .into_iter()
            .map(|line| {
                view! {
                    <span class="flex gap-2">
                        {icon_colored("circle-dot", "g-i mt-[3px]", "ink-3")} <span>{line}</span>
                    </span>
                }
            })
            .collect_view();
        view! {
            <div class="mt-3 border border-line-soft rounded-sm">
                <div class="px-3 py-1.5 text-xs text-ink-3 border-b border-line-soft">{labels.get("ui-dialog-impact")}</div>
                <div class="px-3 py-2 grid gap-1">{lines}</div>
            </div>
        }
    });
    let refused =
        dialog.refused.clone().map(|reason| banner_with_icon(Family::Warning, "lock", &reason, "", View::default()));
    let form = asked.form.as_ref().map(|form| {
        let root = crate::form::root();
        let fields = form.form.sections.iter().map(|section| draw_fields(form, &section.fields, &root)).collect_view();
        view! { <div class="g-form mt-2">{fields}</div> }
    });
    let results = {
        let (asked, labels) = (asked.clone(), labels.clone());
        move || asked.outcome.get().map(|outcome| draw_results(&outcome, &labels))
    };
    let problem = {
        let problem = asked.problem;
        move || problem.get().map(|error| draw_problem(&error))
    };
    let (state, send) = (asked.clone(), asked.clone());
    let body = view! {
        {refused}
        {sentence}
        {impact}
        {snippets::draw(&dialog.snippets, labels)}
        {form}
        {typed_name(asked, labels)}
        <div aria-live="polite">{problem} {results}</div>
    };
    let wide = dialog.form.is_some() || !dialog.snippets.is_empty();
    view! {
        <form
            class=if wide { "g-dialog g-dialog--wide" } else { "g-dialog" }
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit(desk, &send);
            }
        >
            <div class="g-dialog__h">
                <h2 id="action-title">{dialog.title.clone()}</h2>
                <button
                    type="button"
                    class="g-ib ml-auto"
                    aria-label=close_label.clone()
                    title=close_label
                    on:click=|_| close(ID)
                >
                    {icon("x", "g-i16")}
                </button>
            </div>
            <div class="g-dialog__b">{body}</div>
            {footer(&state, labels)}
        </form>
    }
}

fn draw_problem(error: &AppError) -> View {
    let id = error.request_id.clone().unwrap_or_default();
    let text = [error.detail.clone().unwrap_or_default(), id].join(" ");
    view! {
        <div class="mt-3">{banner_with_icon(Family::Error, "circle-x", &error.message, text.trim(), View::default())}</div>
    }
}

/// Per object, when not all of them worked.
fn draw_results(outcome: &Outcome, labels: &Labels) -> View {
    let lines = outcome
        .items
        .iter()
        .map(|item| {
            let (name, token) = if item.error.is_some() { ("circle-x", "err") } else { ("circle-check", "ok") };
            let reason = item.error.as_ref().map(|error| {
                let text = match &error.detail {
                    Some(detail) => format!("{} {detail}", error.message),
                    None => error.message.clone(),
                };
                view! { <div class="text-xs text-ink-2 wrap-anywhere">{text}</div> }
            });
            view! {
                <li class="flex gap-2 py-1">
                    {icon_colored(name, "g-i mt-[3px]", token)}
                    <div class="min-w-0">
                        <span class="g-mono">{item.title.clone()}</span>
                        {reason}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="mt-3">
            <b class="font-semibold">{outcome.message.clone()}</b>
            <ul class="mt-1">{lines}</ul>
            {snippets::draw(&outcome.snippets, labels)}
        </div>
    }
}

fn typed_name(asked: &Asked, labels: &Labels) -> Option<View> {
    let name = asked.dialog.type_name.clone()?;
    let typed = asked.typed;
    Some(view! {
        <label class="block mt-3">
            <span class="block mb-1">{labels.fill("ui-dialog-type", &[("name", &name)])}</span>
            <input
                class="input g-mono"
                autofocus
                autocomplete="off"
                spellcheck="false"
                data-typed-name
                on:input=move |event| typed.set(browser::value_of(&event))
            />
        </label>
    })
}

fn footer(asked: &Asked, labels: &Labels) -> View {
    let dialog = &asked.dialog;
    let only_close = dialog.refused.is_some() || dialog.informational;
    if only_close {
        return view! {
            <div class="g-dialog__f">
                <button type="button" class="btn" autofocus on:click=|_| close(ID)>
                    {labels.get("ui-close")}
                </button>
            </div>
        };
    }
    let (typed, busy, outcome) = (asked.typed, asked.busy, asked.outcome);
    let name = dialog.type_name.clone();
    let different = Memo::new(move |_| name.as_ref().is_some_and(|name| typed.with(|typed| typed != name)));
    let hint = {
        let text = labels.get("ui-dialog-not-equal");
        move || (different.get() && typed.with(|typed| !typed.is_empty())).then(|| text.clone())
    };
    // With a form or a name to type the focus is there; a question, or what destroys, starts on Cancel.
    let on_cancel = dialog.type_name.is_none() && (dialog.form.is_none() || dialog.danger);
    let class = if dialog.danger { "btn btn-error" } else { "btn btn-primary" };
    let finished = move || outcome.with(Option::is_some);
    view! {
        <div class="g-dialog__f">
            <span class="text-xs text-ink-3 mr-auto" role="status">
                {hint}
            </span>
            <button type="button" class="btn" autofocus=on_cancel on:click=|_| close(ID)>
                {
                    let (cancel, close) = (labels.get("ui-cancel"), labels.get("ui-close"));
                    move || if outcome.with(Option::is_some) { close.clone() } else { cancel.clone() }
                }
            </button>
            <button
                type="submit"
                class=class
                data-confirm
                hidden=finished
                aria-disabled=move || (different.get() || busy.get()).then_some("true")
            >
                {move || busy.get().then(|| icon("loader-circle", "g-i16 g-spin"))}
                {dialog.confirm.clone()}
            </button>
        </div>
    }
}
