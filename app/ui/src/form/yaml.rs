//! The YAML tab of an object: read first, edit on demand, apply on the same road as forms.

use super::editor::Editor;
use super::review;
use crate::parts::banner_with_icon;
use crate::{Labels, actions, browser, call, icon, icon_colored};
use leptos::task::spawn_local;
use model::change::Review;
use model::form::FormTarget;
use model::rpc::{Applied, ApplyDraft, Diagnostic, Draft, RebaseDraft, RebasedDraft, SwitchView};
use model::table::Family;
use model::wire::Given;
use model::{AppError, ErrorKind, FieldError};
use serde_json::Value;
use view::prelude::*;

/// The places of a refused text: the server names them as `yaml:<line>:<column>`.
pub(super) fn places(fields: &[FieldError]) -> Vec<Diagnostic> {
    let place = |field: &FieldError| {
        let (line, column) = field.path.strip_prefix("yaml:")?.split_once(':')?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        Some(Diagnostic { line, column, message: field.message.clone(), severity: "error".to_owned() })
    };
    fields.iter().filter_map(place).collect()
}

/// The list of problems under an editor; each leads to its line.
pub(super) fn problem_list(problems: &[Diagnostic], editor: Editor, labels: &Labels) -> View {
    if problems.is_empty() {
        return View::default();
    }
    let rows = problems
        .iter()
        .map(|problem| {
            let (name, token) =
                if problem.severity == "warning" { ("triangle-alert", "warn") } else { ("circle-x", "err") };
            let line = problem.line;
            view! {
                <button type="button" class="g-problem" on:click=move |_| editor.go_to_line(line)>
                    {icon_colored(name, "g-i", token)}
                    <span class="text-ink-3">{labels.fill("ui-editor-line", &[("n", &line.to_string())])}</span>
                    <span class="min-w-0 wrap-anywhere">{problem.message.clone()}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="border-t border-line" role="status">
            {rows}
        </div>
    }
}

/// Where the editor's bundle does not load, the text can still be edited.
pub(super) fn plain_area(editor: Editor) -> View {
    (move || {
        editor.failed.get().then(|| {
            let text = editor.text();
            view! {
                <textarea
                    class="textarea g-mono"
                    rows="30"
                    spellcheck="false"
                    aria-label="YAML"
                    prop:value=text
                    on:input=move |event| editor.type_plain(browser::value_of(&event))
                ></textarea>
            }
        })
    })
    .into_content()
}

#[derive(Clone)]
struct Sheet {
    target: FormTarget,
    /// What the text stands on; another one after a conflict.
    object: StoredValue<Value>,
    text: String,
    labels: Labels,
    editor: Editor,
    editing: RwSignal<bool>,
    busy: RwSignal<bool>,
    review: RwSignal<Option<Review>>,
    problem: RwSignal<Option<AppError>>,
    diagnostics: RwSignal<Vec<Diagnostic>>,
    dirty: RwSignal<bool>,
}

/// An object's YAML with an edit button; `refused` is the reason why this person may not edit.
#[island]
pub fn YamlPanel(
    #[prop(into)] target: Given<FormTarget>,
    text: String,
    #[prop(into)] object: Given<Value>,
    #[prop(into)] refused: Given<Option<String>>,
    #[prop(into)] labels: Given<Labels>,
) -> impl IntoView {
    let sheet = Sheet {
        target: target.0,
        object: StoredValue::new(object.0),
        text,
        labels: labels.0,
        editor: Editor::new(),
        editing: RwSignal::new(false),
        busy: RwSignal::new(false),
        review: RwSignal::new(None),
        problem: RwSignal::new(None),
        diagnostics: RwSignal::new(Vec::new()),
        dirty: RwSignal::new(false),
    };
    {
        let sheet = sheet.clone();
        watch(move || sheet.wake());
    }
    let problems = {
        let sheet = sheet.clone();
        move || problem_list(&sheet.diagnostics.get(), sheet.editor, &sheet.labels)
    };
    let banner = {
        let sheet = sheet.clone();
        move || {
            sheet.problem.get().map(|error| {
                if error.kind == ErrorKind::Conflict {
                    let (labels, sheet) = (&sheet.labels, sheet.clone());
                    let action = view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| sheet.rebase()>
                            {labels.get("ui-form-take-over")}
                        </button>
                    };
                    let title = labels.get("ui-form-conflict");
                    return banner_with_icon(
                        Family::Warning,
                        "refresh-cw",
                        &title,
                        &error.message,
                        action.into_content(),
                    );
                }
                let text = [error.detail.unwrap_or_default(), error.request_id.unwrap_or_default()].join(" ");
                banner_with_icon(Family::Error, "circle-x", &error.message, text.trim(), View::default())
            })
        }
    };
    let looked = {
        let sheet = sheet.clone();
        move || sheet.review.with(|found| found.as_ref().map(|found| review::review(found, &sheet.labels)))
    };
    let reviewing = sheet.review;
    let body = view! {
        {toolbar(&sheet, refused.0)}
        {banner}
        <div class="p-2.5" hidden=move || reviewing.with(Option::is_none)>
            {looked}
        </div>
        <div hidden=move || reviewing.with(Option::is_some)>
            <div class="g-editor" id="object-yaml"></div>
            <noscript>
                <pre class="g-code p-3 overflow-auto">{sheet.text.clone()}</pre>
            </noscript>
            {plain_area(sheet.editor)}
            {problems}
        </div>
    };
    Island::from(body)
}

fn toolbar(sheet: &Sheet, refused: Option<String>) -> View {
    let labels = &sheet.labels;
    let (editing, reviewing, busy) = (sheet.editing, sheet.review, sheet.busy);
    let possible = refused.is_none();
    let edit = {
        let sheet = sheet.clone();
        move |_| {
            if possible {
                sheet.editing.set(true);
                sheet.editor.set_read_only(false);
            }
        }
    };
    let cancel = {
        let sheet = sheet.clone();
        move |_| {
            if sheet.review.with_untracked(Option::is_some) {
                sheet.review.set(None);
                return;
            }
            sheet.editing.set(false);
            sheet.dirty.set(false);
            sheet.diagnostics.set(Vec::new());
            sheet.editor.set_text(&sheet.text);
            sheet.editor.set_read_only(true);
        }
    };
    let apply = {
        let sheet = sheet.clone();
        move |_| sheet.apply()
    };
    let (copy, save) = (sheet.clone(), sheet.clone());
    let file = sheet.target.object.as_ref().map_or_else(|| "object".to_owned(), |object| object.name.clone());
    let (copy_label, save_label) = (labels.get("ui-copy"), labels.get("ui-download"));
    view! {
        <div class="g-toolbar">
            <span class="flex">
                <button
                    type="button"
                    class="g-ib"
                    title=copy_label.clone()
                    aria-label=copy_label
                    on:click=move |_| {
                        browser::copy(&copy.editor.text());
                        actions::toast(&copy.labels.get("ui-copied"));
                    }
                >
                    {icon("copy", "g-i16")}
                </button>
                <button
                    type="button"
                    class="g-ib"
                    title=save_label.clone()
                    aria-label=save_label
                    on:click=move |_| browser::download(&format!("{file}.yaml"), &save.editor.text())
                >
                    {icon("download", "g-i16")}
                </button>
            </span>
            <span class="ml-auto flex items-center gap-2">
                <button
                    type="button"
                    class="btn btn-sm"
                    hidden=move || editing.get()
                    aria-disabled=(!possible).then_some("true")
                    title=refused
                    on:click=edit
                >
                    {icon("pencil", "g-i")}
                    {labels.get("ui-edit")}
                </button>
                <button type="button" class="btn btn-sm btn-ghost" hidden=move || !editing.get() on:click=cancel>
                    {labels.get("ui-cancel")}
                </button>
                <button
                    type="button"
                    class="btn btn-sm btn-primary"
                    hidden=move || !editing.get()
                    aria-disabled=move || {
                        let blocked = reviewing.with(|review| review.as_ref().is_some_and(Review::refused));
                        (busy.get() || blocked).then_some("true")
                    }
                    on:click=apply
                >
                    {labels.get("ui-apply")}
                </button>
            </span>
        </div>
    }
}

impl Sheet {
    fn wake(&self) {
        let Some(element) = browser::by_id("object-yaml") else { return };
        let dirty = self.dirty;
        self.editor.mount(element.into(), self.text.clone(), true, &self.labels, move || dirty.set(true));
        browser::listen_window("beforeunload", move |event| {
            if dirty.get_untracked() {
                event.prevent_default();
            }
        });
    }

    /// Dry run first; it is applied at once only when there is nothing to look at.
    fn apply(&self) {
        let reviewed = self.review.with_untracked(Option::is_some);
        let blocked = self.review.with_untracked(|review| review.as_ref().is_some_and(Review::refused));
        if self.busy.get_untracked() || blocked {
            return;
        }
        let sheet = self.clone();
        sheet.busy.set(true);
        sheet.problem.set(None);
        spawn_local(async move {
            sheet.send(reviewed).await;
            sheet.busy.set(false);
        });
    }

    async fn send(&self, reviewed: bool) {
        let draft = Draft::Yaml { text: self.editor.text() };
        // Problems in the text come with their lines from the same call that the form's switch uses.
        let object = self.object.get_value();
        let check = SwitchView { target: self.target.clone(), object: object.clone(), draft: draft.clone() };
        match call(&check, &self.labels).await {
            Ok(checked) => {
                self.editor.mark(&checked.diagnostics);
                self.diagnostics.set(checked.diagnostics);
                if checked.draft.is_none() {
                    return;
                }
            }
            Err(error) => return self.problem.set(Some(error)),
        }
        let request = ApplyDraft { target: self.target.clone(), object, draft, reviewed };
        match call(&request, &self.labels).await {
            Ok(Applied::Look { review }) => self.review.set(Some(review)),
            Ok(Applied::Done { outcome }) if outcome.failed() == 0 => {
                self.dirty.set(false);
                actions::toast_on_next_page(&outcome.message);
                browser::reload();
            }
            Ok(Applied::Done { outcome }) => {
                self.problem.set(outcome.items.into_iter().find_map(|item| item.error));
            }
            // The sign-in dialog says it.
            Err(error) if error.kind == ErrorKind::Unauthenticated => {}
            Err(error) => {
                self.review.set(None);
                let places = places(&error.fields);
                if !places.is_empty() {
                    self.editor.mark(&places);
                    self.diagnostics.set(places);
                }
                self.problem.set(Some(error));
            }
        }
    }

    /// After a conflict: the text put onto the object as it is now, shown as a change of it.
    fn rebase(&self) {
        if self.busy.get_untracked() {
            return;
        }
        let draft = Draft::Yaml { text: self.editor.text() };
        let request = RebaseDraft { target: self.target.clone(), object: self.object.get_value(), draft };
        let sheet = self.clone();
        sheet.busy.set(true);
        spawn_local(async move {
            match call(&request, &sheet.labels).await {
                Ok(RebasedDraft { draft: Draft::Yaml { text }, object, yaml, .. }) => {
                    sheet.problem.set(None);
                    sheet.object.set_value(object);
                    sheet.editor.set_text(&text);
                    sheet.editor.compare_when_ready(yaml);
                }
                Ok(_) => {}
                Err(error) => sheet.problem.set(Some(error)),
            }
            sheet.busy.set(false);
        });
    }
}
