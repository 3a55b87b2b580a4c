//! What a form page does: views of one draft, refresh, review, apply.

use super::draft::{self, Kept};
use super::editor::Editor;
use super::state::{FormState, lead_to, text_of};
use super::yaml::places;
use crate::{Labels, actions, browser, call};
use leptos::task::spawn_local;
use model::change::{Outcome, Review};
use model::form::{Field, Form, FormView, Widget};
use model::rpc::{
    Applied, ApplyDraft, Diagnostic, Draft, RebaseDraft, RebasedDraft, RefreshForm, ReviewDraft, SwitchView,
};
use model::{AppError, ErrorKind, FieldError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use view::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Form,
    Yaml,
}

/// Everything a form page holds.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) view: Arc<FormView>,
    pub(super) labels: Labels,
    pub(super) form: RwSignal<FormState>,
    pub(super) mode: RwSignal<Mode>,
    /// The object that the draft stands on; changes when the text was edited.
    pub(super) object: RwSignal<Value>,
    pub(super) hidden: RwSignal<Vec<String>>,
    pub(super) review: RwSignal<Option<Review>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<AppError>>,
    pub(super) partial: RwSignal<Option<Outcome>>,
    pub(super) diagnostics: RwSignal<Vec<Diagnostic>>,
    pub(super) restored: RwSignal<bool>,
    pub(super) dirty: RwSignal<bool>,
    pub(super) editor: Editor,
    /// What was pasted or uploaded when the form was last asked for.
    pub(super) refreshed: StoredValue<String>,
}

/// What stands as it was read is not refused when an object is edited; a new one is checked in full.
fn initial(view: &FormView) -> Value {
    if view.target.object.is_some() { view.data.clone() } else { Value::Null }
}

/// Passwords and kubeconfigs are not written into the tab's store.
fn holds_secrets(form: &Form) -> bool {
    let secret = |field: &Field| matches!(field.widget, Widget::Password | Widget::Upload { .. });
    form.sections.iter().flat_map(|section| &section.fields).any(secret)
}

/// All that was pasted or uploaded.
fn pasted(form: &Form, data: &Value) -> String {
    let upload = |field: &&Field| matches!(field.widget, Widget::Upload { .. });
    let fields = form.sections.iter().flat_map(|section| &section.fields).filter(upload);
    fields.map(|field| data.get(&field.id).map(text_of).unwrap_or_default()).collect()
}

impl Desk {
    pub(super) fn new(view: FormView, labels: Labels) -> Self {
        let form = FormState::new(view.form.clone(), view.data.clone(), initial(&view), labels.clone());
        Self {
            form: RwSignal::new(form),
            mode: RwSignal::new(Mode::Form),
            object: RwSignal::new(view.object.clone()),
            hidden: RwSignal::new(view.hidden_paths.clone()),
            review: RwSignal::new(None),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            partial: RwSignal::new(None),
            diagnostics: RwSignal::new(Vec::new()),
            restored: RwSignal::new(false),
            dirty: RwSignal::new(false),
            editor: Editor::new(),
            refreshed: StoredValue::new(String::new()),
            view: Arc::new(view),
            labels,
        }
    }

    /// Runs once in the browser.
    pub(super) fn wake(&self) {
        if let Some(kept) = draft::read().filter(|kept| kept.object == self.view.object) {
            self.restore(kept);
        }
        let desk = self.clone();
        watch(move || {
            let now = desk.form.with(|form| form.data.get());
            desk.note_change(now != desk.view.data);
        });
        let desk = self.clone();
        watch(move || {
            if desk.form.with(|form| form.refresh.get()) > 0 {
                desk.refresh();
            }
        });
        let desk = self.clone();
        browser::listen_window("beforeunload", move |event| {
            if desk.dirty.get_untracked() {
                event.prevent_default();
            }
        });
    }

    fn restore(&self, kept: Kept) {
        match kept.draft {
            Draft::Form { data } if data != self.view.data => {
                self.replace_form(data);
                self.restored.set(true);
            }
            Draft::Yaml { text } => {
                self.enter_yaml(text);
                self.restored.set(true);
            }
            Draft::Form { .. } => {}
        }
    }

    /// Asks for the form that fits what was pasted: the contexts of a kubeconfig become cards.
    fn refresh(&self) {
        let data = self.form.with_untracked(|form| form.data.get_untracked());
        let pasted = pasted(&self.view.form, &data);
        if self.refreshed.with_value(|last| *last == pasted) {
            return;
        }
        self.refreshed.set_value(pasted);
        let request = RefreshForm { target: self.view.target.clone(), data };
        let desk = self.clone();
        spawn_local(async move {
            match call(&request, &desk.labels).await {
                // What was changed while the answer was under way is asked with the next one.
                Ok(_) if desk.form.with_untracked(|form| form.data.get_untracked()) != request.data => {
                    desk.refreshed.set_value(String::new());
                    desk.refresh();
                }
                Ok(fresh) => desk.replace(fresh.form, fresh.data),
                Err(error) if error.fields.is_empty() => desk.fail(error),
                Err(error) => desk.form.with_untracked(|form| form.refuse(&error.fields)),
            }
        });
    }

    fn replace_form(&self, data: Value) {
        let form: Form = (*self.form.with_untracked(|state| Arc::clone(&state.form))).clone();
        self.replace(form, data);
    }

    fn replace(&self, form: Form, data: Value) {
        self.form.set(FormState::new(form, data, initial(&self.view), self.labels.clone()));
    }

    fn note_change(&self, changed: bool) {
        let before = self.dirty.get_untracked();
        if changed != before {
            self.dirty.set(changed);
        }
        if changed {
            self.keep_soon();
        } else if before {
            draft::forget();
        }
    }

    fn keep_soon(&self) {
        if holds_secrets(&self.view.form) {
            return;
        }
        let desk = self.clone();
        set_timeout(
            move || {
                if desk.dirty.get_untracked() {
                    draft::keep(&Kept { draft: desk.draft(), object: desk.object.get_untracked() });
                }
            },
            Duration::from_millis(400),
        );
    }

    fn draft(&self) -> Draft {
        match self.mode.get_untracked() {
            Mode::Form => Draft::Form { data: self.form.with_untracked(|form| form.data.get_untracked()) },
            Mode::Yaml => Draft::Yaml { text: self.editor.text() },
        }
    }

    fn enter_yaml(&self, text: String) {
        self.mode.set(Mode::Yaml);
        let desk = self.clone();
        browser::soon(move || {
            let Some(element) = browser::by_id("form-yaml") else { return };
            let changed = {
                let desk = desk.clone();
                move || desk.note_change(true)
            };
            let read_only = desk.view.refused.is_some();
            desk.editor.mount(element.into(), text, read_only, &desk.labels, changed);
        });
    }

    /// Changes the view; the draft stays the same.
    pub(super) fn show(&self, mode: Mode) {
        if self.mode.get_untracked() == mode || self.busy.get_untracked() {
            return;
        }
        let request =
            SwitchView { target: self.view.target.clone(), object: self.object.get_untracked(), draft: self.draft() };
        let desk = self.clone();
        desk.start();
        spawn_local(async move {
            match call(&request, &desk.labels).await {
                Ok(switched) => {
                    desk.editor.mark(&switched.diagnostics);
                    desk.diagnostics.set(switched.diagnostics);
                    desk.hidden.set(switched.hidden_paths);
                    match switched.draft {
                        Some(Draft::Yaml { text }) => desk.enter_yaml(text),
                        Some(Draft::Form { data }) => {
                            desk.object.set(switched.object);
                            desk.replace_form(data);
                            desk.mode.set(Mode::Form);
                        }
                        None => {}
                    }
                }
                Err(error) => desk.fail(error),
            }
            desk.busy.set(false);
        });
    }

    fn start(&self) {
        self.busy.set(true);
        self.problem.set(None);
        self.partial.set(None);
    }

    /// Whether the draft may go to the server: a form with errors leads to the first of them.
    fn ready(&self) -> bool {
        if self.busy.get_untracked() || self.view.refused.is_some() {
            return false;
        }
        self.mode.get_untracked() == Mode::Yaml || self.form.with_untracked(FormState::submit)
    }

    pub(super) fn look(&self) {
        if !self.ready() {
            return;
        }
        let request =
            ReviewDraft { target: self.view.target.clone(), object: self.object.get_untracked(), draft: self.draft() };
        let desk = self.clone();
        desk.start();
        spawn_local(async move {
            match call(&request, &desk.labels).await {
                Ok(review) => {
                    let refusals = review.items.iter().filter_map(|item| item.refusal.as_ref());
                    desk.point(&refusals.flat_map(|refusal| refusal.fields.clone()).collect::<Vec<_>>());
                    desk.review.set(Some(review));
                }
                Err(error) => desk.fail(error),
            }
            desk.busy.set(false);
        });
    }

    pub(super) fn apply(&self) {
        let reviewed = self.review.with_untracked(Option::is_some);
        let blocked = self.review.with_untracked(|review| review.as_ref().is_some_and(Review::refused));
        if blocked || !self.ready() {
            return;
        }
        let request = ApplyDraft {
            target: self.view.target.clone(),
            object: self.object.get_untracked(),
            draft: self.draft(),
            reviewed,
        };
        let desk = self.clone();
        desk.start();
        spawn_local(async move {
            match call(&request, &desk.labels).await {
                Ok(Applied::Look { review }) => desk.review.set(Some(review)),
                Ok(Applied::Done { outcome }) => desk.done(outcome),
                Err(error) => desk.fail(error),
            }
            desk.busy.set(false);
        });
    }

    fn done(&self, outcome: Outcome) {
        if outcome.failed() > 0 {
            self.review.set(None);
            self.partial.set(Some(outcome));
            return;
        }
        draft::forget();
        self.dirty.set(false);
        actions::toast_on_next_page(&outcome.message);
        browser::go(outcome.next.as_deref().unwrap_or(&self.view.cancel_href));
    }

    /// Marks the refused places of a text.
    fn point(&self, fields: &[FieldError]) {
        if self.mode.get_untracked() == Mode::Yaml {
            let places = places(fields);
            self.editor.mark(&places);
            self.diagnostics.set(places);
        }
    }

    fn fail(&self, error: AppError) {
        // The sign-in dialog says it; what is on the page stays.
        if error.kind == ErrorKind::Unauthenticated {
            return;
        }
        self.point(&error.fields);
        let field_errors = !error.fields.is_empty();
        if field_errors && self.mode.get_untracked() == Mode::Form {
            self.review.set(None);
            self.form.with_untracked(|form| {
                form.refuse(&error.fields);
                if let Some(first) = error.fields.first() {
                    lead_to(&first.path);
                }
            });
        }
        if error.kind == ErrorKind::Conflict {
            self.review.set(None);
        }
        self.problem.set(Some(error));
    }

    /// After a conflict: the draft put onto the object as it is now; with `compare`, as text and as a change of it.
    pub(super) fn rebase(&self, compare: bool) {
        if self.busy.get_untracked() {
            return;
        }
        let request =
            RebaseDraft { target: self.view.target.clone(), object: self.object.get_untracked(), draft: self.draft() };
        let desk = self.clone();
        desk.start();
        spawn_local(async move {
            let rebased = call(&request, &desk.labels).await;
            desk.busy.set(false);
            match rebased {
                Ok(rebased) => desk.take(rebased, compare),
                Err(error) => desk.fail(error),
            }
        });
    }

    fn take(&self, rebased: RebasedDraft, compare: bool) {
        self.object.set(rebased.object);
        self.hidden.set(rebased.hidden_paths);
        self.diagnostics.set(Vec::new());
        match rebased.draft {
            Draft::Form { data } => {
                self.replace_form(data);
                if compare {
                    self.show(Mode::Yaml);
                    self.editor.compare_when_ready(rebased.yaml);
                }
            }
            Draft::Yaml { text } => {
                self.editor.set_text(&text);
                self.editor.compare_when_ready(rebased.yaml);
            }
        }
        actions::toast(&self.labels.get("ui-form-taken-over"));
    }
}
