//! Accounts and sign-in.

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
