//! What kinds with a number of replicas share: the count, the state, and the sums over their Pods.

use super::pod_template;
use crate::cache::joined::Joined;
use crate::kinds::object::{Object, text};
use crate::kinds::{Column, Facts, RowContext, Sort, SortKey, columns};
use model::detail::DetailSection;
use model::table::{Align, Cell, Family, State};

/// `spec.replicas`; absent means 1, as the API has it.
#[must_use]
pub fn wanted(object: &Object) -> i64 {
    object.pointer("/spec/replicas").and_then(serde_json::Value::as_i64).unwrap_or(1)
}

/// Ready of wanted Pods (spec 30 §3: 运行/期望Pod数量).
pub const READY: Column = Column {
    id: "ready",
    cell: |object, _| {
        let (have, want) = (object.number("/status/readyReplicas"), wanted(object));
        Cell::Ratio { have, want, family: ratio_family(have, want) }
    },
    sort: Sort::Own(|object| ratio_key(object.number("/status/readyReplicas"), wanted(object))),
    align: Align::Right,
    width: 76,
    secondary: false,
};

/// Sum over the containers of the workload's Pods.
pub const RESTARTS: Column = Column {
    id: "restarts",
    cell: |object, context: &RowContext<'_>| {
        context.joined.by_owner(object.uid()).map_or(Cell::Empty, |sums| Cell::Count { n: sums.restarts, family: None })
    },
    sort: Sort::Joined(|joined: &Joined, uid, _| {
        SortKey::number(joined.by_owner(uid).map(|sums| sums.restarts as f64))
    }),
    align: Align::Right,
    width: 76,
    secondary: true,
};

#[must_use]
pub const fn ratio_family(have: i64, want: i64) -> Family {
    match (have, want) {
        (_, 0) => Family::Neutral,
        (0, _) => Family::Error,
        (have, want) if have < want => Family::Warning,
        _ => Family::Success,
    }
}

/// Sorts by what is missing first: the share that is ready, then the number wanted.
#[must_use]
pub fn ratio_key(have: i64, want: i64) -> SortKey {
    let share = if want == 0 { 1.0 } else { have as f64 / want as f64 };
    SortKey::Number(share * 1e6 + want.clamp(0, 999_999) as f64 / 1e6)
}

/// The first section of the detail page (spec 30 §6 "Detail").
#[must_use]
pub fn basic(object: &Object) -> DetailSection {
    DetailSection::new(
        "basic",
        vec![
            ("name", Cell::mono(object.name())),
            ("namespace", Cell::mono(object.namespace().unwrap_or_default())),
            ("description", Cell::text(object.text("/metadata/annotations/description"))),
            ("created", columns::time(object.created())),
            ("labels", columns::labels(object, "/metadata/labels")),
            ("selector", columns::labels(object, "/spec/selector/matchLabels")),
        ],
    )
}

/// The state of a workload with what fails among its Pods (`CrashLoopBackOff × 2`) behind it.
#[must_use]
pub fn state_cell(state: State, object: &Object, context: &RowContext<'_>) -> Cell {
    if state.family == Family::Success {
        return Cell::State(state);
    }
    let hint = [context.joined.failing(object.uid()), state.hint.clone()];
    let hint = hint.into_iter().flatten().collect::<Vec<_>>().join("\n");
    Cell::State(state.with_hint(Some(hint)))
}

/// What filters look at in a kind with a Pod template.
#[must_use]
pub fn facts(object: &Object) -> Facts {
    Facts { images: pod_template::images(object, pod_template::TEMPLATE), ..Facts::default() }
}

/// The first failure that the object itself reports, before any counting: `ReplicaFailure`.
#[must_use]
pub fn replica_failure(object: &Object) -> Option<State> {
    let failure = object.condition("ReplicaFailure").filter(|condition| text(condition, "/status") == "True")?;
    Some(State::new(Family::Error, "ReplicaFailure").with_hint(Some(text(failure, "/message").to_owned())))
}

/// The state when no rollout is under way.
#[must_use]
pub fn settled(have: i64, want: i64, exist: i64, hint: Option<String>) -> State {
    match () {
        () if want == 0 && exist == 0 => State::new(Family::Neutral, "Stopped"),
        () if exist != want => State::new(Family::Progress, "Scaling").with_hint(hint),
        () if have >= want => State::new(Family::Success, "Running"),
        () if have == 0 => State::new(Family::Error, "NotReady").with_hint(hint),
        () => State::new(Family::Warning, "PartlyReady").with_hint(hint),
    }
}
