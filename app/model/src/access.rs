//! Accounts and sign-in.

use crate::clusters::ImportCandidate;
use crate::error::FieldError;
use crate::permission::Role;
use crate::{AccountId, Locale, Theme};
use serde::{Deserialize, Serialize};

/// Who is looking, for the frame of every page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub id: AccountId,
    pub name: String,
    pub main: bool,
    pub role: Role,
    pub locale: Locale,
    pub theme: Theme,
}

/// The sign-in page. It is an HTML form and works without wasm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoginPage {
    /// Why the last attempt was refused, translated.
    pub error: Option<String>,
    /// A remark that is no error ("signed out", "the password was changed"), translated.
    pub notice: Option<String>,
    /// The name as typed; never the password.
    pub name: String,
    /// Where to go afterwards: a path of this console.
    pub next: String,
    /// The next attempt is allowed after so many seconds.
    pub wait_seconds: Option<u64>,
}

/// The set-up page behind the one-time link.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetupPage {
    /// The token of the link, to be posted back.
    pub token: String,
    /// The link is used, too old or unknown, translated; there is no form then.
    pub refused: Option<String>,
    pub name: String,
    pub locale: Locale,
    pub fields: Vec<FieldError>,
    pub error: Option<String>,
    /// Clusters of a kubeconfig that was found on the server, offered to be imported at once.
    pub found: Vec<ImportCandidate>,
    /// Contexts of `found` that are ticked.
    pub chosen: Vec<String>,
}

/// The page on which one changes the own password.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PasswordPage {
    /// The password was set by somebody else; nothing else can be opened before it is changed.
    pub must_change: bool,
    pub fields: Vec<FieldError>,
    pub error: Option<String>,
}

/// The page on which the main account makes a sub-account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountPage {
    pub name: String,
    pub role: Role,
    pub fields: Vec<FieldError>,
    pub error: Option<String>,
}

/// An account in the list of the main account (spec 60 §4.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountView {
    pub id: AccountId,
    /// Twelve digits, as in the cloud's account pages.
    pub uin: String,
    pub name: String,
    pub main: bool,
    pub role: Role,
    pub disabled: bool,
    pub must_change_password: bool,
    /// Epoch milliseconds.
    pub created_at: i64,
    pub last_login_at: Option<i64>,
}

/// A signed-in browser in the account's own list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names the session; it opens nothing.
    pub id: String,
    /// It is the one that asks.
    pub current: bool,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub address: String,
    pub user_agent: String,
}

/// Signing in again in place, when a session ended under somebody's hands. Needs no session.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    pub name: String,
    pub password: String,
}

impl SignIn {
    pub const PATH: &'static str = "/api/session/sign-in";
}

impl crate::rpc::Call for SignIn {
    const PATH: &'static str = Self::PATH;
    type Out = ();
}
