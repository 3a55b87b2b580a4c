//! Signing in again on the page where the session ended, so that what was typed stays.

use super::dialog::{close, show};
use super::{Desk, toast};
use crate::parts::banner_with_icon;
use crate::{Labels, browser, call, icon};
use leptos::task::spawn_local;
use model::AppError;
use model::access::SignIn;
use model::table::Family;
use view::prelude::*;

const ID: &str = "sign-in-dialog";

pub(super) fn view(desk: Desk, labels: &Labels, account: &str) -> View {
    let name = RwSignal::new(account.to_owned());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<AppError>);
    watch(move || {
        if desk.sign_in.get() {
            show(ID);
        }
    });
    let submit = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let request = SignIn { name: name.get_untracked(), password: password.get_untracked() };
        spawn_local(async move {
            let labels = desk.labels.get_value();
            match call(&request, &labels).await {
                Ok(()) => {
                    password.set(String::new());
                    problem.set(None);
                    close(ID);
                    toast(&labels.get("ui-signin-done"));
                    crate::live::reconnect();
                }
                Err(error) => problem.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let texts = labels.clone();
    // Drawn only when it is needed: no page carries a password field for nothing.
    let content = move || {
        if !desk.sign_in.get() {
            return View::default();
        }
        let labels = &texts;
        view! {
            <form
                class="g-dialog"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    submit();
                }
            >
                <div class="g-dialog__h">
                    <h2 id="sign-in-title">{labels.get("ui-signin-title")}</h2>
                </div>
                <div class="g-dialog__b">
                    <p class="text-ink-2">{labels.get("ui-signin-text")}</p>
                    <label class="block mt-3">
                        <span class="block mb-1 text-ink-2">{labels.get("ui-signin-name")}</span>
                        <input
                            class="input"
                            name="name"
                            autocomplete="username"
                            value=name.get_untracked()
                            on:input=move |event| name.set(browser::value_of(&event))
                        />
                    </label>
                    <label class="block mt-3">
                        <span class="block mb-1 text-ink-2">{labels.get("ui-signin-password")}</span>
                        <input
                            class="input"
                            type="password"
                            name="password"
                            autocomplete="current-password"
                            autofocus
                            on:input=move |event| password.set(browser::value_of(&event))
                        />
                    </label>
                    <div class="mt-3" aria-live="polite">
                        {move || {
                            problem
                                .get()
                                .map(|error| {
                                    banner_with_icon(Family::Error, "circle-x", &error.message, "", View::default())
                                })
                        }}
                    </div>
                </div>
                <div class="g-dialog__f">
                    <button type="button" class="btn" on:click=|_| close(ID)>
                        {labels.get("ui-cancel")}
                    </button>
                    <button type="submit" class="btn btn-primary" aria-disabled=move || busy.get().then_some("true")>
                        {move || busy.get().then(|| icon("loader-circle", "g-i16 g-spin"))}
                        {labels.get("ui-signin-submit")}
                    </button>
                </div>
            </form>
        }
    };
    view! {
        <dialog
            id=ID
            class="g-modal"
            aria-labelledby="sign-in-title"
            on:close=move |_| desk.sign_in.set(false)
        >
            {content}
        </dialog>
    }
}
