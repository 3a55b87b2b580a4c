//! Dialogs of actions on objects: scale, redeploy, delete. Each is a small form value or a confirmation, and ends in a plan.

use super::{kind, kind_label, user_of};
use crate::RequestCx;
use crate::change;
use crate::error::from_cluster;
use crate::forms;
use authz::right::ClusterWrite;
use clusters::kinds::Deletion;
use model::change::{Change, Outcome, Plan, Propagation};
use model::dialog::{Dialog, DialogTarget};
use model::object::ObjectRef;
use model::{AppError, links};
use serde_json::{Value, json};

/// Objects of one act; the same limit as the plan's.
const MOST: usize = 500;

/// What the person asked for and on what, after the first gate.
struct Asked<'a> {
    cx: &'a RequestCx,
    objects: &'a [ObjectRef],
    user: clusters::UserClient,
}

async fn asked<'a>(cx: &'a RequestCx, objects: &'a [ObjectRef]) -> Result<Asked<'a>, AppError> {
    let Some(first) = objects.first() else {
        return Err(AppError::invalid(cx.t("error-nothing-chosen")));
    };
    // One dialog acts in one cluster on one kind: the grant and the words are for that.
    let same = objects.iter().all(|object| object.cluster == first.cluster && object.kind == first.kind);
    if !same || objects.len() > MOST {
        return Err(AppError::invalid(cx.t_args("change-too-many", &[("max", MOST.into())])));
    }
    let grant = cx.grant::<ClusterWrite>(first.cluster.clone())?;
    Ok(Asked { cx, objects, user: user_of(cx, &first.cluster, grant.actor())? })
}

/// The dialog of an action.
pub async fn open(cx: &RequestCx, action: &str, objects: &[ObjectRef]) -> Result<Dialog, AppError> {
    let asked = asked(cx, objects).await?;
    let kind = kind(cx, &objects[0].kind)?;
    if kind.action(action).is_none() {
        return Err(AppError::not_found(cx.t("error-not-found")));
    }
    match action {
        "scale" => scale(&asked).await,
        "redeploy" => Ok(asked.plain(action, "redeploy", vec![cx.t("dialog-redeploy-text")])),
        "delete" => delete(&asked, kind.deletion),
        _ => Err(AppError::not_found(cx.t("error-not-found"))),
    }
}

/// Carries the confirmed dialog out.
pub async fn submit(
    cx: &RequestCx,
    action: &str,
    objects: &[ObjectRef],
    data: &Value,
    typed: &str,
) -> Result<Outcome, AppError> {
    let asked = asked(cx, objects).await?;
    let kind = kind(cx, &objects[0].kind)?;
    if kind.action(action).is_none() {
        return Err(AppError::not_found(cx.t("error-not-found")));
    }
    let (plan, done) = match action {
        "scale" => (asked.scale_plan(data)?, "done-scale"),
        "redeploy" => (asked.redeploy_plan(), "done-redeploy"),
        "delete" => {
            if let Some(wanted) = asked.typed_name(kind.deletion.grave)
                && wanted != typed
            {
                return Err(AppError::field("typed", cx.t_args("dialog-typed-wrong", &[("name", wanted.into())])));
            }
            (asked.delete_plan(data), "done-delete")
        }
        _ => return Err(AppError::not_found(cx.t("error-not-found"))),
    };
    let items = change::apply(cx, &asked.user, &plan).await?;
    // The object's own page is gone with it: go to the list.
    let next = (action == "delete" && objects.len() == 1).then(|| links::list(&objects[0].cluster, &objects[0].kind));
    // One refused object is the answer itself, with its fields beside the form.
    if let [only] = items.as_slice()
        && let Some(error) = &only.error
    {
        return Err(error.clone());
    }
    let done = cx.t_args(done, &[("what", asked.what().into())]);
    Ok(change::outcome(cx, items, done, next))
}

impl Asked<'_> {
    /// "Deployment payment/api", or "3 × Deployment".
    fn what(&self) -> String {
        match self.objects {
            [one] => change::title(self.cx, one),
            many => format!("{} × {}", many.len(), kind_label(self.cx, &many[0].kind)),
        }
    }

    fn plain(&self, action: &str, key: &str, text: Vec<String>) -> Dialog {
        Dialog {
            action: action.to_owned(),
            target: DialogTarget::Objects { objects: self.objects.to_vec() },
            title: self.cx.t_args(&format!("dialog-{key}-title"), &[("what", self.what().into())]),
            text,
            form: None,
            data: json!({}),
            type_name: None,
            confirm: self.cx.t(&format!("dialog-{key}-confirm")),
            danger: false,
            refused: None,
            snippets: Vec::new(),
            informational: false,
        }
    }

    /// Level c of ux.md §8: grave kinds by name, more than ten objects by their number.
    fn typed_name(&self, grave: bool) -> Option<String> {
        match self.objects {
            [one] if grave => Some(one.name.clone()),
            many if grave || many.len() > 10 => Some(many.len().to_string()),
            _ => None,
        }
    }

    fn scale_plan(&self, data: &Value) -> Result<Plan, AppError> {
        forms::checked(&forms::scale(self.cx.locale(), 0).form, data, self.cx.locale())?;
        let replicas = data["replicas"].as_str().and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or_default();
        Ok(self
            .objects
            .iter()
            .map(|target| Change::Subresource {
                target: target.clone(),
                subresource: "scale".to_owned(),
                body: json!({"spec": {"replicas": replicas}}),
                create: false,
            })
            .collect())
    }

    /// The template's annotation changes, nothing else: the roll-out follows the workload's own strategy.
    fn redeploy_plan(&self) -> Plan {
        let stamp = store::now().to_string();
        let patch = json!({"spec": {"template": {"metadata": {"annotations": {"qcloud-redeploy-timestamp": stamp}}}}});
        self.objects
            .iter()
            .map(|target| Change::Patch { target: target.clone(), patch: patch.clone(), version: None })
            .collect()
    }

    fn delete_plan(&self, data: &Value) -> Plan {
        let keep = data["keep"].as_bool().unwrap_or(false);
        let force = data["force"].as_bool().unwrap_or(false);
        let propagation = if keep { Propagation::Orphan } else { Propagation::Background };
        self.objects.iter().map(|target| Change::Delete { target: target.clone(), propagation, force }).collect()
    }
}

async fn scale(asked: &Asked<'_>) -> Result<Dialog, AppError> {
    let cx = asked.cx;
    let mut dialog = asked.plain("scale", "scale", Vec::new());
    if let [one] = asked.objects {
        let object = change::read(&asked.user, one).await.map_err(|error| from_cluster(cx.locale(), &error))?;
        let replicas = object["spec"]["replicas"].as_i64().unwrap_or(1);
        dialog.text.push(cx.t_args("dialog-scale-current", &[("n", replicas.into())]));
        let filled = forms::scale(cx.locale(), replicas);
        (dialog.form, dialog.data) = (Some(filled.form), filled.data);
    } else {
        dialog.text.push(cx.t("dialog-scale-many"));
        dialog.form = Some(forms::scale(cx.locale(), 0).form);
        dialog.data = json!({"replicas": ""});
    }
    Ok(dialog)
}

fn delete(asked: &Asked<'_>, deletion: Deletion) -> Result<Dialog, AppError> {
    let cx = asked.cx;
    let mut text = vec![cx.t(deletion.text)];
    if asked.objects.iter().any(|object| object.namespace.as_deref() == Some("kube-system")) {
        text.push(cx.t("dialog-kube-system"));
    }
    if asked.objects.len() > 1 {
        text.extend(asked.objects.iter().take(10).map(|object| change::title(cx, object)));
        if asked.objects.len() > 10 {
            text.push(cx.t_args("dialog-and-more", &[("n", (asked.objects.len() - 10).into())]));
        }
    }
    let mut dialog = asked.plain("delete", deletion.title, text);
    if let Some(filled) = forms::delete(cx.locale(), deletion.dependents, deletion.forceable) {
        (dialog.form, dialog.data) = (Some(filled.form), filled.data);
    }
    dialog.type_name = asked.typed_name(deletion.grave);
    dialog.danger = true;
    Ok(dialog)
}
