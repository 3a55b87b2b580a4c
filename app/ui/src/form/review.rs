//! The review: what a draft would do, object by object, before it is done.

use crate::parts::{banner_with_icon, verdict_icon, verdict_mark};
use crate::{Labels, diff, icon, icon_colored};
use model::change::{Review, ReviewItem, Verdict};
use model::table::Family;
use view::prelude::*;

pub(crate) const fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Created => "ui-verdict-created",
        Verdict::Changed => "ui-verdict-changed",
        Verdict::Unchanged => "ui-verdict-unchanged",
        Verdict::Deleted => "ui-verdict-deleted",
        Verdict::Refused => "ui-verdict-refused",
    }
}

const VERDICTS: [Verdict; 5] =
    [Verdict::Created, Verdict::Changed, Verdict::Deleted, Verdict::Unchanged, Verdict::Refused];

/// How many objects get which verdict.
pub(super) fn marks(review: &Review, labels: &Labels) -> View {
    VERDICTS
        .into_iter()
        .filter_map(|verdict| {
            let n = review.items.iter().filter(|item| item.verdict == verdict).count();
            (n > 0).then(|| verdict_mark(verdict, labels.get(verdict_key(verdict)), n))
        })
        .collect_view()
}

/// Refusals, list of objects, and the difference of the chosen one.
pub(super) fn review(review: &Review, labels: &Labels) -> View {
    let shown = RwSignal::new(0_usize);
    let refusals = review
        .items
        .iter()
        .filter_map(|item| {
            let refusal = item.refusal.as_ref()?;
            let title = labels.fill("ui-review-refused", &[("name", &item.title)]);
            let text = match &refusal.detail {
                Some(detail) => format!("{} {detail}", refusal.message),
                None => refusal.message.clone(),
            };
            Some(banner_with_icon(Family::Error, "ban", &title, &text, View::default()))
        })
        .collect_view();
    let entries = review.items.iter().enumerate().map(|(at, item)| entry(at, item, shown, labels)).collect_view();
    let warnings: Vec<(String, String)> = review
        .items
        .iter()
        .flat_map(|item| item.warnings.iter().map(|warning| (item.title.clone(), warning.clone())))
        .collect();
    let details = review.items.iter().enumerate().map(|(at, item)| detail(at, item, shown, labels)).collect_view();
    view! {
        <div class="grid gap-2.5" data-review>
            {refusals}
            <div class="grid gap-2.5 lg:grid-cols-[288px_minmax(0,1fr)] items-start">
                <div class="grid gap-2.5 min-w-0">
                    <section class="g-panel overflow-hidden">
                        <div class="g-panel__h">
                            <h2>{labels.get("ui-review-objects")}</h2>
                            <span class="text-xs text-ink-3">{review.items.len().to_string()}</span>
                        </div>
                        {entries}
                    </section>
                    {(!warnings.is_empty()).then(|| warning_panel(&warnings, labels))}
                </div>
                <div class="grid gap-2.5 min-w-0">{details}</div>
            </div>
        </div>
    }
}

fn tally(item: &ReviewItem) -> String {
    let count = |sign: char| item.diff.iter().filter(|line| line.sign == sign).count();
    let (added, removed, foreign) = (count('+'), count('-'), count('~'));
    match (added, removed, foreign) {
        (0, 0, 0) => String::new(),
        (_, _, 0) => format!("+{added} −{removed}"),
        _ => format!("+{added} −{removed} ~{foreign}"),
    }
}

fn entry(at: usize, item: &ReviewItem, shown: RwSignal<usize>, labels: &Labels) -> View {
    let (name, color) = verdict_icon(item.verdict);
    let class = if item.verdict == Verdict::Refused { "text-err font-medium" } else { "font-medium" };
    view! {
        <button
            type="button"
            class="g-entry"
            aria-current=move || (shown.get() == at).then_some("true")
            on:click=move |_| shown.set(at)
        >
            {icon_colored(name, "g-i", color)}
            <span class="min-w-0">
                <span class="flex items-baseline gap-2">
                    <span class=class>{labels.get(verdict_key(item.verdict))}</span>
                    <span class="text-ink-3 text-xs g-clip">{item.target.kind.to_string()}</span>
                    <span class="ml-auto text-ink-3 g-mono g-tiny whitespace-nowrap">{tally(item)}</span>
                </span>
                <span class="g-mono g-clip block">{item.target.name.clone()}</span>
            </span>
        </button>
    }
}

fn warning_panel(warnings: &[(String, String)], labels: &Labels) -> View {
    let lines = warnings
        .iter()
        .map(|(title, text)| {
            view! {
                <div class="g-warning">
                    {icon_colored("triangle-alert", "g-i", "warn")}
                    <div class="min-w-0">
                        <b class="font-medium">{title.clone()}</b>
                        <div class="g-mono g-tiny text-ink-2 wrap-anywhere">{text.clone()}</div>
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="g-panel">
            <div class="g-panel__h">
                <h2>{labels.get("ui-review-warnings")}</h2>
                <span class="text-xs text-ink-3">{warnings.len().to_string()}</span>
            </div>
            {lines}
        </section>
    }
}

fn detail(at: usize, item: &ReviewItem, shown: RwSignal<usize>, labels: &Labels) -> View {
    let (name, color) = verdict_icon(item.verdict);
    let foreign = item.diff.iter().filter(|line| line.sign == '~').count();
    let foreign = (foreign > 0).then(|| {
        view! {
            <span class="g-state text-xs ml-auto" data-s="warn">
                {icon("webhook", "g-i")}
                {labels.fill("ui-review-foreign", &[("n", &foreign.to_string())])}
            </span>
        }
    });
    let body = match (item.diff.is_empty(), item.verdict) {
        (false, _) => diff(&item.diff, labels),
        (true, Verdict::Unchanged) => {
            view! { <div class="g-panel__b text-ink-3">{labels.get("ui-review-no-change")}</div> }
        }
        (true, _) => View::default(),
    };
    let effects = (!item.effects.is_empty()).then(|| {
        let lines = item.effects.iter().map(|effect| view! { <li>{effect.clone()}</li> }).collect_view();
        view! {
            <section class="g-panel mt-2.5">
                <div class="g-panel__h">
                    <h2>{labels.get("ui-review-effects")}</h2>
                </div>
                <ul class="g-panel__b text-ink-2 grid gap-1">{lines}</ul>
            </section>
        }
    });
    view! {
        <div hidden=move || shown.get() != at>
            <section class="g-panel overflow-hidden">
                <div class="g-panel__h">
                    {icon_colored(name, "g-i", color)} {labels.get(verdict_key(item.verdict))}
                    <h2 class="g-mono g-clip">{item.title.clone()}</h2>
                    {foreign}
                </div>
                {body}
            </section>
            {effects}
        </div>
    }
}
