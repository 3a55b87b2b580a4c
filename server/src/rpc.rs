//! The calls of the islands, one line each: type, permission, service function.

use crate::routes::Route;
use authz::Access;
use model::permission::Permission;
use model::rpc::{
    ApplyDraft, OpenDialog, ReadKubeconfig, ReadTable, RebaseDraft, RefreshForm, ReviewDraft, SetPreference,
    SubmitDialog, SwitchView, TestConnection,
};
use services::change::drafts;
use services::{RequestCx, clusters, dialogs, tables};

/// Two megabytes: a draft holds the object twice, and etcd takes one and a half at most.
const DRAFT_BYTES: usize = 4 * 1024 * 1024;
/// A kubeconfig of the largest size, escaped as JSON.
const KUBECONFIG_BYTES: usize = 3 * 1024 * 1024;

pub fn routes() -> Vec<Route> {
    let own = Access::Permission(Permission::OwnAccount);
    let import = Access::Permission(Permission::ClusterImport);
    vec![
        // Tables, dialogs and drafts are of many areas: behind the gate the service asks for the right of the target.
        Route::call(own, async |cx: RequestCx, call: ReadTable| tables::page(&cx, &call.source, &call.query).await),
        Route::call(own, async |cx: RequestCx, call: OpenDialog| dialogs::open(&cx, &call).await),
        Route::change(own, async |cx: RequestCx, call: SubmitDialog| dialogs::submit(&cx, &call).await)
            .body_limit(KUBECONFIG_BYTES),
        Route::call(own, async |cx: RequestCx, call: SwitchView| drafts::switch(&cx, &call).await)
            .body_limit(DRAFT_BYTES),
        Route::call(own, async |cx: RequestCx, call: RefreshForm| drafts::refresh(&cx, &call).await)
            .body_limit(KUBECONFIG_BYTES),
        Route::call(own, async |cx: RequestCx, call: ReviewDraft| drafts::review(&cx, &call).await)
            .body_limit(DRAFT_BYTES),
        Route::call(own, async |cx: RequestCx, call: RebaseDraft| drafts::rebase(&cx, &call).await)
            .body_limit(DRAFT_BYTES),
        Route::change(own, async |cx: RequestCx, call: ApplyDraft| drafts::apply(&cx, &call).await)
            .body_limit(DRAFT_BYTES),
        Route::call(import, async |cx: RequestCx, call: ReadKubeconfig| {
            let grant = cx.grant::<authz::right::ClusterImport>(authz::ConsoleScope)?;
            clusters::import::candidates(&cx, &grant, &call.text)
        })
        .body_limit(KUBECONFIG_BYTES),
        Route::call(import, async |cx: RequestCx, call: TestConnection| {
            let grant = cx.grant::<authz::right::ClusterImport>(authz::ConsoleScope)?;
            clusters::import::test(&cx, &grant, &call.text, &call.context).await
        })
        .body_limit(KUBECONFIG_BYTES),
        Route::change(own, async |cx: RequestCx, call: SetPreference| {
            let grant = cx.grant::<authz::right::OwnAccount>(authz::ConsoleScope)?;
            cx.services().accounts().set_preference(&grant, call.locale, call.theme).await
        }),
    ]
}
