//! One field: label, control, hint, message.

use super::path::Path;
use super::state::{Focused, FormState};
use super::{group, pairs, values};
use crate::{icon, icon_styled};
use model::form::{Field, Widget, visible};
use serde_json::Value;
use view::prelude::*;

/// Label left, field right, hint and message right under the field they speak of; for forms that the server draws.
#[must_use]
pub fn field_row(label: &str, id: &str, required: bool, hint: &str, error: Option<&str>, control: View) -> View {
    view! {
        <div class="g-row">
            <label class=label_class(required) for=id.to_owned()>
                {label.to_owned()}
            </label>
            <div class="min-w-0">
                {control}
                {(!hint.is_empty())
                    .then(|| view! { <div class="g-hint" id=format!("{id}-hint")>{hint.to_owned()}</div> })}
                {error.map(|error| view! { <div id=format!("{id}-error")>{message(error)}</div> })}
            </div>
        </div>
    }
}

pub(super) const fn label_class(required: bool) -> &'static str {
    if required { "g-label g-req" } else { "g-label" }
}

pub(super) fn message(text: &str) -> View {
    view! {
        <div class="g-error">
            {icon("circle-x", "g-i")}
            <span>{text.to_owned()}</span>
        </div>
    }
}

/// All fields of one level.
pub(crate) fn draw_fields(state: &FormState, fields: &[Field], at: &Path) -> View {
    fields.iter().map(|field| draw_field(state, field, at)).collect_view()
}

/// A field in its row; it is there only while its `when` holds.
pub(crate) fn draw_field(state: &FormState, field: &Field, at: &Path) -> View {
    if field.when.is_none() {
        return row(state, field, at);
    }
    let shown = {
        let (state, field, at) = (state.clone(), field.clone(), at.clone());
        Memo::new(move |_| {
            state.data.with(|data| {
                let siblings = at.get(data).unwrap_or(&Value::Null);
                visible(&field, siblings, data)
            })
        })
    };
    let (state, field, at) = (state.clone(), field.clone(), at.clone());
    (move || if shown.get() { row(&state, &field, &at) } else { View::default() }).into_content()
}

fn row(state: &FormState, field: &Field, at: &Path) -> View {
    let path = at.key(&field.id);
    if let Widget::Group { table: false, .. } = &field.widget {
        return group::cards(state, field, &path);
    }
    let id = path.id();
    let control = control(state, field, &path);
    // A control made of several fields is a group with a name, not one labelled field.
    let several = matches!(
        field.widget,
        Widget::KeyValue { .. }
            | Widget::Group { .. }
            | Widget::Radio { .. }
            | Widget::MultiSelect { .. }
            | Widget::Switch
            | Widget::Static
    );
    let label = if several {
        view! {
            <div class=label_class(field.required) id=format!("{id}-label")>
                {field.label.clone()}
            </div>
        }
    } else {
        view! {
            <label class=label_class(field.required) for=id.clone()>
                {field.label.clone()}
            </label>
        }
    };
    let focus = {
        let (state, focused) = (state.clone(), documentation(field));
        move |_| {
            if !focused.doc.is_empty() {
                state.focus.set(Some(focused.clone()));
            }
        }
    };
    let data_path = {
        let path = path.clone();
        move || path.text()
    };
    view! {
        <div class="g-row" data-path=data_path on:focusin=focus>
            {label}
            <div
                class="min-w-0"
                role=several.then_some("group")
                aria-labelledby=several.then(|| format!("{id}-label"))
            >
                {control}
                {hint(field, &id)}
                {problem(state, &path)}
            </div>
        </div>
    }
}

fn documentation(field: &Field) -> Focused {
    Focused { label: field.label.clone(), path: field.path.clone(), doc: field.doc.clone() }
}

pub(super) fn hint(field: &Field, id: &str) -> View {
    if let Some(reason) = &field.locked {
        return view! {
            <div class="g-hint inline-flex items-center gap-1" id=format!("{id}-hint")>
                {icon_styled("lock", "g-i", "width:12px;height:12px")}
                {reason.clone()}
            </div>
        };
    }
    if field.hint.is_empty() {
        return View::default();
    }
    view! { <div class="g-hint" id=format!("{id}-hint")>{field.hint.clone()}</div> }
}

/// The message under a control; its place is there always, so that readers hear it appear.
pub(super) fn problem(state: &FormState, path: &Path) -> View {
    let text = problem_text(state, path);
    let id = format!("{}-error", path.id());
    view! {
        <div id=id aria-live="polite">
            {move || text.get().map(|text| message(&text))}
        </div>
    }
}

pub(super) fn problem_text(state: &FormState, path: &Path) -> Memo<Option<String>> {
    let (problems, path) = (state.problems, path.clone());
    Memo::new(move |_| {
        let text = path.text();
        problems.with(|problems| {
            problems.iter().find(|problem| problem.path == text).map(|problem| problem.message.clone())
        })
    })
}

/// The control alone, as it also stands inside table rows.
pub(super) fn control(state: &FormState, field: &Field, path: &Path) -> View {
    match &field.widget {
        Widget::Text { mono } => values::text(state, field, path, "text", *mono),
        Widget::Password => values::text(state, field, path, "password", false),
        Widget::TextArea { mono, rows } => values::area(state, field, path, *mono, *rows),
        Widget::Code { .. } => values::area(state, field, path, true, 14),
        Widget::Number { unit } => values::number(state, field, path, unit),
        Widget::Quantity { unit } => values::quantity(state, field, path, *unit),
        Widget::Select { choices } => values::select(state, field, path, choices),
        Widget::MultiSelect { choices } => values::multi_select(state, field, path, choices),
        Widget::Radio { choices } => values::radio(state, field, path, choices),
        Widget::Switch => values::switch(state, field, path),
        Widget::KeyValue { locked, add, multiline } => pairs::pairs(state, field, path, locked, add, *multiline),
        Widget::Lines { rows } => values::lines(state, field, path, *rows),
        Widget::Group { .. } => group::table(state, field, path),
        Widget::Upload { max_bytes, accept } => values::upload(state, field, path, *max_bytes, accept),
        Widget::Static => view! { <div class="g-static">{state.text_at(path)}</div> },
    }
}
