//! THE list of pages: address, permission, function. Whoever adds a page adds a line here.

use crate::pages::{access, clusters, objects};
use crate::shell::Rendered;
use model::permission::Permission;
use model::{AppError, ClusterId};
use services::RequestCx;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

/// What a page function gets.
pub struct PageRequest {
    pub cx: RequestCx,
    /// Path parameters, decoded.
    pub params: HashMap<String, String>,
    /// The raw query string.
    pub query: String,
}

impl PageRequest {
    /// A path parameter; the router guarantees that it is there.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// # Errors
    /// `NotFound` when the address holds no cluster id.
    pub fn cluster(&self) -> Result<ClusterId, AppError> {
        ClusterId::parse(self.param("cluster")).map_err(|_| AppError::not_found(self.cx.t("error-not-found")))
    }

    /// The first value of a query key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<String> {
        model::table::Query::value_of(&self.query, key)
    }
}

pub type PageFuture = Pin<Box<dyn Future<Output = Result<Rendered, AppError>> + Send>>;

pub struct PageRoute {
    /// In axum's syntax.
    pub path: &'static str,
    pub permission: Permission,
    pub render: fn(PageRequest) -> PageFuture,
}

macro_rules! page {
    ($path:literal, $permission:ident, $function:path) => {
        PageRoute { path: $path, permission: Permission::$permission, render: |request| Box::pin($function(request)) }
    };
}

#[must_use]
pub fn pages() -> Vec<PageRoute> {
    vec![
        page!("/", OwnAccount, clusters::list::home),
        page!("/clusters", ClustersList, clusters::list::page),
        page!("/clusters/~import", ClusterImport, clusters::import::page),
        page!("/clusters/{cluster}", ClusterRead, clusters::overview::page),
        page!("/clusters/{cluster}/{kind}", ClusterRead, objects::list::page),
        page!("/clusters/{cluster}/{kind}/~new", ClusterRead, objects::form::create),
        page!("/clusters/{cluster}/{kind}/{namespace}/{name}", ClusterRead, objects::detail::page),
        page!("/clusters/{cluster}/{kind}/{namespace}/{name}/~edit", ClusterRead, objects::form::edit),
        page!("/clusters/{cluster}/{kind}/{namespace}/{name}/~terminal", ClusterRead, objects::terminal::page),
        page!("/access/accounts", AccountsManage, access::accounts::page),
        page!("/profile", OwnAccount, access::profile::page),
    ]
}
