//! A form page: one draft in two views, review, apply.

use super::draft::{self, Kept};
use super::editor::Editor;
use super::path::Path;
use super::state::FormState;
use super::widget::draw_field;
use super::{review, side};
use crate::parts::banner_with_icon;
use crate::{Labels, actions, browser, call, icon};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::change::{Outcome, Review};
use model::form::{Form, FormView, Section};
use model::rpc::{Applied, ApplyDraft, Diagnostic, Draft, ReadObject, ReviewDraft, SwitchView};
use model::table::Family;
use model::{AppError, ErrorKind};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Form,
    Yaml,
}

/// Everything a form page holds.
#[derive(Clone)]
struct Desk {
    view: Arc<FormView>,
    labels: Labels,
    form: RwSignal<FormState>,
    mode: RwSignal<Mode>,
    /// The object that the draft stands on; changes when the text was edited.
    object: RwSignal<Value>,
    hidden: RwSignal<Vec<String>>,
    review: RwSignal<Option<Review>>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<AppError>>,
    partial: RwSignal<Option<Outcome>>,
    diagnostics: RwSignal<Vec<Diagnostic>>,
    restored: RwSignal<bool>,
    dirty: RwSignal<bool>,
    editor: Editor,
    /// Text of the YAML view when it was entered.
    text: RwSignal<String>,
}

/// The body of a form page below its breadcrumbs: title with the view switch, sections, side pane, bottom bar.
#[island]
pub fn FormPage(view: FormView, labels: Labels, title: String) -> impl IntoView {
    let initial = initial(&view);
    let form = FormState::new(view.form.clone(), view.data.clone(), initial, labels.clone());
    let desk = Desk {
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
        text: RwSignal::new(String::new()),
        view: Arc::new(view),
        labels,
    };
    {
        let desk = desk.clone();
        Effect::new(move || desk.wake());
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
    view! {
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
    }
}

/// What stands as it was read is not refused when an object is edited; a new one is checked in full.
fn initial(view: &FormView) -> Value {
    if view.target.object.is_some() { view.data.clone() } else { Value::Null }
}

fn draw_sections(form: &FormState) -> AnyView {
    let root = Path::default();
    form.form.sections.iter().map(|section| draw_section(form, section, &root)).collect_view().into_any()
}

fn draw_section(form: &FormState, section: &Section, root: &Path) -> AnyView {
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
        }
        .into_any();
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
    .into_any()
}

fn head(desk: &Desk, title: &str) -> AnyView {
    let labels = &desk.labels;
    let hidden = {
        let desk = desk.clone();
        move || {
            let paths = desk.hidden.get();
            if paths.is_empty() || desk.mode.get() != Mode::Form || desk.review.with(Option::is_some) {
                return ().into_any();
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
            .into_any()
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
    .into_any()
}

/// Everything that has to be said above the form.
fn messages(desk: &Desk) -> AnyView {
    let desk = desk.clone();
    (move || {
        let labels = &desk.labels;
        let restored = desk.restored.get().then(|| {
            let discard = |_| {
                draft::forget();
                browser::reload();
            };
            let action = view! {
                <button type="button" class="btn btn-sm" on:click=discard>
                    {labels.get("ui-form-discard")}
                </button>
            };
            banner_with_icon(Family::Progress, "history", &labels.get("ui-form-restored"), "", action.into_any())
        });
        let problem = desk.problem.get().map(|error| problem_banner(&desk, &error));
        let partial = desk.partial.get().map(|outcome| {
            let failed: Vec<String> = outcome
                .items
                .iter()
                .filter_map(|item| Some(format!("{}: {}", item.title, item.error.as_ref()?.message)))
                .collect();
            banner_with_icon(Family::Error, "circle-x", &outcome.message, &failed.join(" "), ().into_any())
        });
        view! { {restored} {problem} {partial} }.into_any()
    })
    .into_any()
}

fn problem_banner(desk: &Desk, error: &AppError) -> AnyView {
    let labels = &desk.labels;
    if error.kind == ErrorKind::Conflict && desk.view.target.object.is_some() {
        let compare = desk.clone();
        let reload = |_| {
            draft::forget();
            browser::reload();
        };
        let actions = view! {
            <button type="button" class="btn btn-sm" on:click=move |_| compare.compare()>
                {labels.get("ui-form-show-changed")}
            </button>
            <button type="button" class="btn btn-sm" on:click=reload>
                {labels.get("ui-form-reload")}
            </button>
        };
        let title = labels.get("ui-form-conflict");
        return banner_with_icon(Family::Warning, "refresh-cw", &title, &error.message, actions.into_any());
    }
    let id = error.request_id.clone().unwrap_or_default();
    let text = [error.detail.clone().unwrap_or_default(), id].join(" ");
    banner_with_icon(Family::Error, "circle-x", &error.message, text.trim(), ().into_any())
}

fn yaml_view(desk: &Desk) -> AnyView {
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
    .into_any()
}

fn review_view(desk: &Desk) -> AnyView {
    let desk = desk.clone();
    (move || desk.review.with(|review| review.as_ref().map(|value| review::review(value, &desk.labels)))).into_any()
}

fn bottom_bar(desk: &Desk) -> AnyView {
    let labels = &desk.labels;
    let left = {
        let desk = desk.clone();
        move || {
            if let Some(reason) = &desk.view.refused {
                return view! { <span class="text-ink-2">{reason.clone()}</span> }.into_any();
            }
            if desk.mode.get() == Mode::Form { desk.form.with(side::summary) } else { ().into_any() }
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
    .into_any()
}

impl Desk {
    /// Runs once in the browser.
    fn wake(&self) {
        if let Some(kept) = draft::read().filter(|kept| kept.object == self.view.object) {
            self.restore(kept);
        }
        let desk = self.clone();
        Effect::new(move || {
            let now = desk.form.with(|form| form.data.get());
            desk.note_change(now != desk.view.data);
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

    fn replace_form(&self, data: Value) {
        let form: Form = (*self.form.with_untracked(|state| Arc::clone(&state.form))).clone();
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
        let desk = self.clone();
        set_timeout(
            move || {
                if desk.dirty.get_untracked() {
                    draft::keep(&Kept { draft: desk.draft(), object: desk.view.object.clone() });
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
        self.text.set(text.clone());
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
    fn show(&self, mode: Mode) {
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

    fn look(&self) {
        if !self.ready() {
            return;
        }
        let request =
            ReviewDraft { target: self.view.target.clone(), object: self.object.get_untracked(), draft: self.draft() };
        let desk = self.clone();
        desk.start();
        spawn_local(async move {
            match call(&request, &desk.labels).await {
                Ok(review) => desk.review.set(Some(review)),
                Err(error) => desk.fail(error),
            }
            desk.busy.set(false);
        });
    }

    fn apply(&self) {
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

    fn fail(&self, error: AppError) {
        let field_errors = !error.fields.is_empty();
        if field_errors && self.mode.get_untracked() == Mode::Form {
            self.review.set(None);
            self.form.with_untracked(|form| {
                form.refuse(&error.fields);
                if let Some(first) = error.fields.first() {
                    super::state::lead_to(&first.path);
                }
            });
        }
        if error.kind == ErrorKind::Conflict {
            self.review.set(None);
        }
        self.problem.set(Some(error));
    }

    /// After a conflict: the draft as text, shown as a change of the object as it is now.
    fn compare(&self) {
        let Some(target) = self.view.target.object.clone() else { return };
        let desk = self.clone();
        desk.show(Mode::Yaml);
        spawn_local(async move {
            match call(&ReadObject { target }, &desk.labels).await {
                Ok(now) => desk.editor.compare_when_ready(now.yaml),
                Err(error) => desk.fail(error),
            }
        });
    }
}
