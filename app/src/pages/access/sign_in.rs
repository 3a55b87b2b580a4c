//! Sign-in, set-up by the one-time link, and the change of the password: plain HTML forms that work without wasm.

use crate::shell::{Chrome, Rendered, area_nav, render, with_status};
use model::access::{AccountPage, LoginPage, PasswordPage, SetupPage};
use model::permission::Role;
use model::table::Family;
use model::{FieldError, Locale};
use services::RequestCx;
use ui::Nav;
use view::prelude::*;

#[must_use]
pub fn login(cx: &RequestCx, page: LoginPage) -> Rendered {
    let context = cx.clone();
    let status = match (&page.error, page.wait_seconds) {
        (_, Some(_)) => 429,
        (Some(_), None) => 401,
        (None, None) => 200,
    };
    let title = cx.t("login-title");
    with_status(cx, status, plain(title.clone()), move || {
        let cx = &context;
        let form = view! {
            {page.notice.clone().map(|text| ui::banner(Family::Success, &text, "", View::default()))}
            {page.error.clone().map(|text| ui::banner(Family::Error, &text, "", View::default()))}
            <form class="g-panel g-signin" method="post" action="/login">
                <input type="hidden" name="next" value=page.next.clone() />
                {field(&cx.t("login-name"), "name", "text", "username", &page.name, "", page.name.is_empty())}
                {field(&cx.t("login-password"), "password", "password", "current-password", "", "", !page.name.is_empty())}
                <button class="btn btn-primary g-signin__submit" type="submit">{cx.t("login-submit")}</button>
            </form>
            <p class="g-signin__note">{cx.t("login-note")}</p>
        };
        card(cx, &title, form.into_content())
    })
}

#[must_use]
pub fn setup(cx: &RequestCx, page: SetupPage) -> Rendered {
    let context = cx.clone();
    let title = cx.t("setup-title");
    let status = if page.refused.is_some() {
        410
    } else if page.fields.is_empty() && page.error.is_none() {
        200
    } else {
        422
    };
    with_status(cx, status, plain(title.clone()), move || {
        let cx = &context;
        if let Some(reason) = &page.refused {
            let login = ui::link_button(&cx.t("login-title"), model::links::LOGIN, "", "btn-primary");
            return card(cx, &title, ui::empty(ui::Empty::Forbidden, &cx.t("setup-refused"), reason, login));
        }
        let error = |path: &str| of(&page.fields, path);
        let found = (!page.found.is_empty()).then(|| {
            let boxes = page
                .found
                .iter()
                .map(|candidate| {
                    let refused = candidate.refused.clone();
                    view! {
                        <label class="g-choice g-signin__pick">
                            <input
                                type="checkbox"
                                class="checkbox"
                                name="context"
                                value=candidate.context.clone()
                                checked=page.chosen.contains(&candidate.context)
                                disabled=refused.is_some()
                            />
                            <span class="min-w-0">
                                <span class="g-mono">{candidate.context.clone()}</span>
                                <span class="text-ink-3">" " {refused.unwrap_or_else(|| candidate.server.clone())}</span>
                            </span>
                        </label>
                    }
                })
                .collect_view();
            view! {
                <fieldset class="g-signin__field">
                    <legend class="g-signin__label">{cx.t("setup-found")}</legend>
                    {boxes}
                </fieldset>
            }
        });
        let languages = Locale::ALL
            .into_iter()
            .map(|locale| {
                let label = i18n::t(locale, "language-name");
                view! { <option value=locale.tag() selected=page.locale == locale>{label}</option> }
            })
            .collect_view();
        let form = view! {
            <p class="g-signin__note">{cx.t("setup-text")}</p>
            {page.error.clone().map(|text| ui::banner(Family::Error, &text, "", View::default()))}
            <form class="g-panel g-signin" method="post" action="/setup">
                <input type="hidden" name="token" value=page.token.clone() />
                {field(&cx.t("setup-name"), "name", "text", "username", &page.name, &error("name"), true)}
                {field(&cx.t("setup-password"), "password", "password", "new-password", "", &error("password"), false)}
                <p class="g-hint">{cx.t("setup-password-rule")}</p>
                {field(&cx.t("setup-again"), "repeated", "password", "new-password", "", &error("repeated"), false)}
                <label class="g-signin__field">
                    <span class="g-signin__label">{cx.t("setup-language")}</span>
                    <select class="select" name="language">{languages}</select>
                </label>
                {found}
                <button class="btn btn-primary g-signin__submit" type="submit">{cx.t("setup-submit")}</button>
            </form>
        };
        card(cx, &title, form.into_content())
    })
}

#[must_use]
pub fn password(cx: &RequestCx, page: PasswordPage) -> Rendered {
    let context = cx.clone();
    let title = cx.t("password-title");
    let status = if page.fields.is_empty() && page.error.is_none() { 200 } else { 422 };
    let chrome = {
        let title = title.clone();
        move || Chrome::new(title.clone(), "access", Nav::None)
    };
    let body = move || {
        let cx = &context;
        let error = |path: &str| of(&page.fields, path);
        let form = view! {
            {page.must_change.then(|| ui::banner(Family::Warning, &cx.t("password-must-change"), "", View::default()))}
            {page.error.clone().map(|text| ui::banner(Family::Error, &text, "", View::default()))}
            <form class="g-panel g-signin" method="post" action="/profile/password">
                {field(&cx.t("password-current"), "current", "password", "current-password", "", &error("current"), true)}
                {field(&cx.t("password-new"), "password", "password", "new-password", "", &error("password"), false)}
                <p class="g-hint">{cx.t("setup-password-rule")}</p>
                {field(&cx.t("setup-again"), "repeated", "password", "new-password", "", &error("repeated"), false)}
                <button class="btn btn-primary g-signin__submit" type="submit">{cx.t("password-submit")}</button>
            </form>
            <p class="g-signin__note">{cx.t("password-note")}</p>
        };
        card(cx, &title, form.into_content())
    };
    if status == 200 { render(cx, chrome, body) } else { with_status(cx, status, chrome, body) }
}

/// The form of a new sub-account. It has no rights unless a role is chosen (P-31).
#[must_use]
pub fn account(cx: &RequestCx, page: AccountPage) -> Rendered {
    let context = cx.clone();
    let title = cx.t("accounts-new");
    let status = if page.fields.is_empty() && page.error.is_none() { 200 } else { 422 };
    let chrome = {
        let (cx, title) = (cx.clone(), title.clone());
        move || Chrome::new(title.clone(), "access", area_nav(&cx, "access", model::links::ACCOUNTS))
    };
    with_status(cx, status, chrome, move || {
        let cx = &context;
        let error = |path: &str| of(&page.fields, path);
        let roles = Role::ALL
            .into_iter()
            .map(|role| {
                let key = role.name().replace('_', "-");
                view! {
                    <label class="g-choice g-signin__pick">
                        <input type="radio" class="radio" name="role" value=role.name() checked=page.role == role />
                        <span class="min-w-0">
                            <span>{cx.t(&format!("role-{key}"))}</span>
                            <span class="text-ink-3">" " {cx.t(&format!("role-{key}-hint"))}</span>
                        </span>
                    </label>
                }
            })
            .collect_view();
        let crumbs = [
            ui::Crumb { label: cx.t("nav-accounts"), href: Some(model::links::ACCOUNTS.to_owned()), mono: false },
            ui::Crumb { label: title.clone(), href: None, mono: false },
        ];
        let form = view! {
            {page.error.clone().map(|text| ui::banner(Family::Error, &text, "", View::default()))}
            <form class="g-panel g-signin" method="post" action=model::links::ACCOUNT_NEW>
                {field(&cx.t("accounts-name"), "name", "text", "off", &page.name, &error("name"), true)}
                <fieldset class="g-signin__field">
                    <legend class="g-signin__label">{cx.t("accounts-role")}</legend>
                    {roles}
                </fieldset>
                {field(&cx.t("accounts-first-password"), "password", "password", "new-password", "", &error("password"), false)}
                <p class="g-hint">{cx.t("accounts-first-password-hint")}</p>
                {field(&cx.t("setup-again"), "repeated", "password", "new-password", "", &error("repeated"), false)}
                <button class="btn btn-primary g-signin__submit" type="submit">{cx.t("accounts-new-submit")}</button>
            </form>
        };
        view! { {ui::crumbs(None, &crumbs)} {card(cx, &title, form.into_content())} }
    })
}

fn plain(title: String) -> impl Fn() -> Chrome + Send + Sync + 'static {
    move || Chrome::new(title.clone(), "", Nav::None)
}

fn of(fields: &[FieldError], path: &str) -> String {
    fields.iter().find(|field| field.path == path).map(|field| field.message.clone()).unwrap_or_default()
}

fn card(cx: &RequestCx, title: &str, content: View) -> View {
    let product = cx.t("product");
    view! {
        <div class="g-signin__page">
            <div class="g-signin__card">
                <h1 class="text-xl font-semibold mb-1">{title.to_owned()}</h1>
                <p class="text-ink-2 mb-4">{cx.t_args("login-product", &[("product", product.into())])}</p>
                {content}
            </div>
        </div>
    }
}

/// One labelled field with its error beside it.
fn field(
    label: &str,
    name: &'static str,
    kind: &'static str,
    complete: &'static str,
    value: &str,
    error: &str,
    focus: bool,
) -> View {
    let wrong = !error.is_empty();
    let note = format!("{name}-error");
    view! {
        <label class="g-signin__field">
            <span class="g-signin__label">{label.to_owned()}</span>
            <input
                class=if wrong { "input input-error" } else { "input" }
                type=kind
                name=name
                value=value.to_owned()
                autocomplete=complete
                autofocus=focus
                required=true
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=wrong.then_some("true")
                aria-describedby=wrong.then(|| note.clone())
            />
            {wrong.then(|| view! { <span class="g-error" id=note.clone()>{ui::icon("circle-x", "g-i")} <span>{error.to_owned()}</span></span> })}
        </label>
    }
}
