//! What the server does without being asked.

use crate::operations::Rows;
use crate::state::AppState;
use futures::future::BoxFuture;
use jobs::{Driver, Limits, Task, TaskError, Worker};
use metrics_exporter_prometheus::PrometheusHandle;
use services::Services;
use services::clusters::registry::HealthTask;
use std::sync::Arc;
use std::time::Duration;

/// All tasks, and the worker of operations.
#[must_use]
pub fn driver(state: &AppState) -> Driver {
    let services = &state.services;
    let owner = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
    let operations = Worker::new(Arc::new(Rows(services.store.clone())), owner, Limits::default());
    let mut driver = Driver::new()
        .task(EndSockets(services.clone()))
        .task(Health(HealthTask { store: services.store.clone(), clusters: services.clusters.clone() }))
        .task(CleanUp(services.clone()))
        .task(StopIdleCaches(services.clusters.clone()))
        .operations(operations);
    if let Some(metrics) = &state.metrics {
        driver = driver.task(KeepMetrics(metrics.clone()));
    }
    driver
}

/// Sockets whose session is over end within seconds.
struct EndSockets(Services);

impl Task for EndSockets {
    fn name(&self) -> &'static str {
        "end-sockets"
    }
    fn period(&self) -> Duration {
        Duration::from_secs(2)
    }
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async { Ok(self.0.accounts.watch().look().await?) })
    }
}

/// How each cluster is; a cluster that another replica imported or removed comes and goes with it.
struct Health(HealthTask);

impl Task for Health {
    fn name(&self) -> &'static str {
        "cluster-health"
    }
    fn period(&self) -> Duration {
        Duration::from_secs(10)
    }
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async { Ok(self.0.round().await?) })
    }
}

/// Rows of sessions that are over, and counters of sign-ins that say nothing any more.
struct CleanUp(Services);

impl Task for CleanUp {
    fn name(&self) -> &'static str {
        "clean-up"
    }
    fn period(&self) -> Duration {
        Duration::from_secs(600)
    }
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async {
            let deleted = self.0.accounts.clean_up().await?;
            tracing::debug!(deleted, "rows of ended sessions and old sign-in counters");
            Ok(())
        })
    }
}

/// Watch caches that nobody has looked at for ten minutes.
struct StopIdleCaches(clusters::Clusters);

impl Task for StopIdleCaches {
    fn name(&self) -> &'static str {
        "stop-idle-caches"
    }
    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async {
            self.0.caches().stop_idle();
            let counts = self.0.caches().counts();
            metrics::gauge!("gantry_watch_caches").set(counts.watches as f64);
            metrics::gauge!("gantry_cached_objects").set(counts.objects as f64);
            metrics::gauge!("gantry_cached_bytes").set(counts.bytes as f64);
            Ok(())
        })
    }
}

/// Histograms grow without bound when nobody reads them.
struct KeepMetrics(PrometheusHandle);

impl Task for KeepMetrics {
    fn name(&self) -> &'static str {
        "metrics"
    }
    fn period(&self) -> Duration {
        Duration::from_secs(10)
    }
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async {
            self.0.run_upkeep();
            Ok(())
        })
    }
}
