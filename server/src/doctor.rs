//! The clusters' part of `gantry doctor`.

use crate::cli::{Finding, Level};
use services::Services;

/// Whether each cluster can be reached and grants what the console needs.
pub(crate) async fn clusters(services: &Services) -> Vec<Finding> {
    let rows = match services.store.clusters().list().await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::new(Level::Bad, "clusters", error.to_string())],
    };
    rows.iter().map(|row| Finding::new(Level::Warning, format!("cluster {}", row.id), "not looked at")).collect()
}
