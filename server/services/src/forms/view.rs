//! A form page: opening it, switching between its two views, and what becomes of the draft.

use super::definition::{FormDefinition, OBJECT, TEXT};
use super::patch::{Patch, diff_patch};
use super::words::Words;
use super::workload::{self, Context, Mode, WorkloadKind};
use super::{lens, yaml};
use model::change::{Change, Plan};
use model::error::FieldError;
use model::form::{Form, FormTarget, FormView, check, check_touched, settle};
use model::object::ObjectRef;
use model::rpc::{Diagnostic, Draft, SwitchedView};
use model::{AppError, ErrorKind, Locale};
use serde_json::{Map, Value};

/// What surrounds a form page.
#[derive(Clone, Debug, Default)]
pub struct OpenContext {
    /// The namespaces to choose from.
    pub namespaces: Vec<String>,
    /// The one chosen at first; else `default` when it is there.
    pub namespace: Option<String>,
    pub cancel_href: String,
    /// The person may look but not submit: the reason.
    pub refused: Option<String>,
}

/// The form page of a target: `workload` (form and YAML) or `object` (YAML alone, any kind). `object` is the object that
/// is updated, as it was read.
///
/// # Errors
/// `NotFound` for a form or a kind that there is none of, or an update without its object.
pub fn open(
    locale: Locale,
    target: FormTarget,
    object: Option<&Value>,
    context: OpenContext,
) -> Result<FormView, AppError> {
    let words = Words(locale);
    let missing = || AppError::not_found(words.t("forms-no-such-form"));
    let mode = mode_of(&target);
    let namespace = context.namespace.clone().or_else(|| {
        context.namespaces.iter().find(|name| *name == "default").or_else(|| context.namespaces.first()).cloned()
    });
    let choices = Context { namespaces: context.namespaces, namespace: namespace.unwrap_or_default() };
    let (definition, object) = match (target.form.as_str(), object) {
        ("workload", object) => {
            let kind = target.kind.as_ref().and_then(WorkloadKind::of).ok_or_else(missing)?;
            let object = match mode {
                Mode::Create => kind.skeleton(),
                Mode::Update => object.ok_or_else(missing)?.clone(),
            };
            (workload::definition(kind, mode, locale, &choices), object)
        }
        ("object", Some(object)) => (FormDefinition::none(), object.clone()),
        _ => return Err(missing()),
    };
    let data = match mode {
        Mode::Create => definition.defaults(),
        Mode::Update => definition.data(&object),
    };
    let hidden_paths = definition.hidden_paths(&object);
    let submit = if mode == Mode::Create { "forms-submit-create" } else { "forms-submit-update" };
    Ok(FormView {
        form: definition.form,
        data,
        target,
        object,
        hidden_paths,
        yaml: true,
        submit_label: words.t(submit),
        cancel_href: context.cancel_href,
        refused: context.refused,
    })
}

fn mode_of(target: &FormTarget) -> Mode {
    if target.object.is_some() { Mode::Update } else { Mode::Create }
}

/// The form for a draft's data: what was chosen is offered, the cluster judges whether it exists.
fn definition_for(target: &FormTarget, base: &Value, data: &Value, locale: Locale) -> Option<FormDefinition> {
    if target.form == "object" {
        return Some(FormDefinition::none());
    }
    let chosen = data.get("type").and_then(Value::as_str).and_then(WorkloadKind::of_text);
    let kind = match mode_of(target) {
        Mode::Create => chosen.or_else(|| WorkloadKind::of_object(base)),
        Mode::Update => None,
    };
    let kind = kind.or_else(|| target.kind.as_ref().and_then(WorkloadKind::of))?;
    let namespace = lens::text_of(data.get("namespace"));
    let context = Context { namespaces: Vec::new(), namespace };
    Some(workload::definition(kind, mode_of(target), locale, &context))
}

/// The object that a form draft stands on.
fn base_of<'a>(object: &'a Value, data: &'a Value) -> &'a Value {
    data.get(OBJECT).filter(|base| base.is_object()).unwrap_or(object)
}

/// The draft in the other view. `object` is the object as read and stays so; after an edit as YAML, the form's data
/// carries the edited object along (key [`OBJECT`]) and its text (key `_text`).
#[must_use]
pub fn switch(target: &FormTarget, object: &Value, draft: &Draft, locale: Locale) -> SwitchedView {
    let none =
        |diagnostics| SwitchedView { draft: None, object: object.clone(), hidden_paths: Vec::new(), diagnostics };
    match draft {
        Draft::Form { data } => {
            let base = base_of(object, data);
            let Some(definition) = definition_for(target, base, data, locale) else { return none(Vec::new()) };
            let mut data = data.clone();
            settle(&definition.form, &mut data);
            let new = definition.apply(base, &data);
            let written = data.get(TEXT).and_then(Value::as_str);
            let kept = written.filter(|text| {
                read_text(target, object, text, locale)
                    .is_ok_and(|(before, _)| before == with_server_fields(new.clone(), object))
            });
            let lost = written.is_some_and(has_comments) && kept.is_none();
            let diagnostics = lost.then(|| Diagnostic {
                line: 1,
                column: 1,
                message: Words(locale).t("forms-yaml-rewritten"),
                severity: "warning".to_owned(),
            });
            SwitchedView {
                draft: Some(Draft::Yaml { text: kept.map_or_else(|| text_of(&new), str::to_owned) }),
                object: object.clone(),
                hidden_paths: definition.hidden_paths(&new),
                diagnostics: diagnostics.into_iter().collect(),
            }
        }
        Draft::Yaml { text } => {
            let (new, diagnostics) = match read_text(target, object, text, locale) {
                Ok(read) => read,
                Err(diagnostics) => return none(diagnostics),
            };
            let Some(definition) = definition_for(target, &new, &Value::Null, locale) else { return none(diagnostics) };
            let mut data = definition.data(&new);
            let hidden_paths = definition.hidden_paths(&new);
            if *text != text_of(&new) {
                data[TEXT] = Value::String(text.clone());
            }
            if new != *object {
                data[OBJECT] = new;
            }
            SwitchedView { draft: Some(Draft::Form { data }), object: object.clone(), hidden_paths, diagnostics }
        }
    }
}

/// Whether a YAML text seems to have comments; only decides whether their loss is said.
fn has_comments(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
}

/// An object as the YAML view shows it: everything but `managedFields`.
#[must_use]
pub fn text_of(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    yaml::to_yaml(&object)
}

/// What only the server writes comes back from the object as read, whatever became of it in the text.
fn with_server_fields(mut new: Value, object: &Value) -> Value {
    let restore = |new: &mut Map<String, Value>, old: Option<&Value>, key: &str| match old.and_then(|old| old.get(key))
    {
        Some(value) => {
            new.insert(key.to_owned(), value.clone());
        }
        None => {
            new.remove(key);
        }
    };
    if let Value::Object(map) = &mut new {
        restore(map, Some(object), "status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            for key in ["managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"] {
                restore(metadata, object.get("metadata"), key);
            }
        }
    }
    new
}

/// Reads a YAML draft and holds it to its target. The diagnostics of a good text are warnings.
fn read_text(
    target: &FormTarget,
    object: &Value,
    text: &str,
    locale: Locale,
) -> Result<(Value, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reading = yaml::read(text);
    let value = reading.value.take();
    let Some(value) = value.filter(|_| reading.problems.iter().all(|problem| problem.warning)) else {
        return Err(yaml::diagnostics(&reading, locale));
    };
    let fixed: &[&[&str]] = match mode_of(target) {
        Mode::Create => &[],
        Mode::Update => &[&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]],
    };
    let mut wrong = Vec::new();
    for path in fixed {
        let (now, was) = (lens::read(&value, path), lens::read(object, path));
        if now != was {
            let path = path.join(".");
            let was = lens::text_of(was);
            wrong.push((path.clone(), ("forms-yaml-fixed", path, was)));
        }
    }
    if mode_of(target) == Mode::Create && target.form == "workload" && WorkloadKind::of_object(&value).is_none() {
        let kinds: Vec<_> =
            workload::KINDS.iter().map(|kind| format!("{} {}", kind.api_version(), kind.kind)).collect();
        wrong.push(("kind".to_owned(), ("forms-yaml-kind", "kind".to_owned(), kinds.join(", "))));
    }
    if wrong.is_empty() {
        return Ok((with_server_fields(value, object), yaml::diagnostics(&reading, locale)));
    }
    let words = Words(locale);
    Err(wrong
        .into_iter()
        .map(|(path, (key, name, was))| {
            let place = reading.keys.iter().find(|key| key.path == path).map_or((1, 1), |key| (key.line, key.column));
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Diagnostic {
                line: number(place.0),
                column: number(place.1),
                message: words.t_args(key, &[("path", name.into()), ("value", was.into())]),
                severity: "error".to_owned(),
            }
        })
        .collect())
}

/// The object that a draft means, unchecked: half-typed values go along.
///
/// # Errors
/// `Invalid` when a text is no object.
pub fn meant(target: &FormTarget, object: &Value, draft: &Draft, locale: Locale) -> Result<Value, AppError> {
    match draft {
        Draft::Yaml { .. } => object_of(target, object, draft, locale),
        Draft::Form { data } => {
            let base = base_of(object, data);
            let definition = definition_for(target, base, data, locale)
                .ok_or_else(|| AppError::not_found(Words(locale).t("forms-no-such-form")))?;
            Ok(with_server_fields(definition.apply(base, data), object))
        }
    }
}

/// A draft in the view of another one that stands on `object` and means `new`, with what its form does not show.
///
/// # Errors
/// `NotFound` for a form that there is none of.
pub fn draft_of(
    target: &FormTarget,
    object: &Value,
    new: &Value,
    like: &Draft,
    locale: Locale,
) -> Result<(Draft, Vec<String>), AppError> {
    let definition = definition_for(target, new, &Value::Null, locale)
        .ok_or_else(|| AppError::not_found(Words(locale).t("forms-no-such-form")))?;
    let new = with_server_fields(new.clone(), object);
    let hidden = definition.hidden_paths(&new);
    let draft = match like {
        Draft::Yaml { .. } => Draft::Yaml { text: text_of(&new) },
        Draft::Form { .. } => {
            let mut data = definition.data(&new);
            // What the form shows needs no second copy, and is checked as a change of the object.
            if definition.apply(object, &data) != new {
                data[OBJECT] = new;
            }
            Draft::Form { data }
        }
    };
    Ok((draft, hidden))
}

/// A new object says where it goes: a namespace that the text leaves out would be another one for kubectl and is not
/// guessed, and without its name the object could not be shown afterwards.
fn complete(target: &FormTarget, value: Value, text: &str, words: Words) -> Result<Value, Vec<Diagnostic>> {
    if mode_of(target) == Mode::Update || target.form != "workload" {
        return Ok(value);
    }
    let needed = [["metadata", "name"], ["metadata", "namespace"]];
    let missing: Vec<_> =
        needed.iter().filter(|path| lens::text_of(lens::read(&value, &path[..])).is_empty()).collect();
    if missing.is_empty() {
        return Ok(value);
    }
    let keys = yaml::read(text).keys;
    let place = keys.iter().find(|key| key.path == "metadata").map_or((1, 1), |key| (key.line, key.column));
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Err(missing
        .into_iter()
        .map(|path| Diagnostic {
            line: number(place.0),
            column: number(place.1),
            message: words.t_args("forms-yaml-missing", &[("path", path.join(".").into())]),
            severity: "error".to_owned(),
        })
        .collect())
}

/// The object that a draft means, checked.
///
/// # Errors
/// `Invalid` with the refused fields. Of a YAML draft a field's path is its place in the text, `yaml:<line>:<column>`.
pub fn object_of(target: &FormTarget, object: &Value, draft: &Draft, locale: Locale) -> Result<Value, AppError> {
    let words = Words(locale);
    match draft {
        Draft::Yaml { text } => {
            let read = read_text(target, object, text, locale).map(|(value, _)| value);
            let read = read.and_then(|value| complete(target, value, text, words));
            read.map_err(|diagnostics| {
                let fields: Vec<_> = diagnostics
                    .into_iter()
                    .filter(|diagnostic| diagnostic.severity == "error")
                    .map(|diagnostic| FieldError {
                        path: format!("yaml:{}:{}", diagnostic.line, diagnostic.column),
                        message: diagnostic.message,
                    })
                    .collect();
                refused(fields, words)
            })
        }
        Draft::Form { data } => {
            let base = base_of(object, data);
            let definition = definition_for(target, base, data, locale)
                .ok_or_else(|| AppError::not_found(words.t("forms-no-such-form")))?;
            let mut data = data.clone();
            settle(&definition.form, &mut data);
            let refusals = match mode_of(target) {
                Mode::Create => check(&definition.form, &data),
                Mode::Update => check_touched(&definition.form, &data, &definition.data(base)),
            };
            if !refusals.is_empty() {
                return Err(refused(field_errors(&definition.form, refusals), words));
            }
            Ok(with_server_fields(definition.apply(base, &data), object))
        }
    }
}

pub(super) fn field_errors(form: &Form, refusals: Vec<model::form::Refusal>) -> Vec<FieldError> {
    refusals.into_iter().map(|refusal| FieldError { message: form.message(&refusal), path: refusal.path }).collect()
}

pub(super) fn refused(fields: Vec<FieldError>, words: Words) -> AppError {
    let message = words.t_args("forms-refused", &[("count", fields.len().into())]);
    let mut error = AppError::new(ErrorKind::Invalid, message);
    error.fields = fields;
    error
}

/// The smallest plan from the object as read to the new one; nothing changed is an empty plan.
#[must_use]
pub fn plan(target: &FormTarget, original: &Value, new: &Value) -> Plan {
    let Some(object) = &target.object else { return create(target, new) };
    match diff_patch(original, new) {
        None => Vec::new(),
        Some(Patch::Merge(patch)) => vec![Change::Patch { target: object.clone(), patch, version: None }],
        Some(Patch::Json(patch)) => vec![Change::JsonPatch { target: object.clone(), patch }],
    }
}

fn create(target: &FormTarget, new: &Value) -> Plan {
    let kind = WorkloadKind::of_object(new).map(WorkloadKind::key).or_else(|| target.kind.clone());
    let (Some(cluster), Some(kind)) = (target.cluster.clone(), kind) else { return Vec::new() };
    let metadata = |key: &str| lens::text_of(lens::read(new, &["metadata", key]));
    let namespace = Some(metadata("namespace")).filter(|namespace| !namespace.is_empty());
    let target = ObjectRef { cluster, kind, namespace, name: metadata("name"), uid: None };
    vec![Change::Create { target, object: new.clone() }]
}

/// What applying a draft would do. A form sends its changed paths; an edited YAML text replaces the object against the
/// version it was read at (W-79).
///
/// # Errors
/// As [`object_of`].
pub fn plan_of(target: &FormTarget, object: &Value, draft: &Draft, locale: Locale) -> Result<Plan, AppError> {
    let new = object_of(target, object, draft, locale)?;
    match (draft, &target.object) {
        (Draft::Yaml { .. }, Some(_)) if new == *object => Ok(Vec::new()),
        (Draft::Yaml { .. }, Some(reference)) => {
            let version = lens::text_of(lens::read(object, &["metadata", "resourceVersion"]));
            Ok(vec![Change::Replace { target: reference.clone(), object: new, version }])
        }
        _ => Ok(plan(target, object, &new)),
    }
}
