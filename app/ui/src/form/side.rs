//! The right side of a form page: what is on the page, and what the field with the focus means.

use super::state::FormState;
use crate::{icon, icon_colored};
use view::prelude::*;

/// Number of shown problems per section.
fn counts(state: &FormState) -> Vec<usize> {
    let mut out = vec![0; state.form.sections.len()];
    state.problems.with(|problems| {
        for problem in problems {
            if let Some((at, _)) = state.describe(&problem.path) {
                out[at] += 1;
            }
        }
    });
    out
}

pub(super) fn side(state: &FormState) -> View {
    let outline = {
        let state = state.clone();
        move || {
            let counts = counts(&state);
            state
                .form
                .sections
                .iter()
                .zip(counts)
                .map(|(section, n)| {
                    let (symbol, class) = match n {
                        0 => (icon_colored("check", "g-i", "ok"), "g-outline text-ink-2"),
                        _ => (icon_colored("circle-x", "g-i", "err"), "g-outline font-semibold"),
                    };
                    let errors = (n > 0).then(|| {
                        let text = state.labels.fill("ui-form-errors", &[("n", &n.to_string())]);
                        view! { <span class="ml-auto text-err text-xs">{text}</span> }
                    });
                    view! {
                        <a href=format!("#section-{}", section.id) class=class>
                            {symbol}
                            {section.title.clone()}
                            {errors}
                        </a>
                    }
                })
                .collect_view()
        }
    };
    let focus = state.focus;
    let documentation = move || {
        focus.get().map(|focused| {
            view! {
                <section class="g-panel mt-2.5">
                    <div class="g-panel__h">
                        <h2>{focused.label}</h2>
                        <span class="g-mono g-tiny text-ink-3 g-clip">{focused.path}</span>
                    </div>
                    <div class="g-panel__b text-ink-2">{focused.doc}</div>
                </section>
            }
        })
    };
    view! {
        <aside class="g-only-l g-aside">
            <section class="g-panel">
                <div class="g-panel__h">
                    <h2>{state.labels.get("ui-form-outline")}</h2>
                </div>
                <nav class="p-1.5" aria-label=state.labels.get("ui-form-outline")>
                    {outline}
                </nav>
            </section>
            {documentation}
        </aside>
    }
}

/// The line at the left of the bottom bar: how many problems there are, each a link to its field.
pub(super) fn summary(state: &FormState) -> View {
    let state = state.clone();
    (move || {
        let problems = state.problems.get();
        if problems.is_empty() {
            return View::default();
        }
        let n = problems.len().to_string();
        let links = problems
            .into_iter()
            .take(3)
            .map(|problem| {
                let words = state.describe(&problem.path).map_or_else(|| problem.path.clone(), |(_, words)| words);
                let path = problem.path;
                view! {
                    <button
                        type="button"
                        class="underline underline-offset-2 mr-2 cursor-pointer"
                        on:click=move |_| super::state::lead_to(&path)
                    >
                        {words}
                    </button>
                }
            })
            .collect_view();
        view! {
            <span class="g-state" data-s="err" role="status">
                {icon("circle-x", "g-i")}
                <span class="g-clip">{state.labels.fill("ui-form-to-correct", &[("n", &n)])} " " {links}</span>
            </span>
        }
    })
    .into_content()
}
