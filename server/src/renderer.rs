//! The pages that the server itself has to show: sign-in, set-up, change of password, errors.

use axum::response::{Html, IntoResponse, Response};
use futures::future::BoxFuture;
use i18n::t;
use model::access::{AccountPage, LoginPage, PasswordPage, SetupPage};
use model::permission::Role;
use model::{AppError, FieldError, Locale};
use services::RequestCx;
use std::fmt::Write;

/// Renders them. The status of the answer is set afterwards.
pub trait PageRenderer: Send + Sync + 'static {
    fn login<'a>(&'a self, cx: &'a RequestCx, page: LoginPage) -> BoxFuture<'a, Response>;
    fn setup<'a>(&'a self, cx: &'a RequestCx, page: SetupPage) -> BoxFuture<'a, Response>;
    fn password<'a>(&'a self, cx: &'a RequestCx, page: PasswordPage) -> BoxFuture<'a, Response>;
    fn account<'a>(&'a self, cx: &'a RequestCx, page: AccountPage) -> BoxFuture<'a, Response>;
    fn error<'a>(&'a self, cx: &'a RequestCx, error: &'a AppError) -> BoxFuture<'a, Response>;

    /// Clusters of a kubeconfig on this machine, for the set-up page.
    fn found_clusters<'a>(&'a self, _cx: &'a RequestCx) -> BoxFuture<'a, Vec<model::clusters::ImportCandidate>> {
        Box::pin(async { Vec::new() })
    }

    /// Imports the ticked ones of them after set-up, as the new main account. A cluster that cannot be imported must
    /// not spoil the set-up: it is logged and can be imported later.
    fn import_found<'a>(&'a self, _cx: &'a RequestCx, _contexts: Vec<String>) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

/// Pages of bare HTML, without style: what tests of the server use.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainPages;

impl PageRenderer for PlainPages {
    fn login<'a>(&'a self, cx: &'a RequestCx, page: LoginPage) -> BoxFuture<'a, Response> {
        let mut form = Form::new(cx.locale, "/login", "access-plain-login");
        form.line("notice", page.notice.as_deref());
        form.line("error", page.error.as_deref());
        form.hidden("next", &page.next);
        form.field("name", "text", "access-plain-name", &page.name, &[]);
        form.field("password", "password", "access-plain-user-password", "", &[]);
        Box::pin(async move { form.finish() })
    }

    fn setup<'a>(&'a self, cx: &'a RequestCx, page: SetupPage) -> BoxFuture<'a, Response> {
        let mut form = Form::new(cx.locale, "/setup", "access-plain-setup");
        form.line("error", page.refused.as_deref().or(page.error.as_deref()));
        if page.refused.is_none() {
            form.hidden("token", &page.token);
            form.hidden("language", page.locale.tag());
            form.field("name", "text", "access-plain-name", &page.name, &page.fields);
            form.field("password", "password", "access-plain-user-password", "", &page.fields);
            form.field("repeated", "password", "access-plain-repeat", "", &page.fields);
        }
        Box::pin(async move { form.finish() })
    }

    fn password<'a>(&'a self, cx: &'a RequestCx, page: PasswordPage) -> BoxFuture<'a, Response> {
        let mut form = Form::new(cx.locale, "/profile/password", "access-plain-password");
        form.line("error", page.error.as_deref());
        form.field("current", "password", "access-plain-current", "", &page.fields);
        form.field("password", "password", "access-plain-new", "", &page.fields);
        form.field("repeated", "password", "access-plain-repeat", "", &page.fields);
        Box::pin(async move { form.finish() })
    }

    fn account<'a>(&'a self, cx: &'a RequestCx, page: AccountPage) -> BoxFuture<'a, Response> {
        let mut form = Form::new(cx.locale, model::links::ACCOUNT_NEW, "access-plain-account");
        form.line("error", page.error.as_deref());
        form.field("name", "text", "access-plain-name", &page.name, &page.fields);
        form.hidden("role", if page.role == Role::None { "none" } else { page.role.name() });
        form.field("password", "password", "access-plain-user-password", "", &page.fields);
        form.field("repeated", "password", "access-plain-repeat", "", &page.fields);
        Box::pin(async move { form.finish() })
    }

    fn error<'a>(&'a self, cx: &'a RequestCx, error: &'a AppError) -> BoxFuture<'a, Response> {
        let mut html = head(cx.locale, &error.code);
        let _ = write!(html, "<p class=error>{}</p>", escape(&error.message));
        if let Some(id) = &error.request_id {
            let _ = write!(html, "<p><code>{}</code></p>", escape(id));
        }
        Box::pin(async move { Html(html).into_response() })
    }
}

struct Form {
    locale: Locale,
    html: String,
    submit: String,
}

impl Form {
    fn new(locale: Locale, action: &str, title: &str) -> Self {
        let title = t(locale, title);
        let mut html = head(locale, &title);
        let _ = write!(html, "<form method=post action=\"{action}\">");
        Self { locale, html, submit: title }
    }

    fn line(&mut self, class: &str, text: Option<&str>) {
        if let Some(text) = text {
            let _ = write!(self.html, "<p class={class}>{}</p>", escape(text));
        }
    }

    fn hidden(&mut self, name: &str, value: &str) {
        let _ = write!(self.html, "<input type=hidden name={name} value=\"{}\">", escape(value));
    }

    fn field(&mut self, name: &str, kind: &str, label: &str, value: &str, errors: &[FieldError]) {
        let label = escape(&t(self.locale, label));
        let value = escape(value);
        let _ = write!(self.html, "<label>{label} <input name={name} type={kind} value=\"{value}\"></label>");
        for error in errors.iter().filter(|error| error.path == name) {
            let _ = write!(self.html, "<p class=error data-field={name}>{}</p>", escape(&error.message));
        }
    }

    fn finish(mut self) -> Response {
        let _ = write!(self.html, "<button>{}</button></form>", escape(&self.submit));
        Html(self.html).into_response()
    }
}

fn head(locale: Locale, title: &str) -> String {
    let title = escape(title);
    format!("<!DOCTYPE html><html lang={}><meta charset=utf-8><title>{title}</title><h1>{title}</h1>", locale.tag())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
