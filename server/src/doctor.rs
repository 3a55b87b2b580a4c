//! The clusters' part of `gantry doctor`.

use crate::cli::{Finding, Level};
use clusters::Source;
use clusters::connection::{self, Report};
use services::Services;
use std::time::Duration;
use store::{ClusterRow, ClusterSource, Store};

/// How long one cluster may take.
const LIMIT: Duration = Duration::from_secs(15);
/// Seconds that two clocks may differ: beyond them fresh certificates are not valid yet, and ages are wrong.
const CLOCKS: i64 = 60;

/// Whether each cluster can be reached and grants what the console needs; all are asked at once.
pub(crate) async fn clusters(services: &Services) -> Vec<Finding> {
    match services.store.clusters().list().await {
        Ok(rows) => futures::future::join_all(rows.iter().map(|row| cluster(&services.store, row))).await,
        Err(error) => vec![Finding::new(Level::Bad, "clusters", error.to_string())],
    }
}

async fn cluster(store: &Store, row: &ClusterRow) -> Finding {
    let what = format!("cluster {} ({})", row.id, row.name);
    let source = match source(store, row).await {
        Ok(source) => source,
        Err(why) => return Finding::new(Level::Bad, what, why),
    };
    let (level, detail) = judge(&connection::test(&source, LIMIT).await);
    Finding::new(level, what, detail)
}

async fn source(store: &Store, row: &ClusterRow) -> Result<Source, String> {
    if row.source == ClusterSource::InCluster {
        return Ok(Source::InCluster);
    }
    let plain = store.clusters().kubeconfig(&row.id).await.map_err(|error| error.to_string())?;
    let text =
        plain.as_ref().and_then(|plain| plain.expose_str()).ok_or("the stored kubeconfig is missing or no text")?;
    Ok(Source::Kubeconfig { text: text.to_owned() })
}

fn judge(report: &Report) -> (Level, String) {
    if let Some(error) = &report.error {
        return (Level::Bad, error.to_string());
    }
    let unknown = || "?".to_owned();
    let detail = format!(
        "{}, {} nodes, as {}",
        report.version.clone().unwrap_or_else(unknown),
        report.nodes.map_or_else(unknown, |nodes| nodes.to_string()),
        report.user.clone().unwrap_or_else(unknown)
    );
    let mut complaints = Vec::new();
    if let Some(ahead) = report.clock_ahead.filter(|ahead| ahead.abs() > CLOCKS) {
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        complaints.push(format!("its clock is {} s {side} this machine's", ahead.abs()));
    }
    if !report.missing_rights.is_empty() {
        let missing: Vec<String> = report.missing_rights.iter().map(connection::MissingRight::text).collect();
        complaints.push(format!("missing rights: {}", missing.join(", ")));
    }
    if complaints.is_empty() {
        return (Level::Good, detail);
    }
    (Level::Warning, format!("{detail}; {}", complaints.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusters::Ask;
    use clusters::ClusterError;
    use clusters::connection::{MissingRight, Purpose};

    fn report() -> Report {
        Report {
            steps: Vec::new(),
            version: Some("v1.37.2".to_owned()),
            nodes: Some(3),
            user: Some("admin".to_owned()),
            certificate: None,
            missing_rights: Vec::new(),
            impersonates: true,
            clock_ahead: Some(-1),
            error: None,
        }
    }

    #[test]
    fn a_cluster_is_good_limited_or_bad() {
        assert_eq!(judge(&report()), (Level::Good, "v1.37.2, 3 nodes, as admin".to_owned()));
        let right = MissingRight { ask: Ask::new("impersonate", "", "users"), purpose: Purpose::Impersonate };
        let limited = Report { missing_rights: vec![right], ..report() };
        let (level, detail) = judge(&limited);
        assert_eq!(level, Level::Warning);
        assert!(detail.ends_with("missing rights: impersonate users"), "{detail}");
        for (ahead, words) in [(61, "61 s ahead of"), (-3600, "3600 s behind")] {
            let (level, detail) = judge(&Report { clock_ahead: Some(ahead), ..report() });
            assert_eq!(level, Level::Warning);
            assert!(detail.contains(words), "{detail}");
        }
        let away = Report { error: Some(ClusterError::Timeout { after_ms: 1000 }), ..report() };
        assert_eq!(judge(&away).0, Level::Bad);
    }
}
