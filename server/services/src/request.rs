//! The request in hand: who asks, in which language, with which request id. Made by the server's middleware, read by
//! pages, calls and sockets alike.

use crate::accounts::{Accounts, refusal};
use authz::{Actor, Authz, Grant, Right};
use i18n::Arg;
use model::access::Me;
use model::permission::{Permission, Scope};
use model::{AppError, ErrorKind, Locale, Theme};
use std::sync::Arc;
use store::Store;

/// Everything a page or a call may use. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub store: Store,
    pub clusters: clusters::Clusters,
    pub accounts: Arc<Accounts>,
    /// Where kubectl is downloaded from (C-63), without a slash at its end.
    pub kubectl_mirror: Arc<str>,
}

impl Services {
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    #[must_use]
    pub fn clusters(&self) -> &clusters::Clusters {
        &self.clusters
    }

    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

#[derive(Clone)]
pub struct RequestCx {
    pub services: Services,
    /// `None` before sign-in.
    pub actor: Option<Actor>,
    pub locale: Locale,
    pub theme: Theme,
    pub request_id: String,
    /// For the content security policy of the page.
    pub nonce: String,
    /// The person's address, behind trusted proxies the forwarded one.
    pub address: String,
    /// Path and query of the request, for forms that come back to the page.
    pub path_and_query: String,
}

impl RequestCx {
    /// # Errors
    /// `Unauthenticated` before sign-in.
    pub fn actor(&self) -> Result<&Actor, AppError> {
        self.actor.as_ref().ok_or_else(|| AppError::new(ErrorKind::Unauthenticated, self.t("error-unauthenticated")))
    }

    /// Asks the account policy for a right.
    ///
    /// # Errors
    /// 401 before sign-in, 403 naming the action, 404 for what the person may not even see.
    pub fn grant<P: Right>(&self, scope: impl Into<P::Scope>) -> Result<Grant<P>, AppError> {
        Authz.require::<P>(self.actor()?, scope).map_err(|denied| refusal(self.locale, denied))
    }

    /// Whether [`RequestCx::grant`] would give it: for controls that are shown disabled with the reason.
    #[must_use]
    pub fn can(&self, permission: Permission, scope: &Scope) -> bool {
        self.actor.as_ref().is_some_and(|actor| Authz.allows(actor, permission, scope))
    }

    /// Who is looking, for the frame of every page.
    #[must_use]
    pub fn me(&self) -> Option<Me> {
        self.actor.as_ref().map(|actor| Me {
            id: actor.id.clone(),
            name: actor.name.clone(),
            main: actor.main,
            role: actor.role,
            locale: self.locale,
            theme: self.theme,
        })
    }

    #[must_use]
    pub fn t(&self, key: &str) -> String {
        i18n::t(self.locale, key)
    }

    #[must_use]
    pub fn t_args(&self, key: &str, args: &[(&str, Arg)]) -> String {
        i18n::t_args(self.locale, key, args)
    }

    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    #[must_use]
    pub fn locale(&self) -> Locale {
        self.locale
    }

    #[must_use]
    pub fn theme(&self) -> Theme {
        self.theme
    }

    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }
}
