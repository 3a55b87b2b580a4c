//! What all requests share.

use crate::config::Config;
use crate::renderer::PageRenderer;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Services;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub services: Services,
    pub pages: Arc<dyn PageRenderer>,
    /// Cancelled when the server is to stop: sockets close with a reason, jobs give their leases back.
    pub stop: CancellationToken,
    /// `None` in tests.
    pub metrics: Option<PrometheusHandle>,
}

impl AppState {
    #[must_use]
    pub fn new(config: Config, services: Services, pages: Arc<dyn PageRenderer>) -> Self {
        Self { config: Arc::new(config), services, pages, stop: CancellationToken::new(), metrics: None }
    }
}
