//! Controls for single values. They start from the data and write back what is typed, exactly as typed.

use super::pairs;
use super::path::Path;
use super::state::{FormState, text_of};
use super::widget::problem_text;
use crate::{browser, icon};
use leptos::task::spawn_local;
use model::form::lines::{items_of, text_of as text_of_lines};
use model::form::{Choice, Field, QuantityUnit};
use serde_json::Value;
use view::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// What controls of one field have in common.
struct Wiring {
    id: String,
    invalid: Memo<Option<String>>,
    described: String,
    locked: bool,
}

fn wire(state: &FormState, field: &Field, path: &Path) -> Wiring {
    let id = path.id();
    Wiring {
        invalid: problem_text(state, path),
        described: format!("{id}-hint {id}-error"),
        locked: field.locked.is_some(),
        id,
    }
}

fn typed(state: &FormState, path: &Path) -> impl Fn(web_sys::Event) + Clone + use<> {
    let (state, path) = (state.clone(), path.clone());
    move |event| state.set(&path, Value::String(browser::value_of(&event)))
}

fn left(state: &FormState, path: &Path) -> impl Fn(web_sys::FocusEvent) + Clone + use<> {
    let (state, path) = (state.clone(), path.clone());
    move |_| state.touch(&path)
}

pub(super) fn text(state: &FormState, field: &Field, path: &Path, kind: &'static str, mono: bool) -> View {
    let class = if mono { "input g-mono g-w-text" } else { "input g-w-text" };
    input(state, field, path, kind, class, "text")
}

fn input(
    state: &FormState,
    field: &Field,
    path: &Path,
    kind: &'static str,
    class: &'static str,
    mode: &'static str,
) -> View {
    let wiring = wire(state, field, path);
    let invalid = wiring.invalid;
    let password = kind == "password";
    view! {
        <input
            id=wiring.id
            type=kind
            class=class
            inputmode=mode
            value=state.text_at(path)
            placeholder=field.placeholder.clone()
            readonly=wiring.locked
            required=field.required
            autocomplete=if password { "new-password" } else { "off" }
            spellcheck="false"
            aria-label=field.label.clone()
            aria-invalid=move || invalid.get().map(|_| "true")
            aria-describedby=wiring.described
            on:input=typed(state, path)
            on:blur=left(state, path)
        />
    }
}

pub(super) fn number(state: &FormState, field: &Field, path: &Path, unit: &str) -> View {
    let input = input(state, field, path, "text", "input g-w-number", "numeric");
    with_unit(input, unit.to_owned())
}

pub(super) fn quantity(state: &FormState, field: &Field, path: &Path, unit: QuantityUnit) -> View {
    let word = state.labels.get(match unit {
        QuantityUnit::Cores => "ui-unit-cores",
        QuantityUnit::Mib => "ui-unit-mib",
    });
    with_unit(input(state, field, path, "text", "input g-w-number", "decimal"), word)
}

fn with_unit(input: View, unit: String) -> View {
    if unit.is_empty() {
        return input;
    }
    view! { <span class="g-unit">{input} <span>{unit}</span></span> }
}

/// Text areas take their text when the page wakes: a text node there would gain a blank on its way through HTML.
fn raw_area(
    state: &FormState,
    field: &Field,
    path: &Path,
    class: &'static str,
    rows: u8,
    text: String,
    write: impl Fn(web_sys::Event) + 'static,
) -> View {
    let wiring = wire(state, field, path);
    let invalid = wiring.invalid;
    view! {
        <textarea
            id=wiring.id
            class=class
            rows=rows.max(2).to_string()
            prop:value=text
            placeholder=field.placeholder.clone()
            readonly=wiring.locked
            required=field.required
            autocomplete="off"
            spellcheck="false"
            aria-label=field.label.clone()
            aria-invalid=move || invalid.get().map(|_| "true")
            aria-describedby=wiring.described
            on:input=write
            on:blur=left(state, path)
        ></textarea>
    }
}

pub(super) fn area(state: &FormState, field: &Field, path: &Path, mono: bool, rows: u8) -> View {
    let class = if mono { "textarea g-mono" } else { "textarea g-w-text" };
    raw_area(state, field, path, class, rows, state.text_at(path), typed(state, path))
}

/// One item per line; nothing is parsed. Items with line breaks of their own are edited one by one.
pub(super) fn lines(state: &FormState, field: &Field, path: &Path, rows: u8) -> View {
    let items: Vec<String> =
        state.value_at(path).as_array().map(|list| list.iter().map(text_of).collect()).unwrap_or_default();
    let Some(text) = text_of_lines(&items) else { return pairs::items(state, field, path) };
    let (form, at) = (state.clone(), path.clone());
    let write = move |event| {
        let list = items_of(&browser::value_of(&event)).into_iter().map(Value::from).collect();
        form.set(&at, Value::Array(list));
    };
    raw_area(state, field, path, "textarea g-mono g-w-text", rows, text, write)
}

fn options(choices: &[Choice], current: &str) -> View {
    let unknown = (!choices.iter().any(|choice| choice.value == current))
        .then(|| view! { <option value=current.to_owned() selected>{current.to_owned()}</option> });
    let known = choices
        .iter()
        .map(|choice| {
            let label = match &choice.disabled {
                Some(reason) => format!("{} ({reason})", choice.label),
                None => choice.label.clone(),
            };
            view! {
                <option
                    value=choice.value.clone()
                    selected=choice.value == current
                    disabled=choice.disabled.is_some()
                >
                    {label}
                </option>
            }
        })
        .collect_view();
    view! { {unknown} {known} }
}

pub(super) fn select(state: &FormState, field: &Field, path: &Path, choices: &[Choice]) -> View {
    let wiring = wire(state, field, path);
    let invalid = wiring.invalid;
    view! {
        <select
            id=wiring.id
            class="select g-w-select"
            disabled=wiring.locked
            autocomplete="off"
            aria-label=field.label.clone()
            aria-invalid=move || invalid.get().map(|_| "true")
            aria-describedby=wiring.described
            on:change=typed(state, path)
            on:blur=left(state, path)
        >
            {options(choices, &state.text_at(path))}
        </select>
    }
}

pub(super) fn radio(state: &FormState, field: &Field, path: &Path, choices: &[Choice]) -> View {
    let (current, id) = (state.text_at(path), path.id());
    let locked = field.locked.is_some();
    let choices = choices
        .iter()
        .map(|choice| {
            let off = choice.disabled.is_some() || (locked && choice.value != current);
            let hint = choice.disabled.clone().unwrap_or_else(|| choice.hint.clone());
            view! {
                <label class="g-choice">
                    <input
                        type="radio"
                        class="radio"
                        name=id.clone()
                        value=choice.value.clone()
                        checked=choice.value == current
                        disabled=off
                        autocomplete="off"
                        on:change=typed(state, path)
                    />
                    {choice.label.clone()}
                    <small>{hint}</small>
                </label>
            }
        })
        .collect_view();
    view! { <div class="flex flex-wrap">{choices}</div> }
}

pub(super) fn multi_select(state: &FormState, field: &Field, path: &Path, choices: &[Choice]) -> View {
    let chosen = state.value_at(path);
    let has = |value: &str| chosen.as_array().is_some_and(|list| list.iter().any(|item| item == value));
    let locked = field.locked.is_some();
    let choices = choices
        .iter()
        .map(|choice| {
            let (form, at, value) = (state.clone(), path.clone(), choice.value.clone());
            let change = move |event: web_sys::Event| {
                let mut list = form.value_at(&at).as_array().cloned().unwrap_or_default();
                list.retain(|item| *item != value);
                if browser::checked_of(&event) {
                    list.push(Value::from(value.clone()));
                }
                form.set(&at, Value::Array(list));
            };
            let hint = choice.disabled.clone().unwrap_or_else(|| choice.hint.clone());
            view! {
                <label class="g-choice">
                    <input
                        type="checkbox"
                        class="checkbox"
                        checked=has(&choice.value)
                        disabled=locked || choice.disabled.is_some()
                        autocomplete="off"
                        on:change=change
                    />
                    {choice.label.clone()}
                    <small>{hint}</small>
                </label>
            }
        })
        .collect_view();
    view! { <div class="flex flex-wrap">{choices}</div> }
}

pub(super) fn switch(state: &FormState, field: &Field, path: &Path) -> View {
    let (form, at) = (state.clone(), path.clone());
    let change = move |event: web_sys::Event| form.set(&at, Value::Bool(browser::checked_of(&event)));
    view! {
        <label class="g-choice">
            <input
                type="checkbox"
                role="switch"
                class="toggle"
                id=path.id()
                checked=state.value_at(path) == Value::Bool(true)
                disabled=field.locked.is_some()
                autocomplete="off"
                aria-label=field.label.clone()
                on:change=change
            />
            <small>{field.placeholder.clone()}</small>
        </label>
    }
}

/// Pasted text, or a file of the person's disk read in the browser.
pub(super) fn upload(state: &FormState, field: &Field, path: &Path, max_bytes: usize, accept: &str) -> View {
    let text = RwSignal::new(None::<String>);
    let note = RwSignal::new(String::new());
    let (form, at) = (state.clone(), path.clone());
    let read = move |event: web_sys::Event| {
        let file = browser::target(&event)
            .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        let Some(file) = file else { return };
        if file.size() > max_bytes as f64 {
            let limit = (max_bytes / 1024).to_string();
            note.set(form.labels.fill("ui-file-too-large", &[("name", &file.name()), ("kib", &limit)]));
            return;
        }
        note.set(file.name());
        let (form, at) = (form.clone(), at.clone());
        spawn_local(async move {
            if let Some(content) = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                form.set(&at, Value::from(content.clone()));
                text.set(Some(content));
                form.touch(&at);
                form.refresh.update(|n| *n += 1);
            }
        });
    };
    let area = {
        let wiring = wire(state, field, path);
        let invalid = wiring.invalid;
        let start = state.text_at(path);
        let refresh = state.refresh;
        // A paste is in the value only after the event.
        let pasted = move |_| browser::soon(move || refresh.update(|n| *n += 1));
        view! {
            <textarea
                id=wiring.id
                class="textarea g-mono"
                rows="12"
                prop:value=move || text.get().unwrap_or_else(|| start.clone())
                placeholder=field.placeholder.clone()
                autocomplete="off"
                spellcheck="false"
                aria-label=field.label.clone()
                aria-invalid=move || invalid.get().map(|_| "true")
                aria-describedby=wiring.described
                on:input=typed(state, path)
                on:paste=pasted
                on:change=move |_| refresh.update(|n| *n += 1)
                on:blur=left(state, path)
            ></textarea>
        }
    };
    view! {
        {area}
        <div class="flex items-center gap-2 mt-1">
            <label class="btn btn-sm">
                {icon("upload", "g-i")} {state.labels.get("ui-file-choose")}
                <input type="file" class="sr-only" accept=accept.to_owned() on:change=read />
            </label>
            <span class="text-xs text-ink-3" role="status">
                {move || note.get()}
            </span>
        </div>
    }
}
