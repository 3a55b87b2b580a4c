//! How a cluster is: asked every few seconds by the health job, never by a page. A page reads the last answer.

use crate::error::{ClusterError, TlsProblem};
use crate::registry::Entry;
use crate::user::{UserClient, within};
use arc_swap::ArcSwap;
use model::clusters::ClusterState;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nodes and certificates change slowly: they are read again after this time, not with every probe.
const SLOW_FACTS: Duration = Duration::from_secs(60);

/// One part of the control plane, as the apiserver's `/readyz?verbose` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub ok: bool,
    /// The apiserver's words when it is not; it withholds most reasons.
    pub message: String,
}

/// Times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// `Running`, `Abnormal` (answers, but says that a part of it is not ready), `Unreachable`,
    /// `CredentialRefused` or `Unknown`.
    pub state: ClusterState,
    /// The state holds since.
    pub since: i64,
    /// Of the last probe, whatever its answer; 0 is never.
    pub checked_at: i64,
    /// Of the last answer; facts below are as old as this.
    pub answered_at: i64,
    /// `v1.37.2`.
    pub version: Option<String>,
    /// `linux/amd64`.
    pub platform: Option<String>,
    pub nodes: Option<usize>,
    pub ready_nodes: Option<usize>,
    pub error: Option<ClusterError>,
    pub latency_ms: Option<u64>,
    /// End of the server's certificate.
    pub server_certificate_not_after: Option<i64>,
    /// End of the client certificate of the kubeconfig.
    pub client_certificate_not_after: Option<i64>,
    pub components: Vec<Component>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            state: ClusterState::Unknown,
            since: now(),
            checked_at: 0,
            answered_at: 0,
            version: None,
            platform: None,
            nodes: None,
            ready_nodes: None,
            error: None,
            latency_ms: None,
            server_certificate_not_after: None,
            client_certificate_not_after: None,
            components: Vec::new(),
        }
    }
}

impl Health {
    /// The certificate that ends first.
    #[must_use]
    pub fn certificate_not_after(&self) -> Option<i64> {
        [self.server_certificate_not_after, self.client_certificate_not_after].into_iter().flatten().min()
    }
}

pub(crate) struct HealthCell {
    current: ArcSwap<Health>,
    rounds: tokio::sync::Mutex<Rounds>,
}

/// When the last round ended, and the last one that read the slow facts.
#[derive(Default)]
struct Rounds {
    ended: Option<Instant>,
    slow_facts: Option<Instant>,
}

impl Default for HealthCell {
    fn default() -> Self {
        Self { current: ArcSwap::from_pointee(Health::default()), rounds: tokio::sync::Mutex::default() }
    }
}

impl HealthCell {
    pub fn get(&self) -> Arc<Health> {
        self.current.load_full()
    }

    /// For a new credential: what was last known, to be asked anew in full.
    pub fn carried_over(&self) -> Self {
        Self { current: ArcSwap::new(self.get()), rounds: tokio::sync::Mutex::default() }
    }
}

pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// One round. A second caller at the same time waits for the first one's answer instead of asking again.
pub(crate) async fn probe(entry: &Arc<Entry>) -> Arc<Health> {
    let asked = Instant::now();
    let mut rounds = entry.health.rounds.lock().await;
    let before = entry.health.get();
    if rounds.ended.is_some_and(|ended| ended >= asked) {
        return before;
    }
    let with_slow_facts =
        rounds.slow_facts.is_none_or(|at| at.elapsed() > SLOW_FACTS) || before.state != ClusterState::Running;
    let answer = within(entry.settings.probe, ask(entry, with_slow_facts)).await;
    if answer.is_ok() && with_slow_facts {
        rounds.slow_facts = Some(Instant::now());
    }
    rounds.ended = Some(Instant::now());
    let after = Arc::new(next(&before, answer, now()));
    if after.state != before.state {
        tracing::info!(cluster = %entry.config.id, from = ?before.state, to = ?after.state, "cluster state");
    }
    entry.health.current.store(after.clone());
    after
}

/// What one round found out.
#[derive(Default)]
struct Answer {
    version: Option<String>,
    platform: Option<String>,
    latency_ms: u64,
    nodes: Option<(usize, usize)>,
    server_certificate_not_after: Option<i64>,
    client_certificate_not_after: Option<i64>,
    components: Vec<Component>,
}

async fn ask(entry: &Arc<Entry>, with_slow_facts: bool) -> Result<Answer, ClusterError> {
    let own = entry.own()?.with_budget(entry.settings.probe);
    let started = Instant::now();
    // Needs a credential in the usual set-up, but an anonymous one may read it: the credential is proved below.
    let version = own.raw_get("/version", "application/json").await?;
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let Some(git_version) = version["gitVersion"].as_str() else {
        return Err(ClusterError::NotKubernetes { status: 200, detail: String::new() });
    };
    credential_accepted(&own).await?;
    let components = components(&own).await;
    let mut answer = Answer {
        version: Some(git_version.to_owned()),
        platform: version["platform"].as_str().map(str::to_owned),
        latency_ms,
        components,
        ..Answer::default()
    };
    if with_slow_facts {
        let endpoint = entry.transport()?.endpoint.clone();
        answer.client_certificate_not_after = endpoint.certificate_not_after();
        let certificate = crate::connection::server_certificate(&endpoint, entry.settings.connect);
        let (nodes, certificate) = futures::join!(nodes(&own), certificate);
        answer.nodes = nodes;
        answer.server_certificate_not_after = certificate.ok().flatten().map(|certificate| certificate.not_after);
    }
    Ok(answer)
}

/// A request that no anonymous user may make: `/version` is open to all and would hide a refused credential.
async fn credential_accepted(own: &UserClient) -> Result<(), ClusterError> {
    let review = serde_json::json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "list", "resource": "nodes"}}});
    match own.raw_post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await {
        Err(error @ ClusterError::Unauthorized { .. }) => Err(error),
        Err(error) if error.is_anonymous() => Err(error.into_unauthorized()),
        // Without the right to review oneself the credential is still one.
        Err(error) if error.is_unreachable() => Err(error),
        _ => Ok(()),
    }
}

/// All and ready nodes, by the apiserver's own table so that 1,000 nodes are some 100 kB.
pub(crate) async fn nodes(own: &UserClient) -> Option<(usize, usize)> {
    const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let table = own.raw_get("/api/v1/nodes?resourceVersion=0&includeObject=None", TABLE).await.ok()?;
    let columns = table["columnDefinitions"].as_array()?;
    let status = columns.iter().position(|column| column["name"] == "Status")?;
    let rows = table["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = rows.iter().filter(|row| is_ready(&row["cells"][status])).count();
    Some((rows.len(), ready))
}

/// `Ready`, `Ready,SchedulingDisabled`; not `NotReady`.
fn is_ready(cell: &Value) -> bool {
    cell.as_str().is_some_and(|text| text.split(',').any(|word| word == "Ready"))
}

async fn components(own: &UserClient) -> Vec<Component> {
    match own.raw_text("/readyz?verbose").await {
        Ok(text) => read_components(&text),
        // A part that is not ready is told with status 500 and the same lines.
        Err(ClusterError::Api(error)) => read_components(&error.message),
        Err(_) => Vec::new(),
    }
}

/// Lines `[+]etcd ok` and `[-]etcd failed: reason withheld`.
fn read_components(text: &str) -> Vec<Component> {
    let line = |line: &str| {
        let line = line.trim();
        let ok = line.starts_with("[+]");
        let rest = line.strip_prefix("[+]").or_else(|| line.strip_prefix("[-]"))?;
        let (name, message) = rest.split_once(' ').unwrap_or((rest, ""));
        let message = if ok { String::new() } else { message.to_owned() };
        Some(Component { name: name.to_owned(), ok, message })
    };
    text.lines().filter_map(line).collect()
}

/// The state after a round. What was known stays, with its age, while the cluster is away.
fn next(before: &Health, answer: Result<Answer, ClusterError>, now: i64) -> Health {
    let mut after = before.clone();
    after.checked_at = now;
    match answer {
        Ok(answer) => {
            let broken = answer.components.iter().any(|component| !component.ok);
            after.state = if broken { ClusterState::Abnormal } else { ClusterState::Running };
            after.answered_at = now;
            after.error = None;
            after.version = answer.version;
            after.platform = answer.platform;
            after.latency_ms = Some(answer.latency_ms);
            after.components = answer.components;
            if let Some((nodes, ready)) = answer.nodes {
                after.nodes = Some(nodes);
                after.ready_nodes = Some(ready);
            }
            after.server_certificate_not_after =
                answer.server_certificate_not_after.or(after.server_certificate_not_after);
            after.client_certificate_not_after =
                answer.client_certificate_not_after.or(after.client_certificate_not_after);
        }
        Err(error) => {
            after.state = match &error {
                ClusterError::Unauthorized { .. }
                | ClusterError::Tls(TlsProblem::ClientCertificate { .. })
                | ClusterError::Kubeconfig(_) => ClusterState::CredentialRefused,
                ClusterError::Api(error) if error.status == 403 => ClusterState::CredentialRefused,
                _ => ClusterState::Unreachable,
            };
            after.error = Some(error);
            after.latency_ms = None;
        }
    }
    if after.state != before.state {
        after.since = now;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(components: Vec<Component>) -> Result<Answer, ClusterError> {
        Ok(Answer { version: Some("v1.37.2".into()), nodes: Some((3, 2)), components, ..Answer::default() })
    }

    #[test]
    fn a_cluster_that_goes_away_keeps_its_facts_and_tells_since_when() {
        let start = Health { since: 0, ..Health::default() };
        let up = next(&start, answered(Vec::new()), 10);
        assert_eq!((up.state, up.since, up.nodes), (ClusterState::Running, 10, Some(3)));
        let refused = || Err(ClusterError::Connect { detail: "refused".into() });
        let away = next(&up, refused(), 20);
        assert_eq!((away.state, away.since, away.answered_at), (ClusterState::Unreachable, 20, 10));
        let longer = next(&away, refused(), 30);
        assert_eq!((longer.since, longer.checked_at), (20, 30));
        assert_eq!((longer.nodes, longer.version.as_deref()), (Some(3), Some("v1.37.2")), "never 0 nodes");
        let back = next(&longer, answered(Vec::new()), 40);
        assert_eq!((back.state, back.since, back.error), (ClusterState::Running, 40, None));
    }

    #[test]
    fn a_refused_credential_is_not_an_absent_cluster() {
        let start = next(&Health::default(), answered(Vec::new()), 10);
        let refused = next(&start, Err(ClusterError::Unauthorized { message: "no".into() }), 20);
        assert_eq!((refused.state, refused.since), (ClusterState::CredentialRefused, 20));
        let tls = ClusterError::Tls(TlsProblem::UnknownAuthority { issuer: None });
        let changed = next(&refused, Err(tls.clone()), 30);
        assert_eq!((changed.state, changed.error), (ClusterState::Unreachable, Some(tls)));
    }

    #[test]
    fn a_part_that_is_not_ready_is_named() {
        let text = "[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/x ok\nreadyz check failed\n";
        let parts = read_components(text);
        assert_eq!(parts.len(), 3);
        assert_eq!((parts[1].name.as_str(), parts[1].ok), ("etcd", false));
        assert_eq!(parts[1].message, "failed: reason withheld");
        assert_eq!(next(&Health::default(), answered(parts), 5).state, ClusterState::Abnormal);
    }

    #[test]
    fn ready_nodes_are_counted_by_word() {
        let ready: Vec<bool> = ["Ready", "NotReady", "Ready,SchedulingDisabled", "NotReady,SchedulingDisabled", ""]
            .iter()
            .map(|text| is_ready(&serde_json::json!(text)))
            .collect();
        assert_eq!(ready, [true, false, true, false, false]);
    }
}
