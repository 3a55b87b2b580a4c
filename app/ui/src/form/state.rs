//! What a form knows: the data, which fields were left, what is wrong and which field has the focus.

use super::path::{Items, Path};
use crate::{Labels, browser};
use model::FieldError;
use model::form::{Field, Form, Section, Widget, check_touched, settle};
use serde_json::Value;
use std::sync::Arc;
use view::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A message beside a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub path: String,
    pub message: String,
}

/// The field with the focus, for the documentation pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Focused {
    pub label: String,
    pub path: String,
    pub doc: String,
}

#[derive(Clone)]
pub(crate) struct FormState {
    pub form: Arc<Form>,
    pub labels: Labels,
    pub data: RwSignal<Value>,
    /// Paths of fields that were left once: only they may complain before the form is sent.
    pub touched: RwSignal<Vec<String>>,
    pub submitted: RwSignal<bool>,
    /// What the server refused, by path; gone with the next change of the field.
    pub foreign: RwSignal<Vec<(String, String)>>,
    /// All that the checker refuses now, shown or not.
    pub refused: Memo<Vec<Problem>>,
    /// What is shown now.
    pub problems: Memo<Vec<Problem>>,
    pub focus: RwSignal<Option<Focused>>,
    /// Counts what may change the form itself (a file was chosen, a text was pasted).
    pub refresh: RwSignal<u32>,
    next_id: StoredValue<u32>,
}

impl FormState {
    /// `initial` is the data as it was read; `Null` for something new.
    pub(crate) fn new(form: Form, mut data: Value, initial: Value, labels: Labels) -> Self {
        let form = Arc::new(form);
        settle(&form, &mut data);
        let data = RwSignal::new(data);
        let touched = RwSignal::new(Vec::<String>::new());
        let submitted = RwSignal::new(false);
        let foreign = RwSignal::new(Vec::<(String, String)>::new());
        let checked = Arc::clone(&form);
        let refused = Memo::new(move |_| {
            data.with(|data| {
                check_touched(&checked, data, &initial)
                    .iter()
                    .map(|refusal| Problem { path: refusal.path.clone(), message: checked.message(refusal) })
                    .collect::<Vec<_>>()
            })
        });
        let problems = Memo::new(move |_| {
            let all = submitted.get();
            let mut out: Vec<Problem> = refused.with(|refused| {
                touched.with(|touched| {
                    refused.iter().filter(|problem| all || touched.contains(&problem.path)).cloned().collect()
                })
            });
            foreign.with(|foreign| {
                for (path, message) in foreign {
                    if !out.iter().any(|problem| problem.path == *path) {
                        out.push(Problem { path: path.clone(), message: message.clone() });
                    }
                }
            });
            out
        });
        Self {
            form,
            labels,
            data,
            touched,
            submitted,
            foreign,
            refused,
            problems,
            focus: RwSignal::new(None),
            refresh: RwSignal::new(0),
            next_id: StoredValue::new(0),
        }
    }

    /// Fresh ids for the items that the data holds at a path.
    pub(crate) fn items(&self, path: &Path) -> Items {
        let n = self.data.with_untracked(|data| path.get(data).and_then(Value::as_array).map_or(0, Vec::len));
        RwSignal::new((0..n).map(|_| self.fresh_id()).collect())
    }

    fn fresh_id(&self) -> u32 {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        id
    }

    pub(crate) fn text_at(&self, path: &Path) -> String {
        self.data.with_untracked(|data| path.get(data).map(text_of).unwrap_or_default())
    }

    pub(crate) fn value_at(&self, path: &Path) -> Value {
        self.data.with_untracked(|data| path.get(data).cloned().unwrap_or(Value::Null))
    }

    pub(crate) fn set(&self, path: &Path, value: Value) {
        self.forget_foreign(&path.text_now());
        self.data.update(|data| {
            if let Some(place) = path.get_mut(data) {
                *place = value;
            }
            settle(&self.form, data);
        });
    }

    pub(crate) fn add_item(&self, path: &Path, items: Items, value: Value) {
        self.data.update(|data| {
            let Some(place) = path.get_mut(data) else { return };
            if let Value::Array(list) = place {
                list.push(value);
            } else {
                *place = Value::Array(vec![value]);
            }
        });
        let id = self.fresh_id();
        items.update(|items| items.push(id));
    }

    pub(crate) fn remove_item(&self, path: &Path, items: Items, id: u32) {
        let Some(at) = items.with_untracked(|items| items.iter().position(|other| *other == id)) else { return };
        let prefix = format!("{}.", path.text_now());
        // Indexes behind it move, so what was said about the list is forgotten.
        self.touched.update(|touched| touched.retain(|path| !path.starts_with(&prefix)));
        self.foreign.update(|foreign| foreign.retain(|(path, _)| !path.starts_with(&prefix)));
        self.data.update(|data| {
            if let Some(Value::Array(list)) = path.get_mut(data)
                && at < list.len()
            {
                list.remove(at);
            }
        });
        items.update(|items| {
            items.remove(at);
        });
    }

    pub(crate) fn touch(&self, path: &Path) {
        let text = path.text_now();
        if !self.touched.with_untracked(|touched| touched.contains(&text)) {
            self.touched.update(|touched| {
                touched.push(text);
            });
        }
    }

    fn forget_foreign(&self, path: &str) {
        let about = |other: &str| other == path || other.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        if self.foreign.with_untracked(|foreign| foreign.iter().any(|(other, _)| about(other))) {
            self.foreign.update(|foreign| foreign.retain(|(other, _)| !about(other)));
        }
    }

    /// Field errors of the server.
    pub(crate) fn refuse(&self, errors: &[FieldError]) {
        self.foreign.set(errors.iter().map(|error| (error.path.clone(), error.message.clone())).collect());
    }

    /// Checks everything; leads to the first problem when there is one.
    pub(crate) fn submit(&self) -> bool {
        self.submitted.set(true);
        let first = self.problems.with_untracked(|problems| problems.first().map(|problem| problem.path.clone()));
        let ok = self.refused.with_untracked(Vec::is_empty);
        if let (false, Some(path)) = (ok, first) {
            lead_to(&path);
        }
        ok
    }

    /// Section and words of the field behind a path: `refund-worker › Memory`.
    pub(crate) fn describe(&self, path: &str) -> Option<(usize, String)> {
        let mut steps = path.split('.');
        let first = steps.next()?;
        let at = self.form.sections.iter().position(|section| has(section, first))?;
        let mut field = self.form.sections[at].fields.iter().find(|field| field.id == first)?;
        let mut words = Vec::new();
        let mut value = self.data.with_untracked(|data| data.get(first).cloned());
        while let Widget::Group { fields, title, .. } = &field.widget {
            let Some(index) = steps.next() else { break };
            value = value.and_then(|value| value.get(index.parse::<usize>().ok()?).cloned());
            let name = value.as_ref().and_then(|value| value.get(title)).map(text_of).unwrap_or_default();
            let number = index.parse::<usize>().map_or(0, |n| n + 1);
            words.push(if name.is_empty() { format!("{} {number}", field.label) } else { name });
            let Some(id) = steps.next() else { break };
            let Some(inner) = fields.iter().find(|field| field.id == id) else { break };
            value = value.and_then(|value| value.get(id).cloned());
            field = inner;
        }
        words.push(field.label.clone());
        words.dedup();
        Some((at, words.join(" › ")))
    }
}

fn has(section: &Section, id: &str) -> bool {
    section.fields.iter().any(|field: &Field| field.id == id)
}

/// A value as a text field shows it.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Opens what hides a field, scrolls to it and puts the focus there.
pub(crate) fn lead_to(path: &str) {
    let path = path.to_owned();
    browser::soon(move || {
        let mut at = path.as_str();
        // A message about a whole list leads to the list.
        let found = loop {
            if let Some(found) = browser::query(&format!("[data-path=\"{at}\"]")) {
                break found;
            }
            let Some((parent, _)) = at.rsplit_once('.') else { return };
            at = parent;
        };
        let mut around = found.parent_element();
        while let Some(element) = around {
            if let Some(details) = element.dyn_ref::<web_sys::HtmlDetailsElement>() {
                details.set_open(true);
            }
            around = element.parent_element();
        }
        let control = found.query_selector("input, select, textarea, button").ok().flatten();
        let target = control.unwrap_or(found);
        browser::reveal(&target);
        if let Ok(target) = target.dyn_into::<HtmlElement>() {
            target.focus().unwrap_or_default();
        }
    });
}
