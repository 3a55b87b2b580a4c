//! Logs of containers. [`UserClient::logs`] gives the raw bytes as they come (downloads). [`UserClient::follow_logs`]
//! gives lines for a view: it survives what ends a followed log in silence (rotation, a broken connection, an apiserver
//! that restarts), tells a gap where lines may be missing, and says how many lines it left out when the reader is
//! slower than the container. Neither holds a whole log in memory.

mod follow;
mod lines;
mod queue;

use crate::discovery::Resource;
use crate::error::ClusterError;
use crate::user::{UserClient, within};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use http::Request;
use http_body_util::BodyExt as _;
use model::links::encode;
use model::logs::{LogLine, LogQuery};

pub use follow::{LogEnd, LogEvent, LogFollow};

/// Bytes of a log as the kubelet sends them.
pub type LogStream = BoxStream<'static, Result<Bytes, ClusterError>>;

impl UserClient {
    /// The log's bytes. The answer comes with the first of them; the stream ends with the log, or with `follow` when
    /// the container or the connection ends.
    ///
    /// # Errors
    /// The cluster's refusal (no such container, no previous run, `get pods/log` missing), or why it could not be asked.
    pub async fn logs(
        &self,
        namespace: &str,
        pod: &str,
        query: &LogQuery,
        timestamps: bool,
    ) -> Result<LogStream, ClusterError> {
        let tail = (query.tail > 0).then_some(query.tail);
        let since = query.since_seconds.map(|seconds| ("sinceSeconds", seconds.max(1).to_string()));
        Ok(Box::pin(self.open_log(namespace, pod, query, timestamps, tail, since).await?))
    }

    /// Lines for a view, with the kubelet's timestamps apart from the text.
    #[must_use]
    pub fn follow_logs(&self, namespace: &str, pod: &str, query: &LogQuery) -> LogFollow {
        follow::start(self.clone(), namespace.to_owned(), pod.to_owned(), query.clone())
    }

    async fn open_log(
        &self,
        namespace: &str,
        pod: &str,
        query: &LogQuery,
        timestamps: bool,
        tail: Option<u32>,
        since: Option<(&str, String)>,
    ) -> Result<impl Stream<Item = Result<Bytes, ClusterError>> + Send + use<>, ClusterError> {
        let pods = Resource::new("", "v1", "pods", "Pod", true);
        let mut path = pods.path(Some(namespace), Some(pod), Some("log"))?;
        path.push_str(&format!("?timestamps={timestamps}&follow={}&previous={}", query.follow, query.previous));
        if !query.container.is_empty() {
            path.push_str("&container=");
            path.push_str(&encode(&query.container));
        }
        if let Some(tail) = tail {
            path.push_str(&format!("&tailLines={tail}"));
        }
        if let Some((key, value)) = since {
            path.push_str(&format!("&{key}={}", encode(&value)));
        }
        let request = Request::get(path).body(Vec::new()).map_err(ClusterError::protocol)?;
        let limit = self.budget().unwrap_or(self.entry.settings.read);
        let answer = within(limit, self.send(request)).await?;
        let ended = self.entry.ended.clone();
        let body = answer.into_body().into_data_stream().map(|piece| piece.map_err(ClusterError::from));
        // A credential that is taken away ends what it opened.
        Ok(body.take_until(async move { ended.cancelled().await }))
    }
}
