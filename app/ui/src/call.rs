//! Calls of the islands: `POST` with JSON, answered by the call's value or by an [`AppError`].

use crate::actions::ask_sign_in;
use crate::{Labels, browser};
use model::rpc::Call;
use model::wire;
use model::{AppError, ErrorKind};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

/// Sends a call. An ended session opens the sign-in dialog on the page, so that nothing typed is lost.
///
/// # Errors
/// What the server refused, or `Unreachable` when there was no answer at all.
pub async fn call<C: Call>(call: &C, labels: &Labels) -> Result<C::Out, AppError> {
    let body = serde_json::to_string(call).map_err(|error| AppError::new(ErrorKind::Internal, error.to_string()))?;
    let text = post(C::PATH, &body, labels).await?;
    wire::read(&text).map_err(|error| AppError::new(ErrorKind::Internal, error.to_string()))
}

/// One copy of the request code for all calls.
async fn post(path: &str, body: &str, labels: &Labels) -> Result<String, AppError> {
    let Ok((status, request_id, text)) = fetch(path, body).await else {
        return Err(AppError::new(ErrorKind::Unreachable { since: None }, labels.get("ui-no-answer")));
    };
    if (200..300).contains(&status) {
        return Ok(text);
    }
    let mut error = wire::read::<AppError>(&text).unwrap_or_else(|_| {
        let kind = if status == 401 { ErrorKind::Unauthenticated } else { ErrorKind::Internal };
        AppError::new(kind, labels.fill("ui-odd-answer", &[("status", &status.to_string())]))
    });
    if error.request_id.is_none() {
        error.request_id = request_id;
    }
    if error.kind == ErrorKind::Unauthenticated && path != model::access::SignIn::PATH {
        ask_sign_in();
    }
    Err(error)
}

async fn fetch(path: &str, body: &str) -> Result<(u16, Option<String>, String), JsValue> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let request = Request::new_with_str_and_init(path, &init)?;
    request.headers().set("content-type", "application/json")?;
    request.headers().set("x-requested-with", "gantry")?;
    let response = send(&request).await?;
    let request_id = response.headers().get("x-request-id").ok().flatten();
    Ok((response.status(), request_id, text(&response).await?))
}

async fn send(request: &Request) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    Ok(JsFuture::from(window.fetch_with_request(request)).await?.unchecked_into())
}

async fn text(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// The HTML of this page as it is now.
pub(crate) async fn fetch_page() -> Option<String> {
    let response = send(&Request::new_with_str(&browser::here()).ok()?).await.ok()?;
    // A redirect leads to the sign-in page, whose parts are not those of this page.
    if !response.ok() || response.redirected() {
        return None;
    }
    text(&response).await.ok()
}
