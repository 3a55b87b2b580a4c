//! Conditions of a status, those that are not as they should be first.

use crate::kinds::object::{Object, text, time};
use model::detail::ConditionLine;
use model::table::Family;

/// What an object gains on its way to ready and loses at its end: nothing is wrong while it is on that way.
const READINESS: [&str; 6] =
    ["Available", "ContainersReady", "Initialized", "PodReadyToStartContainers", "PodScheduled", "Ready"];

/// All conditions. A condition is good when it is `True`, or `False` for the types in `inverted`. `state` is the state
/// of the object as a whole: readiness that a starting or a finished one does not have is no error.
#[must_use]
pub fn lines(object: &Object, inverted: &[&str], state: Family) -> Vec<ConditionLine> {
    let on_its_way = matches!(state, Family::Progress | Family::Neutral);
    let mut lines: Vec<ConditionLine> = object
        .conditions()
        .iter()
        .map(|condition| {
            let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
            let reason = text(condition, "/reason");
            let good = if inverted.contains(&kind) { "False" } else { "True" };
            let family = match status {
                _ if status == good => Family::Success,
                "False" if on_its_way && READINESS.contains(&kind) => state,
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
