//! Signing in, setting up and the own account as HTML forms: they work without wasm, answer a success with a redirect
//! and a refusal with the page again, the typed name kept.

use crate::answer::{self, Shape, own_path, safe_next};
use crate::cx::{Caller, Cx, LOCALE_COOKIE, THEME_COOKIE};
use crate::gate::PASSWORD_PAGE;
use crate::routes::{Body, Fields, Route};
use crate::session_cookie;
use crate::state::AppState;
use authz::right::{AccountsManage, OwnAccount};
use authz::{Access, ConsoleScope};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use model::access::{AccountPage, LoginPage, PasswordPage, SetupPage, SignIn};
use model::permission::{Permission, Role};
use model::{AppError, ErrorKind, Locale, Theme, links};
use services::RequestCx;
use services::accounts::{NewSubAccount, PasswordChange, SetUp, SetUpLink, SignedIn, Visitor};
use tower_sessions::Session;

const OWN: Access = Access::Permission(Permission::OwnAccount);
const MANAGE: Access = Access::Permission(Permission::AccountsManage);

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::page(links::LOGIN, Access::Public, login_page),
        Route::form(links::LOGIN, Access::Public, login),
        Route::post(SignIn::PATH, Access::Public, login_in_place),
        Route::page("/setup", Access::Public, setup_page),
        Route::form("/setup", Access::Public, setup),
        Route::form("/logout", OWN, logout),
        Route::page(PASSWORD_PAGE, OWN, password_page),
        Route::form(PASSWORD_PAGE, OWN, password),
        // Language and theme are chosen before sign-in too.
        Route::form("/profile/preference", Access::Public, preference),
        Route::form("/profile/sessions/end-others", OWN, end_others),
        Route::page(links::ACCOUNT_NEW, MANAGE, account_page),
        Route::form(links::ACCOUNT_NEW, MANAGE, account),
    ]
}

fn query(uri: &Uri) -> Fields {
    Fields::parse(uri.query().unwrap_or_default())
}

/// A page that says what is wrong, with the error's status.
fn with_status(mut response: Response, error: &AppError) -> Response {
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let ErrorKind::TooMany { retry_after_seconds } = error.kind {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
    }
    response
}

async fn login_page(State(state): State<AppState>, Cx(cx): Cx, uri: Uri) -> Response {
    let query = query(&uri);
    let next = safe_next(query.get("next")).to_owned();
    if cx.actor.is_some() {
        return Redirect::to(&next).into_response();
    }
    let notice = match query.get("done") {
        "signed-out" => Some("access-ended-signed-out"),
        "setup" => Some("access-setup-done"),
        _ if state.services.accounts.is_set_up().await.is_ok_and(|done| !done) => Some("access-setup-first"),
        _ => None,
    };
    let page = LoginPage { notice: notice.map(|key| cx.t(key)), next, ..LoginPage::default() };
    state.pages.login(&cx, page).await
}

async fn login(
    State(state): State<AppState>,
    Cx(cx): Cx,
    Caller(visitor): Caller,
    session: Session,
    body: Body,
) -> Response {
    let fields = match body.form(&cx) {
        Ok(fields) => fields,
        Err(error) => return answer::error(&state, &cx, Shape::Form, error).await,
    };
    let next = safe_next(fields.get("next"));
    match sign_in(&state, &cx, &visitor, &session, fields.get("name"), fields.get("password")).await {
        Ok(signed_in) if signed_in.must_change_password => Redirect::to(PASSWORD_PAGE).into_response(),
        Ok(_) => Redirect::to(next).into_response(),
        Err(error) if error.status() >= 500 => answer::error(&state, &cx, Shape::Form, error).await,
        Err(error) => {
            let wait_seconds = match error.kind {
                ErrorKind::TooMany { retry_after_seconds } => Some(retry_after_seconds),
                _ => None,
            };
            let page = LoginPage {
                error: Some(error.message.clone()),
                notice: None,
                name: fields.get("name").to_owned(),
                next: next.to_owned(),
                wait_seconds,
            };
            with_status(state.pages.login(&cx, page).await, &error)
        }
    }
}

/// An island lost its session while somebody was typing: they sign in where they are.
async fn login_in_place(
    State(state): State<AppState>,
    Cx(cx): Cx,
    Caller(visitor): Caller,
    session: Session,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let result = match body.json::<SignIn>(&cx, &headers) {
        Ok(SignIn { name, password }) => sign_in(&state, &cx, &visitor, &session, &name, &password).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(_) => Json(()).into_response(),
        Err(error) => answer::error(&state, &cx, Shape::Api, error).await,
    }
}

async fn sign_in(
    state: &AppState,
    cx: &RequestCx,
    visitor: &Visitor,
    session: &Session,
    name: &str,
    password: &str,
) -> Result<SignedIn, AppError> {
    let signed_in = state.services.accounts.sign_in(visitor, name, password).await?;
    begin(cx, visitor, session, &signed_in).await?;
    metrics::counter!("gantry_sign_ins_total").increment(1);
    Ok(signed_in)
}

async fn begin(cx: &RequestCx, visitor: &Visitor, session: &Session, signed_in: &SignedIn) -> Result<(), AppError> {
    session_cookie::begin(session, visitor, signed_in).await.map_err(|error| {
        tracing::warn!(%error, "the session could not be written");
        AppError::new(ErrorKind::Unavailable, cx.t("access-store-away"))
    })
}

async fn logout(State(state): State<AppState>, Cx(cx): Cx, session: Session) -> Response {
    let result = match cx.grant::<OwnAccount>(ConsoleScope) {
        Ok(grant) => state.services.accounts.sign_out(&grant).await,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        return answer::error(&state, &cx, Shape::Form, error).await;
    }
    if let Err(error) = session.flush().await {
        // The row is gone already; this only forgets the cookie.
        tracing::warn!(%error, "the session could not be flushed");
    }
    Redirect::to(&format!("{}?done=signed-out", links::LOGIN)).into_response()
}

async fn setup_page(State(state): State<AppState>, Cx(cx): Cx, uri: Uri) -> Response {
    let token = query(&uri).get("token").to_owned();
    match state.services.accounts.set_up_link(cx.locale, &token).await {
        Ok(SetUpLink::Done) => Redirect::to(&format!("{}?done=setup", links::LOGIN)).into_response(),
        Ok(SetUpLink::Dead) => {
            let error = AppError::not_found(cx.t("access-setup-dead"));
            let page = SetupPage { refused: Some(error.message.clone()), locale: cx.locale, ..SetupPage::default() };
            with_status(state.pages.setup(&cx, page).await, &error)
        }
        Ok(SetUpLink::Open) => {
            let found = state.pages.found_clusters(&cx).await;
            let chosen = Vec::new();
            let page = SetupPage { token, locale: cx.locale, found, chosen, ..SetupPage::default() };
            state.pages.setup(&cx, page).await
        }
        Err(error) => answer::error(&state, &cx, Shape::Page, error).await,
    }
}

async fn setup(
    State(state): State<AppState>,
    Cx(mut cx): Cx,
    Caller(mut visitor): Caller,
    session: Session,
    body: Body,
) -> Response {
    let fields = match body.form(&cx) {
        Ok(fields) => fields,
        Err(error) => return answer::error(&state, &cx, Shape::Form, error).await,
    };
    let input = SetUp {
        token: fields.get("token").to_owned(),
        name: fields.get("name").to_owned(),
        password: fields.get("password").to_owned(),
        repeated: fields.get("repeated").to_owned(),
        language: Locale::from_tag(fields.get("language")).unwrap_or(cx.locale),
    };
    visitor.locale = input.language;
    cx.locale = input.language;
    let result = match state.services.accounts.set_up(&visitor, &input).await {
        Ok(signed_in) => begin(&cx, &visitor, &session, &signed_in).await.map(|()| signed_in),
        Err(error) => Err(error),
    };
    match result {
        Ok(signed_in) => {
            import_found(&state, cx, &signed_in, fields.all("context")).await;
            Redirect::to("/").into_response()
        }
        Err(error) if error.status() >= 500 => answer::error(&state, &cx, Shape::Form, error).await,
        Err(error) => {
            let dead = matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict);
            let page = SetupPage {
                refused: dead.then(|| error.message.clone()),
                found: if dead { Vec::new() } else { state.pages.found_clusters(&cx).await },
                chosen: fields.all("context"),
                token: input.token,
                name: input.name,
                locale: input.language,
                fields: error.fields.clone(),
                error: Some(error.message.clone()),
            };
            with_status(state.pages.setup(&cx, page).await, &error)
        }
    }
}

/// Imports the ticked clusters as the account that was made a moment ago.
async fn import_found(state: &AppState, mut cx: RequestCx, signed_in: &SignedIn, contexts: Vec<String>) {
    if contexts.is_empty() {
        return;
    }
    if let Ok(Some(who)) = state.services.accounts.who(cx.locale, &signed_in.account.0, "").await {
        let mut actor = who.actor;
        actor.request_id.clone_from(&cx.request_id);
        actor.address.clone_from(&cx.address);
        cx.actor = Some(actor);
        state.pages.import_found(&cx, contexts).await;
    }
}

async fn password_page(State(state): State<AppState>, Cx(cx): Cx) -> Response {
    let must_change = cx.actor.as_ref().is_some_and(|actor| actor.must_change_password);
    state.pages.password(&cx, PasswordPage { must_change, ..PasswordPage::default() }).await
}

async fn password(State(state): State<AppState>, Cx(cx): Cx, body: Body) -> Response {
    let must_change = cx.actor.as_ref().is_some_and(|actor| actor.must_change_password);
    let result = async {
        let fields = body.form(&cx)?;
        let input = PasswordChange {
            current: fields.get("current").to_owned(),
            password: fields.get("password").to_owned(),
            repeated: fields.get("repeated").to_owned(),
        };
        state.services.accounts.change_password(&cx.grant::<OwnAccount>(ConsoleScope)?, &input).await
    }
    .await;
    match result {
        Ok(()) if must_change => Redirect::to("/").into_response(),
        Ok(()) => Redirect::to(&format!("{}?done=password", links::PROFILE)).into_response(),
        Err(error) if error.status() >= 500 => answer::error(&state, &cx, Shape::Form, error).await,
        Err(error) => {
            let page = PasswordPage { must_change, fields: error.fields.clone(), error: Some(error.message.clone()) };
            with_status(state.pages.password(&cx, page).await, &error)
        }
    }
}

/// Language and theme, from the switches of every page. Kept in the account, and in cookies for the pages before
/// sign-in.
async fn preference(State(state): State<AppState>, Cx(cx): Cx, body: Body) -> Response {
    let fields = match body.form(&cx) {
        Ok(fields) => fields,
        Err(error) => return answer::error(&state, &cx, Shape::Form, error).await,
    };
    let locale = Locale::ALL.into_iter().find(|locale| locale.tag() == fields.get("locale"));
    let theme = Theme::from_name(fields.get("theme"));
    if cx.actor.is_some() {
        let result = match cx.grant::<OwnAccount>(ConsoleScope) {
            Ok(grant) => state.services.accounts.set_preference(&grant, locale, theme).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            return answer::error(&state, &cx, Shape::Form, error).await;
        }
    }
    let back = own_path(fields.get("return_to"));
    let mut response = Redirect::to(back).into_response();
    let secure = if state.config.is_secure() { "; Secure" } else { "" };
    let values = [(LOCALE_COOKIE, locale.map(Locale::tag)), (THEME_COOKIE, theme.map(Theme::name))];
    for (name, value) in values {
        let Some(value) = value else { continue };
        let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

async fn end_others(State(state): State<AppState>, Cx(cx): Cx) -> Response {
    let result = match cx.grant::<OwnAccount>(ConsoleScope) {
        Ok(grant) => state.services.accounts.end_other_sessions(&grant).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(_) => Redirect::to(&format!("{}?done=sessions", links::PROFILE)).into_response(),
        Err(error) => answer::error(&state, &cx, Shape::Form, error).await,
    }
}

async fn account_page(State(state): State<AppState>, Cx(cx): Cx) -> Response {
    state.pages.account(&cx, AccountPage::default()).await
}

async fn account(State(state): State<AppState>, Cx(cx): Cx, body: Body) -> Response {
    let fields = match body.form(&cx) {
        Ok(fields) => fields,
        Err(error) => return answer::error(&state, &cx, Shape::Form, error).await,
    };
    let input = NewSubAccount {
        name: fields.get("name").to_owned(),
        role: Role::from_name(fields.get("role")).unwrap_or_default(),
        password: fields.get("password").to_owned(),
        repeated: fields.get("repeated").to_owned(),
    };
    let result = match cx.grant::<AccountsManage>(ConsoleScope) {
        Ok(grant) => state.services.accounts.create(&grant, &input).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(_) => Redirect::to(&format!("{}?done=created", links::ACCOUNTS)).into_response(),
        Err(error) if error.status() >= 500 => answer::error(&state, &cx, Shape::Form, error).await,
        Err(error) => {
            let page = AccountPage {
                name: input.name,
                role: input.role,
                fields: error.fields.clone(),
                error: Some(error.message.clone()),
            };
            with_status(state.pages.account(&cx, page).await, &error)
        }
    }
}
