//! The one door of dialogs: whatever a dialog acts on, the islands open and submit it here.

use crate::RequestCx;
use crate::clusters::dialogs as cluster_dialogs;
use crate::forms;
use crate::objects::dialogs as object_dialogs;
use crate::tables::role_word;
use authz::Grant;
use authz::right::{AccountsManage, OwnAccount};
use model::access::AccountView;
use model::change::Outcome;
use model::dialog::{Dialog, DialogTarget, Snippet};
use model::permission::Role;
use model::rpc::{OpenDialog, SubmitDialog};
use model::{AccountId, AppError, ErrorKind};
use serde_json::json;

pub async fn open(cx: &RequestCx, call: &OpenDialog) -> Result<Dialog, AppError> {
    match &call.target {
        DialogTarget::Objects { objects } => object_dialogs::open(cx, &call.action, objects).await,
        DialogTarget::Cluster { cluster } => cluster_dialogs::open(cx, &call.action, cluster).await,
        DialogTarget::Account { account } => {
            let grant = cx.grant::<AccountsManage>(authz::ConsoleScope)?;
            account_dialog(cx, &grant, &call.action, account).await
        }
        DialogTarget::Session { .. } => {
            cx.grant::<OwnAccount>(authz::ConsoleScope)?;
            let mut dialog = blank(cx, &call.action, call.target.clone());
            dialog.title = cx.t("accounts-session-end-title");
            dialog.text = vec![cx.t("accounts-session-end-text")];
            dialog.confirm = cx.t("action-session-end");
            dialog.danger = true;
            Ok(dialog)
        }
    }
}

pub async fn submit(cx: &RequestCx, call: &SubmitDialog) -> Result<Outcome, AppError> {
    match &call.target {
        DialogTarget::Objects { objects } => {
            object_dialogs::submit(cx, &call.action, objects, &call.data, &call.typed).await
        }
        DialogTarget::Cluster { cluster } => {
            cluster_dialogs::submit(cx, &call.action, cluster, &call.data, &call.typed).await
        }
        DialogTarget::Account { account } => {
            let grant = cx.grant::<AccountsManage>(authz::ConsoleScope)?;
            account_act(cx, &grant, call, account).await
        }
        DialogTarget::Session { session } => {
            let grant = cx.grant::<OwnAccount>(authz::ConsoleScope)?;
            cx.services().accounts().end_session(&grant, session).await?;
            Ok(done(cx.t("accounts-session-end-done")))
        }
    }
}

fn blank(cx: &RequestCx, action: &str, target: DialogTarget) -> Dialog {
    Dialog {
        action: action.to_owned(),
        target,
        title: String::new(),
        text: Vec::new(),
        form: None,
        data: json!({}),
        type_name: None,
        confirm: cx.t("common-confirm"),
        danger: false,
        refused: None,
        snippets: Vec::new(),
        informational: false,
    }
}

pub(crate) fn done(message: String) -> Outcome {
    Outcome { items: Vec::new(), next: None, message, snippets: Vec::new() }
}

fn unknown(cx: &RequestCx) -> AppError {
    AppError::not_found(cx.t("error-not-found"))
}

async fn account_dialog(
    cx: &RequestCx,
    grant: &Grant<AccountsManage>,
    action: &str,
    id: &AccountId,
) -> Result<Dialog, AppError> {
    let account = cx.services().accounts().get(grant, id).await?;
    let name = [("name", (&account.name).into())];
    let mut dialog = blank(cx, action, DialogTarget::Account { account: id.clone() });
    let (title, text) = match action {
        "account-role" => ("accounts-role-title", "accounts-role-text"),
        "account-reset" => ("accounts-reset-title", "accounts-reset-text"),
        "account-disable" => ("accounts-disable-title", "accounts-disable-text"),
        "account-enable" => ("accounts-enable-title", "accounts-enable-text"),
        "account-delete" => ("accounts-delete-title", "accounts-delete-text"),
        _ => return Err(unknown(cx)),
    };
    dialog.title = cx.t_args(title, &name);
    dialog.text = vec![cx.t(text)];
    dialog.confirm = cx.t(&format!("action-{action}"));
    if account.main {
        dialog.refused = Some(cx.t("accounts-main-protected"));
    }
    if action == "account-role" {
        let filled = forms::account_role(cx.locale(), account.role);
        (dialog.form, dialog.data) = (Some(filled.form), filled.data);
    }
    if action == "account-delete" {
        dialog.danger = true;
        dialog.type_name = Some(account.name);
    }
    Ok(dialog)
}

async fn account_act(
    cx: &RequestCx,
    grant: &Grant<AccountsManage>,
    call: &SubmitDialog,
    id: &AccountId,
) -> Result<Outcome, AppError> {
    let accounts = cx.services().accounts();
    let account: AccountView = accounts.get(grant, id).await?;
    if account.main {
        return Err(AppError::new(ErrorKind::Conflict, cx.t("accounts-main-protected")));
    }
    let name = ("name", (&account.name).into());
    match call.action.as_str() {
        "account-role" => {
            forms::checked(&forms::account_role(cx.locale(), account.role).form, &call.data, cx.locale())?;
            let role = call.data["role"].as_str().and_then(Role::from_name).unwrap_or_default();
            accounts.set_role(grant, id, role).await?;
            let role = role_word(cx, false, role);
            Ok(done(cx.t_args("accounts-role-done", &[name, ("role", role.into())])))
        }
        "account-reset" => {
            let password = accounts.reset_password(grant, id).await?;
            // The dialog stays open with it: a message at the corner is gone before it is copied.
            let snippet = Snippet {
                label: cx.t("accounts-reset-password"),
                text: password,
                file: None,
                secret: false,
                hint: cx.t("accounts-reset-hint"),
            };
            Ok(Outcome { snippets: vec![snippet], ..done(cx.t_args("accounts-reset-done", &[name])) })
        }
        "account-disable" => {
            accounts.disable(grant, id).await?;
            Ok(done(cx.t_args("accounts-disable-done", &[name])))
        }
        "account-enable" => {
            accounts.enable(grant, id).await?;
            Ok(done(cx.t_args("accounts-enable-done", &[name])))
        }
        "account-delete" => {
            if call.typed != account.name {
                return Err(AppError::field("typed", cx.t_args("dialog-typed-wrong", &[name])));
            }
            accounts.delete(grant, id).await?;
            Ok(done(cx.t_args("accounts-delete-done", &[name])))
        }
        _ => Err(unknown(cx)),
    }
}
