//! What all requests share.

use crate::config::Config;
use crate::renderer::PageRenderer;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Services;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub services: Services,
    pub pages: Arc<dyn PageRenderer>,
    /// Cancelled when the server is to stop: sockets close with a reason, jobs give their leases back.
    pub stop: CancellationToken,
    /// Open sockets: a stop waits until they have said why they close.
    pub sockets: TaskTracker,
    /// `None` in tests.
    pub metrics: Option<PrometheusHandle>,
}

impl AppState {
    #[must_use]
    pub fn new(config: Config, services: Services, pages: Arc<dyn PageRenderer>) -> Self {
        Self {
            config: Arc::new(config),
            services,
            pages,
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
            metrics: None,
        }
    }
}
