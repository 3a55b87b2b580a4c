//! Keeps the registry of clusters in step with the store, and the store with what the health checks see.

use clusters::{ClusterConfig, Clusters, IdentityMode, Source};
use model::ClusterId;
use model::clusters::ClusterState;
use store::{ClusterRow, ClusterSource, ClusterStatus, Store, StoreError};

/// Puts every stored cluster into the registry, at start and after a change by another replica.
///
/// # Errors
/// The database cannot be read. A credential that cannot be opened is logged and leaves its cluster out.
pub async fn load(store: &Store, clusters: &Clusters) -> Result<(), StoreError> {
    let rows = store.clusters().list().await?;
    for id in clusters.ids() {
        if !rows.iter().any(|row| row.id == id.as_str()) {
            clusters.remove(&id);
        }
    }
    for row in rows {
        match config(store, &row).await {
            Ok(Some(config)) => clusters.put(config),
            Ok(None) => tracing::error!(cluster = row.id, "the stored credential is missing or no text"),
            Err(error) => tracing::error!(%error, cluster = row.id, "the stored credential cannot be opened"),
        }
    }
    Ok(())
}

/// The registry's entry of a stored cluster.
pub(super) async fn config(store: &Store, row: &ClusterRow) -> Result<Option<ClusterConfig>, StoreError> {
    let Ok(id) = ClusterId::parse(&row.id) else { return Ok(None) };
    let source = match row.source {
        ClusterSource::InCluster => Source::InCluster,
        ClusterSource::Kubeconfig => match store.clusters().kubeconfig(&row.id).await? {
            Some(plain) => match plain.expose_str() {
                Some(text) => Source::Kubeconfig { text: text.to_owned() },
                None => return Ok(None),
            },
            None => return Ok(None),
        },
    };
    let identity = match row.identity_mode {
        store::IdentityMode::Impersonate => IdentityMode::Impersonate,
        store::IdentityMode::Direct => IdentityMode::Direct,
    };
    Ok(Some(ClusterConfig { id, source, identity }))
}

/// Makes the console's roles in a cluster where it impersonates people. A refusal is no failure: it shows where the roles
/// are needed, and the next time that the cluster comes back they are tried again.
pub(super) async fn ensure_roles(clusters: &Clusters, id: &ClusterId) {
    if clusters.identity(id) == Some(IdentityMode::Impersonate)
        && let Err(error) = clusters.ensure_roles(id).await
    {
        tracing::warn!(%error, cluster = %id, "the console's roles could not be made");
    }
}

/// Asks every cluster how it is, all at once, each within its own time; remembers the answer over restarts.
pub struct HealthTask {
    pub store: Store,
    pub clusters: Clusters,
}

impl HealthTask {
    /// One round.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn round(&self) -> Result<(), StoreError> {
        load(&self.store, &self.clusters).await?;
        let rounds = self.clusters.ids().into_iter().map(|id| {
            let (clusters, store) = (self.clusters.clone(), self.store.clone());
            async move {
                let before = clusters.health(&id);
                let Some(after) = clusters.probe(&id).await else { return Ok(()) };
                let came = before.as_ref().is_none_or(|before| before.state != ClusterState::Running);
                if came && after.state == ClusterState::Running {
                    ensure_roles(&clusters, &id).await;
                }
                let same = before.is_some_and(|before| {
                    (before.state, &before.version, before.nodes) == (after.state, &after.version, after.nodes)
                        && after.answered_at - before.answered_at < 60_000
                        && before.checked_at > 0
                });
                if same { Ok(()) } else { save(&store, &id, &after).await }
            }
        });
        for result in futures::future::join_all(rounds).await {
            match result {
                // Removed while it was asked.
                Err(StoreError::NotFound(_)) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

async fn save(store: &Store, id: &ClusterId, health: &clusters::Health) -> Result<(), StoreError> {
    let status = ClusterStatus {
        state: word(health.state).to_owned(),
        since: health.since,
        version: health.version.clone(),
        node_count: health.nodes.and_then(|n| i64::try_from(n).ok()),
        last_seen_at: (health.answered_at > 0).then_some(health.answered_at),
        message: health.error.as_ref().map(ToString::to_string),
        capacity: None,
    };
    store.clusters().save_status(id.as_str(), &status).await
}

const fn word(state: ClusterState) -> &'static str {
    match state {
        ClusterState::Creating => "creating",
        ClusterState::Scaling => "scaling",
        ClusterState::Running => "running",
        ClusterState::Upgrading => "upgrading",
        ClusterState::Deleting => "deleting",
        ClusterState::Abnormal => "abnormal",
        ClusterState::Unreachable => "unreachable",
        ClusterState::CredentialRefused => "credential_refused",
        ClusterState::Unknown => "unknown",
    }
}
