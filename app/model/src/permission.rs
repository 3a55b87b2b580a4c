//! What an account may do in the console. The cluster's own RBAC is the second gate and is asked separately.

use crate::ClusterId;
use serde::{Deserialize, Serialize};

/// The role of an account until policies decide (spec 60, P-29 to P-32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A new sub-account has no rights (P-31).
    #[default]
    None,
    ReadOnly,
    Full,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::None, Self::ReadOnly, Self::Full];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadOnly => "read_only",
            Self::Full => "full",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A permission of the console and what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Anybody who is signed in, about their own account.
    OwnAccount,
    /// See that clusters exist; the list itself is filtered by `ClusterRead`.
    ClustersList,
    ClusterImport,
    ClusterRead,
    /// Change objects in the cluster (scale, apply, delete, exec).
    ClusterWrite,
    /// Rename, describe, protect, remove from the console.
    ClusterManage,
    AccountsManage,
}

impl Permission {
    pub const ALL: [Self; 7] = [
        Self::OwnAccount,
        Self::ClustersList,
        Self::ClusterImport,
        Self::ClusterRead,
        Self::ClusterWrite,
        Self::ClusterManage,
        Self::AccountsManage,
    ];

    /// The action name in the product's policy language (`tke:DescribeClusters`), shown in refusals.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::OwnAccount => "cam:UpdateOwnAccount",
            Self::ClustersList | Self::ClusterRead => "tke:DescribeClusters",
            Self::ClusterImport => "tke:CreateCluster",
            Self::ClusterWrite => "tke:ForwardRequest",
            Self::ClusterManage => "tke:ModifyClusterAttribute",
            Self::AccountsManage => "cam:ManageUsers",
        }
    }
}

/// What a permission is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Console,
    Cluster(ClusterId),
}
