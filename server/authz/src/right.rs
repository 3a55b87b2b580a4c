//! The permissions as types, so that a grant of one cannot be passed where another is asked for.

use model::ClusterId;
use model::permission::{Permission, Scope};

/// A permission as a type, with the kind of thing that it is asked about.
pub trait Right: Send + Sync + 'static {
    const PERMISSION: Permission;
    type Scope: Clone + Into<Scope> + Send + Sync + std::fmt::Debug;
}

/// The scope of rights that are not about one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsoleScope;

impl From<ConsoleScope> for Scope {
    fn from(_: ConsoleScope) -> Self {
        Self::Console
    }
}

/// [`ClusterId`] as a scope: a newtype only because both types are foreign here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterScope(pub ClusterId);

impl From<ClusterScope> for Scope {
    fn from(scope: ClusterScope) -> Self {
        Self::Cluster(scope.0)
    }
}

impl From<ClusterId> for ClusterScope {
    fn from(id: ClusterId) -> Self {
        Self(id)
    }
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident: $scope:ty),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Right for $name {
            const PERMISSION: Permission = Permission::$name;
            type Scope = $scope;
        }
    )+};
}
rights! {
    /// See [`Permission::OwnAccount`].
    OwnAccount: ConsoleScope,
    /// See [`Permission::ClustersList`].
    ClustersList: ConsoleScope,
    /// See [`Permission::ClusterImport`].
    ClusterImport: ConsoleScope,
    /// See [`Permission::ClusterRead`].
    ClusterRead: ClusterScope,
    /// See [`Permission::ClusterWrite`].
    ClusterWrite: ClusterScope,
    /// See [`Permission::ClusterManage`].
    ClusterManage: ClusterScope,
    /// See [`Permission::AccountsManage`].
    AccountsManage: ConsoleScope,
}
