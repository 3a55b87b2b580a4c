//! Lists of things with fields: cards (containers) and table rows (ports).

use super::pairs::{add_button, remove_button};
use super::path::{Items, Path};
use super::state::{FormState, text_of};
use super::widget::{control, draw_fields, problem};
use crate::{icon, icon_colored};
use model::form::{Field, Widget, defaults, visible};
use serde_json::Value;
use view::prelude::*;

/// What a group's widget says, apart from the other widgets.
#[derive(Clone)]
struct Group {
    fields: Vec<Field>,
    add: String,
    min: usize,
    title: String,
    summary: Vec<String>,
}

fn group_of(field: &Field) -> Option<Group> {
    match field.widget.clone() {
        Widget::Group { fields, add, min, title, summary, .. } => Some(Group { fields, add, min, title, summary }),
        _ => None,
    }
}

/// Cards fill the whole width of the section.
pub(super) fn cards(state: &FormState, field: &Field, path: &Path) -> View {
    let Some(group) = group_of(field) else { return View::default() };
    let items = state.items(path);
    let only = items.with_untracked(|items| items.len() < 2);
    let list = {
        let (state, path, group) = (state.clone(), path.clone(), group.clone());
        let started = items.get_untracked();
        // Of several, those that were there start closed; what is added starts open.
        let draw = move |id| card(&state, &path, &group, items, id, only || !started.contains(&id));
        keyed(move || items.get(), |id| *id, draw)
    };
    let (form, at, fields) = (state.clone(), path.clone(), group.fields.clone());
    let add = add_button(&group.add, move |_| form.add_item(&at, items, defaults(&fields)));
    let data_path = {
        let path = path.clone();
        move || path.text()
    };
    // Without a word for adding, the items are those that there are.
    let fixed = group.add.is_empty();
    let locked = field.locked.clone();
    view! {
        <div class="py-1.5" data-path=data_path role="group" aria-label=field.label.clone()>
            {list} {problem(state, path)}
            {match locked {
                Some(reason) => view! { <div class="g-hint">{reason}</div> },
                None => (!fixed).then(|| view! { <div class="mt-1">{add}</div> }).into_content(),
            }}
        </div>
    }
}

fn card(state: &FormState, list: &Path, group: &Group, items: Items, id: u32, open: bool) -> View {
    let path = list.item(items, id);
    let inside = {
        let (problems, path) = (state.problems, path.clone());
        Memo::new(move |_| {
            let prefix = format!("{}.", path.text());
            problems.with(|problems| problems.iter().filter(|problem| problem.path.starts_with(&prefix)).count())
        })
    };
    let title = {
        let (form, at, group) = (state.clone(), path.clone(), group.clone());
        let fallback = state.labels.get("ui-card-unnamed");
        move || {
            let text = form.data.with(|data| at.get(data).and_then(|item| item.get(&group.title)).map(text_of));
            text.filter(|text| !text.is_empty()).unwrap_or_else(|| fallback.clone())
        }
    };
    let summary = {
        let (form, at, group) = (state.clone(), path.clone(), group.clone());
        move || form.data.with(|data| at.get(data).map(|item| summarize(&group, item)).unwrap_or_default())
    };
    let errors = {
        let labels = state.labels.clone();
        move || match inside.get() {
            0 => View::default(),
            n => {
                let text = labels.fill("ui-form-errors", &[("n", &n.to_string())]);
                view! {
                    <span class="g-state ml-auto text-xs" data-s="err">
                        {icon("circle-x", "g-i")}
                        {text}
                    </span>
                }
            }
        }
    };
    let (main, advanced): (Vec<Field>, Vec<Field>) = group.fields.iter().cloned().partition(|field| !field.advanced);
    let more = (!advanced.is_empty()).then(|| {
        let names = advanced.iter().map(|field| field.label.as_str()).collect::<Vec<_>>().join(" · ");
        view! {
            <details class="pt-1">
                <summary class="g-link g-add">
                    {icon("chevron-right", "g-i g-chev")} {state.labels.get("ui-form-advanced")}
                    <span class="text-xs text-ink-3 ml-1 g-clip">{names}</span>
                </summary>
                {draw_fields(state, &advanced, &path)}
            </details>
        }
    });
    let acts = (!group.add.is_empty()).then(|| card_actions(state, list, group, items, id, &path));
    view! {
        <div class="g-card" data-invalid=move || (inside.get() > 0).then_some("")>
            <details open=open>
                <summary>
                    {icon_colored("chevron-right", "g-i g-chev", "ink-3")}
                    <b class="font-semibold g-mono">{title}</b>
                    <span class="text-xs text-ink-3 g-clip g-only-l">{summary}</span>
                    {errors}
                </summary>
                <div class="g-card__b">{draw_fields(state, &main, &path)} {more}</div>
            </details>
            {acts}
        </div>
    }
}

fn card_actions(state: &FormState, list: &Path, group: &Group, items: Items, id: u32, path: &Path) -> View {
    let copy = {
        let (form, list, path) = (state.clone(), list.clone(), path.clone());
        move |_| {
            let mut value = form.value_at(&path);
            // Keys with `_` say which item of the object this is; a copy is none of them.
            if let Value::Object(map) = &mut value {
                map.retain(|key, _| !key.starts_with('_'));
            }
            form.add_item(&list, items, value);
        }
    };
    let remove = {
        let (form, list) = (state.clone(), list.clone());
        move |_| form.remove_item(&list, items, id)
    };
    let min = group.min;
    let needed = move || items.with(|items| items.len() <= min);
    let (copy_label, remove_label) = (state.labels.get("ui-card-copy"), state.labels.get("ui-remove"));
    view! {
        <div class="g-card__acts">
            <button type="button" class="g-ib" title=copy_label.clone() aria-label=copy_label on:click=copy>
                {icon("copy-plus", "g-i16")}
            </button>
            <button
                type="button"
                class="g-ib"
                title=remove_label.clone()
                aria-label=remove_label
                hidden=needed
                on:click=remove
            >
                {icon("trash-2", "g-i16")}
            </button>
        </div>
    }
}

/// `image · CPU 0.1` of the fields that a closed card shows; lists say how many they hold.
fn summarize(group: &Group, item: &Value) -> String {
    let mut parts = Vec::new();
    for id in &group.summary {
        let Some(field) = group.fields.iter().find(|field| field.id == *id) else { continue };
        match item.get(id) {
            Some(Value::Array(list)) if !list.is_empty() => parts.push(format!("{} {}", field.label, list.len())),
            Some(Value::String(text)) if !text.is_empty() => parts.push(text.clone()),
            _ => {}
        }
    }
    parts.join(" · ")
}

/// Small items, one line each.
pub(super) fn table(state: &FormState, field: &Field, path: &Path) -> View {
    let Some(group) = group_of(field) else { return View::default() };
    let items = state.items(path);
    let locked = field.locked.is_some();
    let list = {
        let (state, path, group) = (state.clone(), path.clone(), group.clone());
        let draw = move |id| line(&state, &path, &group, items, id, locked);
        keyed(move || items.get(), |id| *id, draw)
    };
    let (form, at, fields) = (state.clone(), path.clone(), group.fields.clone());
    let add = add_button(&group.add, move |_| form.add_item(&at, items, defaults(&fields)));
    view! {
        {list}
        {(!locked).then_some(add)}
    }
}

fn line(state: &FormState, list: &Path, group: &Group, items: Items, id: u32, locked: bool) -> View {
    let path = list.item(items, id);
    let cells = group.fields.iter().map(|field| line_cell(state, field, &path)).collect_view();
    let (form, at) = (state.clone(), list.clone());
    let min = group.min;
    let remove = remove_button(&state.labels.get("ui-remove"), move |_| form.remove_item(&at, items, id));
    let data_path = {
        let path = path.clone();
        move || path.text()
    };
    view! {
        <div class="g-line" data-path=data_path>
            {cells} <span hidden=move || locked || items.with(|items| items.len() <= min)>{remove}</span>
            {problem(state, &path)}
        </div>
    }
}

fn line_cell(state: &FormState, field: &Field, at: &Path) -> View {
    let path = at.key(&field.id);
    let shown = {
        let (state, field, at) = (state.clone(), field.clone(), at.clone());
        Memo::new(move |_| state.data.with(|data| visible(&field, at.get(data).unwrap_or(&Value::Null), data)))
    };
    let (state, field) = (state.clone(), field.clone());
    (move || {
        if !shown.get() {
            return View::default();
        }
        let data_path = {
            let path = path.clone();
            move || path.text()
        };
        // A switch says by its own word what it is; every other small field has its label above.
        view! {
            <div class="g-line__cell" data-path=data_path>
                <span class="g-hint" aria-hidden="true">
                    {field.label.clone()}
                </span>
                {control(&state, &field, &path)}
                {problem(&state, &path)}
            </div>
        }
    })
    .into_content()
}
