//! Conditions of a status, those that are not as they should be first.

use crate::kinds::object::{Object, text, time};
use model::detail::ConditionLine;
use model::table::Family;

/// All conditions. A condition is good when it is `True`, or `False` for the types in `inverted`.
#[must_use]
pub fn lines(object: &Object, inverted: &[&str]) -> Vec<ConditionLine> {
    let finished = matches!(object.text("/status/phase"), "Succeeded");
    let mut lines: Vec<ConditionLine> = object
        .conditions()
        .iter()
        .map(|condition| {
            let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
            let reason = text(condition, "/reason");
            let good = if inverted.contains(&kind) { "False" } else { "True" };
            let family = match status {
                _ if status == good => Family::Success,
                // A Pod that ran to its end is not ready, and that is right.
                _ if finished && reason == "PodCompleted" => Family::Neutral,
                "Unknown" => Family::Warning,
                _ => Family::Error,
            };
            ConditionLine {
                kind: kind.to_owned(),
                status: status.to_owned(),
                family,
                reason: reason.to_owned(),
                message: text(condition, "/message").to_owned(),
                since: time(text(condition, "/lastTransitionTime")),
            }
        })
        .collect();
    lines.sort_by_key(|line| line.family);
    lines
}
