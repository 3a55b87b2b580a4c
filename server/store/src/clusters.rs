//! Clusters: what people call them, how to reach them, and the last that was known of them.
//! Rows C-1, C-2, C-46, C-57.

use rand::Rng;
use serde_json::Value;

use crate::error::{StoreError, UniqueKey};
use crate::pool::{Row, args};
use crate::secret::{Place, Plaintext, Sealed};
use crate::statements::statements;
use crate::words::words;
use crate::{Millis, Store};

words! {
    pub enum ClusterSource { Kubeconfig = "kubeconfig", InCluster = "in_cluster" }
}
words! {
    /// Whether the console's own credential impersonates the person, or is used as it is.
    pub enum IdentityMode { Impersonate = "impersonate", Direct = "direct" }
}

/// A row of `clusters` with its last known status. The credential is read apart:
/// [`Clusters::kubeconfig`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterRow {
    /// `cls-` and 8 characters.
    pub id: String,
    /// Unique whatever the case.
    pub name: String,
    pub description: String,
    /// A colour word of the design system; empty for none.
    pub color: String,
    pub badge_text: String,
    /// Actions ask twice.
    pub production: bool,
    pub source: ClusterSource,
    pub context_name: String,
    pub server_url: String,
    pub default_namespace: String,
    pub deletion_protection: bool,
    pub identity_mode: IdentityMode,
    /// Account id.
    pub imported_by: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// `None` before the first probe.
    pub status: Option<ClusterStatus>,
}

/// What the last probe saw, so that it outlives a restart.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterStatus {
    /// A word of the caller's (`running`, `unreachable`, …).
    pub state: String,
    /// Since when it is in this state.
    pub since: Millis,
    /// Kubernetes version, for example `v1.34.1`.
    pub version: Option<String>,
    pub node_count: Option<i64>,
    /// When it last answered.
    pub last_seen_at: Option<Millis>,
    /// Why it does not answer.
    pub message: Option<String>,
    /// Capacity and allocation, in the caller's shape.
    pub capacity: Option<Value>,
}

/// What the caller gives for a new cluster; the id is made here.
#[derive(Clone)]
pub struct NewCluster {
    pub name: String,
    pub description: String,
    pub color: String,
    pub badge_text: String,
    pub production: bool,
    pub source: ClusterSource,
    pub context_name: String,
    pub server_url: String,
    pub default_namespace: String,
    pub deletion_protection: bool,
    pub identity_mode: IdentityMode,
    pub imported_by: String,
    /// A kubeconfig of exactly one context; `None` for the in-cluster service account.
    pub kubeconfig: Option<Plaintext>,
}

/// What to change; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct ClusterPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub color: Option<String>,
    pub badge_text: Option<String>,
    pub production: Option<bool>,
    pub default_namespace: Option<String>,
    pub deletion_protection: Option<bool>,
    pub identity_mode: Option<IdentityMode>,
    pub context_name: Option<String>,
    pub server_url: Option<String>,
}

statements! {
    INSERT = "INSERT INTO clusters (id, name, name_key, description, color, badge_text, production, source, \
              context_name, server_url, default_namespace, deletion_protection, identity_mode, imported_by, \
              created_at, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
    LIST = "SELECT c.*, s.state, s.since, s.version, s.node_count, s.last_seen_at, s.message, s.capacity \
            FROM clusters c LEFT JOIN cluster_status s ON s.cluster_id = c.id ORDER BY c.name_key";
    BY_ID = "SELECT c.*, s.state, s.since, s.version, s.node_count, s.last_seen_at, s.message, s.capacity \
             FROM clusters c LEFT JOIN cluster_status s ON s.cluster_id = c.id WHERE c.id = $1";
    UPDATE = "UPDATE clusters SET name = coalesce($2, name), name_key = coalesce($3, name_key), \
              description = coalesce($4, description), color = coalesce($5, color), \
              badge_text = coalesce($6, badge_text), \
              production = CASE CAST($7 AS BIGINT) WHEN 1 THEN TRUE WHEN 0 THEN FALSE ELSE production END, \
              default_namespace = coalesce($8, default_namespace), \
              deletion_protection = CASE CAST($9 AS BIGINT) WHEN 1 THEN TRUE WHEN 0 THEN FALSE ELSE deletion_protection END, \
              identity_mode = coalesce($10, identity_mode), context_name = coalesce($11, context_name), \
              server_url = coalesce($12, server_url), updated_at = $13 WHERE id = $1";
    DELETE = "DELETE FROM clusters WHERE id = $1 AND deletion_protection = FALSE";
    SAVE_STATUS = "INSERT INTO cluster_status (cluster_id, state, since, version, node_count, last_seen_at, message, capacity) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (cluster_id) DO UPDATE SET state = $2, since = $3, \
                   version = $4, node_count = $5, last_seen_at = $6, message = $7, capacity = $8";
    SAVE_CREDENTIAL = "INSERT INTO cluster_credentials (cluster_id, kubeconfig_sealed) VALUES ($1, $2) \
                       ON CONFLICT (cluster_id) DO UPDATE SET kubeconfig_sealed = $2";
    CREDENTIAL = "SELECT kubeconfig_sealed FROM cluster_credentials WHERE cluster_id = $1";
    /// Part of the key rotation: every sealed column is read and written there.
    ALL_SEALED = "SELECT cluster_id, kubeconfig_sealed FROM cluster_credentials";
    RESEAL = "UPDATE cluster_credentials SET kubeconfig_sealed = $2 WHERE cluster_id = $1";
}

/// The clusters of a store: [`Store::clusters`].
#[derive(Clone, Copy)]
pub struct Clusters<'a>(&'a Store);

impl Store {
    pub fn clusters(&self) -> Clusters<'_> {
        Clusters(self)
    }
}

fn place(cluster_id: &str) -> Place<'_> {
    Place { table: "cluster_credentials", column: "kubeconfig_sealed", row: cluster_id }
}

fn new_cluster_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let random = (0..8).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
    "cls-".chars().chain(random).collect()
}

fn cluster(row: &Row) -> Result<ClusterRow, StoreError> {
    let status = match row.get::<Option<String>>("state")? {
        None => None,
        Some(state) => Some(ClusterStatus {
            state,
            since: row.get("since")?,
            version: row.get("version")?,
            node_count: row.get("node_count")?,
            last_seen_at: row.get("last_seen_at")?,
            message: row.get("message")?,
            capacity: row.opt_json("capacity")?,
        }),
    };
    Ok(ClusterRow {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        color: row.get("color")?,
        badge_text: row.get("badge_text")?,
        production: row.get("production")?,
        source: row.word("source")?,
        context_name: row.get("context_name")?,
        server_url: row.get("server_url")?,
        default_namespace: row.get("default_namespace")?,
        deletion_protection: row.get("deletion_protection")?,
        identity_mode: row.word("identity_mode")?,
        imported_by: row.get("imported_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        status,
    })
}

impl Clusters<'_> {
    /// Keeps a cluster and its sealed credential, both or neither.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueKey::ClusterName`].
    pub async fn insert(&self, new: &NewCluster, now: Millis) -> Result<ClusterRow, StoreError> {
        loop {
            let id = new_cluster_id();
            match self.insert_as(&id, new, now).await {
                Err(StoreError::Conflict(UniqueKey::ClusterId)) => {}
                Err(error) => return Err(error),
                Ok(()) => return self.get(&id).await?.ok_or(StoreError::NotFound("cluster")),
            }
        }
    }

    async fn insert_as(&self, id: &str, new: &NewCluster, now: Millis) -> Result<(), StoreError> {
        let sealed = match &new.kubeconfig {
            Some(kubeconfig) => Some(self.0.keys().seal(place(id), kubeconfig)?),
            None => None,
        };
        let mut tx = self.0.pool().begin().await?;
        tx.execute(
            INSERT,
            args![
                id,
                &new.name,
                new.name.to_lowercase(),
                &new.description,
                &new.color,
                &new.badge_text,
                new.production,
                new.source,
                &new.context_name,
                &new.server_url,
                &new.default_namespace,
                new.deletion_protection,
                new.identity_mode,
                &new.imported_by,
                now
            ],
        )
        .await?;
        if let Some(sealed) = sealed {
            tx.execute(SAVE_CREDENTIAL, args![id, sealed.into_bytes()]).await?;
        }
        tx.commit().await
    }

    /// By name.
    pub async fn list(&self) -> Result<Vec<ClusterRow>, StoreError> {
        self.0.pool().all(LIST, args![]).await?.iter().map(cluster).collect()
    }

    pub async fn get(&self, id: &str) -> Result<Option<ClusterRow>, StoreError> {
        self.0.pool().optional(BY_ID, args![id]).await?.as_ref().map(cluster).transpose()
    }

    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`] with [`UniqueKey::ClusterName`].
    pub async fn update(&self, id: &str, patch: &ClusterPatch, now: Millis) -> Result<(), StoreError> {
        let changed = self
            .0
            .pool()
            .execute(
                UPDATE,
                args![
                    id,
                    patch.name.as_deref(),
                    patch.name.as_deref().map(str::to_lowercase),
                    patch.description.as_deref(),
                    patch.color.as_deref(),
                    patch.badge_text.as_deref(),
                    patch.production.map(i64::from),
                    patch.default_namespace.as_deref(),
                    patch.deletion_protection.map(i64::from),
                    patch.identity_mode.map(IdentityMode::as_str),
                    patch.context_name.as_deref(),
                    patch.server_url.as_deref(),
                    now
                ],
            )
            .await?;
        if changed == 0 { Err(StoreError::NotFound("cluster")) } else { Ok(()) }
    }

    /// Forgets a cluster: its row, status and credential. The cluster itself is not touched, and
    /// journal entries stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] while deletion protection is on.
    pub async fn delete(&self, id: &str) -> Result<(), StoreError> {
        if self.0.pool().execute(DELETE, args![id]).await? > 0 {
            return Ok(());
        }
        match self.get(id).await? {
            Some(_) => Err(StoreError::Refused("deletion protection is on")),
            None => Err(StoreError::NotFound("cluster")),
        }
    }

    /// Keeps what a probe saw. A cluster that was deleted meanwhile is [`StoreError::NotFound`].
    pub async fn save_status(&self, id: &str, status: &ClusterStatus) -> Result<(), StoreError> {
        let capacity = status.capacity.as_ref().map(Value::to_string);
        self.0
            .pool()
            .execute(
                SAVE_STATUS,
                args![
                    id,
                    &status.state,
                    status.since,
                    status.version.as_deref(),
                    status.node_count,
                    status.last_seen_at,
                    status.message.as_deref(),
                    capacity
                ],
            )
            .await
            .map(drop)
            .map_err(|error| match error {
                StoreError::NotFound(_) => StoreError::NotFound("cluster"),
                other => other,
            })
    }

    /// Replaces the credential.
    pub async fn save_kubeconfig(&self, id: &str, kubeconfig: &Plaintext) -> Result<(), StoreError> {
        let sealed = self.0.keys().seal(place(id), kubeconfig)?;
        self.0.pool().execute(SAVE_CREDENTIAL, args![id, sealed.into_bytes()]).await.map(drop)
    }

    /// Opens the credential; `None` for an in-cluster service account.
    ///
    /// # Errors
    /// [`StoreError::Secret`] when the key is missing or the row was tampered with.
    pub async fn kubeconfig(&self, id: &str) -> Result<Option<Plaintext>, StoreError> {
        let Some(row) = self.0.pool().optional(CREDENTIAL, args![id]).await? else {
            return Ok(None);
        };
        let sealed = Sealed::from_bytes(row.get("kubeconfig_sealed")?)?;
        Ok(Some(self.0.keys().open(place(id), &sealed)?))
    }
}

/// The sealed columns of this module, for [`crate::rotation`].
pub(crate) const SEALED: crate::rotation::SealedColumn = crate::rotation::SealedColumn {
    table: "cluster_credentials",
    column: "kubeconfig_sealed",
    key: "cluster_id",
    select: ALL_SEALED,
    update: RESEAL,
};
