//! Signing in: one answer and one duration for an unknown name and a wrong password, and limits that outlive a restart
//! (issue 4.2).

use super::failure::{internal, stored};
use super::record::Act;
use super::{Accounts, Visitor, rules};
use authz::Grant;
use authz::right::OwnAccount;
use i18n::{t, t_args};
use model::{AccountId, AppError, ErrorKind, Locale};
use serde_json::Value;
use store::{Account, Attempt, LoginKey, Millis};

/// Somebody whose password was right. The server gives them a session with a new id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub account: AccountId,
    /// The password was set by somebody else: the next page is the one to change it.
    pub must_change_password: bool,
}

impl SignedIn {
    pub(super) fn of(account: &Account) -> Self {
        Self { account: AccountId(account.id.clone()), must_change_password: account.must_change_password }
    }
}

impl Accounts {
    /// Compares name and password.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or password; `TooMany` with the wait; `Forbidden` when the password is right
    /// and the account is disabled; `Unavailable` when the database does not answer.
    pub async fn sign_in(&self, visitor: &Visitor, name: &str, password: &str) -> Result<SignedIn, AppError> {
        let locale = visitor.locale;
        let name = name.trim();
        let of_address = LoginKey::Address(visitor.address);
        let of_account = LoginKey::Account(name.to_owned());
        // Both are counted before anything is compared, whether or not there is such an account.
        for key in [&of_address, &of_account] {
            self.count_attempt(locale, key).await?;
        }
        let account = self.store.accounts().get_by_name(name).await.map_err(|error| stored(locale, error))?;
        let phc = account.as_ref().map(|account| account.password_hash.as_str());
        let short = if password.len() > rules::LONGEST_PASSWORD { "" } else { password };
        let verified = self.hasher.verify(short, phc).await.map_err(|error| internal(locale, &error))?;

        let outcome = match &account {
            Some(account) if verified.matches && !account.disabled => Ok(SignedIn::of(account)),
            // Who knows the password may know why it does not help.
            Some(_) if verified.matches => {
                Err(AppError::forbidden("sign-in", "console", None, t(locale, "access-account-disabled")))
            }
            _ => Err(AppError::new(ErrorKind::Unauthenticated, t(locale, "access-wrong-password"))
                .with_code("AuthFailure.WrongNameOrPassword")),
        };
        let known = account.as_ref().map(|account| account.name.as_str()).unwrap_or_default();
        let act = Act { verb: "sign-in", name: known, change: Value::Null };
        self.record_visit(visitor, account.as_ref(), act, &outcome).await;
        if let (Ok(_), Some(account)) = (&outcome, &account) {
            self.welcome(account, [&of_address, &of_account], password, verified.outdated).await;
        }
        outcome
    }

    pub(super) async fn count_attempt(&self, locale: Locale, key: &LoginKey) -> Result<(), AppError> {
        let now = store::now();
        match self.store.login_limits().attempt(key, now).await.map_err(|error| stored(locale, error))? {
            Attempt::Allowed { .. } => Ok(()),
            Attempt::Blocked { until } => Err(wait(locale, until, now)),
        }
    }

    /// What follows a success. None of it may keep the person out.
    async fn welcome(&self, account: &Account, [address, name]: [&LoginKey; 2], password: &str, outdated: bool) {
        let limits = self.store.login_limits();
        let accounts = self.store.accounts();
        let mut results = vec![
            limits.clear(name).await,
            limits.forgive(address).await,
            accounts.record_login(&account.id, store::now()).await,
        ];
        if outdated && let Ok(new) = self.hasher.hash(password).await {
            results.push(accounts.rehash(&account.id, &account.password_hash, &new).await);
        }
        for error in results.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "after a sign-in");
        }
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn sign_out(&self, grant: &Grant<OwnAccount>) -> Result<(), AppError> {
        let actor = grant.actor();
        let Some(session) = &actor.session else {
            return Ok(());
        };
        let ended = match self.sessions.end(&actor.id.0, session).await {
            // Ended meanwhile, which is what is wanted.
            Err(store::StoreError::NotFound(_)) => Ok(()),
            other => other.map_err(|error| stored(actor.locale, error)),
        };
        self.watch.end(session, super::Ended::SignedOut);
        let act = Act { verb: "sign-out", name: &actor.name, change: Value::Null };
        self.record(actor, act, &ended).await;
        ended
    }
}

fn wait(locale: Locale, until: Millis, now: Millis) -> AppError {
    let seconds = u64::try_from(until - now).unwrap_or(0).div_ceil(1000).max(1);
    let (key, number) =
        if seconds < 90 { ("access-wait-seconds", seconds) } else { ("access-wait-minutes", seconds.div_ceil(60)) };
    let message = t_args(locale, key, &[("number", number.into())]);
    AppError::new(ErrorKind::TooMany { retry_after_seconds: seconds }, message)
}
