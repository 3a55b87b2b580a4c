//! From the session to the account that acts, and the words of model and store for the same things.

use super::{Accounts, failure::stored};
use authz::Actor;
use model::permission::Role;
use model::{AccountId, AppError, Locale, Theme};
use store::{Account, AccountKind, AccountLanguage, AccountRole, AccountTheme};

/// The account behind a session, as it is now.
#[derive(Clone, Debug)]
pub struct Who {
    pub actor: Actor,
    /// `None` follows the browser.
    pub locale: Option<Locale>,
    pub theme: Theme,
}

impl Accounts {
    /// The account of a session, read anew for each request: disabling and roles count at once (spec 60 rule 4.12).
    /// `None` when it is gone or disabled. `session` is the session's name in lists.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer: that is no reason to throw somebody out.
    pub async fn who(&self, locale: Locale, account: &str, session: &str) -> Result<Option<Who>, AppError> {
        let account = self.store.accounts().get(account).await.map_err(|error| stored(locale, error))?;
        let Some(account) = account.filter(|account| !account.disabled) else {
            return Ok(None);
        };
        let mut actor = actor(&account);
        actor.session = Some(session.to_owned());
        let chosen = locale_of(account.language);
        actor.locale = chosen.unwrap_or(locale);
        Ok(Some(Who { actor, locale: chosen, theme: theme_of(account.theme) }))
    }
}

fn actor(account: &Account) -> Actor {
    let main = account.kind == AccountKind::Main;
    let mut actor = Actor::new(AccountId(account.id.clone()), &account.name, main, role_of(account.role));
    actor.must_change_password = account.must_change_password;
    actor
}

pub(super) fn role_of(role: AccountRole) -> Role {
    match role {
        AccountRole::None => Role::None,
        AccountRole::ReadOnly => Role::ReadOnly,
        AccountRole::Full => Role::Full,
    }
}

pub(super) fn role(role: Role) -> AccountRole {
    match role {
        Role::None => AccountRole::None,
        Role::ReadOnly => AccountRole::ReadOnly,
        Role::Full => AccountRole::Full,
    }
}

fn locale_of(language: AccountLanguage) -> Option<Locale> {
    match language {
        AccountLanguage::Auto => None,
        AccountLanguage::ZhCn => Some(Locale::ZhCn),
        AccountLanguage::En => Some(Locale::En),
    }
}

pub(super) fn language(locale: Locale) -> AccountLanguage {
    match locale {
        Locale::ZhCn => AccountLanguage::ZhCn,
        Locale::En => AccountLanguage::En,
    }
}

fn theme_of(theme: AccountTheme) -> Theme {
    match theme {
        AccountTheme::System => Theme::System,
        AccountTheme::Light => Theme::Light,
        AccountTheme::Dark => Theme::Dark,
        AccountTheme::Contrast => Theme::Contrast,
    }
}

pub(super) fn theme(theme: Theme) -> AccountTheme {
    match theme {
        Theme::System => AccountTheme::System,
        Theme::Light => AccountTheme::Light,
        Theme::Dark => AccountTheme::Dark,
        Theme::Contrast => AccountTheme::Contrast,
    }
}
