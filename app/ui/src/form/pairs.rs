//! Key-value lists: labels, annotations, environment variables.

use super::path::{Items, Path};
use super::state::{FormState, text_of};
use super::widget::message;
use crate::{browser, icon, icon_styled};
use model::form::Field;
use serde_json::{Value, json};
use view::prelude::*;

pub(super) fn pairs(
    state: &FormState,
    field: &Field,
    path: &Path,
    locked: &[(String, String)],
    add: &str,
    multiline: bool,
) -> View {
    let items = state.items(path);
    let rows = {
        let (state, path, locked, label) = (state.clone(), path.clone(), locked.to_vec(), field.label.clone());
        let draw = move |id| pair(&state, &path, items, id, &locked, &label, multiline);
        keyed(move || items.get(), |id| *id, draw)
    };
    let frozen = field.locked.is_some();
    let (form, at) = (state.clone(), path.clone());
    let click = move |_| form.add_item(&at, items, json!({ "key": "", "value": "" }));
    view! {
        {rows}
        {(!frozen).then(|| add_button(add, click))}
    }
}

pub(super) fn add_button(label: &str, click: impl Fn(web_sys::MouseEvent) + 'static) -> View {
    view! {
        <button type="button" class="g-link g-add" on:click=click>
            {icon("plus", "g-i")}
            {label.to_owned()}
        </button>
    }
}

fn pair(
    state: &FormState,
    list: &Path,
    items: Items,
    id: u32,
    locked: &[(String, String)],
    label: &str,
    multiline: bool,
) -> View {
    let path = list.item(items, id);
    let (key_path, value_path) = (path.key("key"), path.key("value"));
    let key = state.text_at(&key_path);
    let reason = locked.iter().find(|(name, _)| *name == key).map(|(_, reason)| reason.clone());
    let fixed = reason.is_some();
    let write = |at: &Path| {
        let (state, at) = (state.clone(), at.clone());
        move |event: web_sys::Event| state.set(&at, Value::String(browser::value_of(&event)))
    };
    let leave = |at: &Path| {
        let (state, at) = (state.clone(), at.clone());
        move |_| state.touch(&at)
    };
    let problem = problem_of(state, &path);
    let invalid = move || problem.with(Option::is_some).then_some("true");
    let value_label = format!("{label}: {}", state.labels.get("ui-pair-value"));
    // A fixed row may follow another field, so it shows what the data says.
    let shown = {
        let (form, at) = (state.clone(), value_path.clone());
        move || form.data.with(|data| at.get(data).map(text_of).unwrap_or_default())
    };
    let value = if fixed {
        view! { <input class="input g-mono g-w-value" prop:value=shown readonly aria-label=value_label /> }
    } else if multiline {
        view! {
            <textarea
                class="textarea g-mono g-w-value"
                rows="1"
                prop:value=state.text_at(&value_path)
                autocomplete="off"
                spellcheck="false"
                aria-label=value_label
                aria-invalid=invalid
                on:input=write(&value_path)
                on:blur=leave(&value_path)
            ></textarea>
        }
    } else {
        view! {
            <input
                class="input g-mono g-w-value"
                value=state.text_at(&value_path)
                autocomplete="off"
                spellcheck="false"
                aria-label=value_label
                aria-invalid=invalid
                on:input=write(&value_path)
                on:blur=leave(&value_path)
            />
        }
    };
    let end = match reason {
        Some(reason) => view! {
            <span class="inline-flex items-center gap-1 text-xs text-ink-3 whitespace-nowrap g-only-l">
                {icon_styled("lock", "g-i", "width:12px;height:12px")}
                {reason}
            </span>
        },
        None => {
            let (form, list) = (state.clone(), list.clone());
            remove_button(&state.labels.get("ui-remove"), move |_| form.remove_item(&list, items, id))
        }
    };
    let data_path = {
        let path = path.clone();
        move || path.text()
    };
    view! {
        <div class="mb-1.5" data-path=data_path>
            <div class="flex items-center gap-2">
                <input
                    class="input g-mono g-w-key"
                    value=key
                    readonly=fixed
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=format!("{label}: {}", state.labels.get("ui-pair-key"))
                    aria-invalid=invalid
                    on:input=write(&key_path)
                    on:blur=leave(&key_path)
                />
                <span class="text-ink-3" aria-hidden="true">
                    "="
                </span>
                {value}
                {end}
            </div>
            <div aria-live="polite">{move || problem.get().map(|text| message(&text))}</div>
        </div>
    }
}

pub(super) fn remove_button(label: &str, click: impl Fn(web_sys::MouseEvent) + 'static) -> View {
    view! {
        <button type="button" class="g-ib" aria-label=label.to_owned() title=label.to_owned() on:click=click>
            {icon("x", "g-i16")}
        </button>
    }
}

/// A list of texts that may hold line breaks: one area per item.
pub(super) fn items(state: &FormState, field: &Field, path: &Path) -> View {
    let items = state.items(path);
    let rows = {
        let (state, path, label) = (state.clone(), path.clone(), field.label.clone());
        move |id| {
            let at = path.item(items, id);
            let (form, list, place) = (state.clone(), path.clone(), at.clone());
            let write = move |event: web_sys::Event| form.set(&place, Value::String(browser::value_of(&event)));
            let form = state.clone();
            let remove = remove_button(&state.labels.get("ui-remove"), move |_| form.remove_item(&list, items, id));
            view! {
                <div class="flex items-start gap-2 mb-1.5">
                    <textarea
                        class="textarea g-mono g-w-text"
                        rows="2"
                        prop:value=state.text_at(&at)
                        autocomplete="off"
                        spellcheck="false"
                        aria-label=label.clone()
                        on:input=write
                    ></textarea>
                    {remove}
                </div>
            }
        }
    };
    let (form, at) = (state.clone(), path.clone());
    let add = add_button(&state.labels.get("ui-add"), move |_| form.add_item(&at, items, Value::from("")));
    view! {
        {keyed(move || items.get(), |id| *id, rows)}
        {add}
    }
}

/// The first message about a pair or about its key or value.
fn problem_of(state: &FormState, path: &Path) -> Memo<Option<String>> {
    let (problems, path) = (state.problems, path.clone());
    Memo::new(move |_| {
        let (text, inner) = (path.text(), format!("{}.", path.text()));
        problems.with(|problems| {
            problems
                .iter()
                .find(|problem| problem.path == text || problem.path.starts_with(&inner))
                .map(|problem| problem.message.clone())
        })
    })
}
