//! Texts to read, copy or download: credentials, commands.

use super::toast;
use crate::{Labels, browser, icon};
use model::dialog::Snippet;
use view::prelude::*;

pub(super) fn draw(snippets: &[Snippet], labels: &Labels) -> View {
    snippets.iter().map(|snippet| one(snippet, labels)).collect_view()
}

fn one(snippet: &Snippet, labels: &Labels) -> View {
    let shown = RwSignal::new(!snippet.secret);
    let text = snippet.text.clone();
    let lines = text.lines().count().clamp(1, 12);
    let body = move || {
        // A masked text has no length that could be read off.
        if shown.get() {
            text.clone()
        } else {
            vec!["••••••••••••••••"; lines.min(3)].join("\n")
        }
    };
    let (copy_text, save_text) = (snippet.text.clone(), snippet.text.clone());
    let copied = labels.get("ui-copied");
    let copy = move |_| {
        browser::copy(&copy_text);
        toast(&copied);
    };
    let reveal = snippet.secret.then(|| {
        let (show, hide) = (labels.get("ui-show"), labels.get("ui-hide"));
        view! {
            <button
                type="button"
                class="btn btn-sm"
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {move || if shown.get() { hide.clone() } else { show.clone() }}
            </button>
        }
    });
    let save = snippet.file.clone().map(|file| {
        view! {
            <button type="button" class="btn btn-sm" on:click=move |_| browser::download(&file, &save_text)>
                {icon("download", "g-i")}
                {labels.get("ui-download")}
            </button>
        }
    });
    view! {
        <div class="mt-3">
            <div class="flex items-center gap-2 mb-1">
                <span class="text-ink-2">{snippet.label.clone()}</span>
                <span class="ml-auto flex gap-1.5">
                    {reveal}
                    <button type="button" class="btn btn-sm" on:click=copy>
                        {icon("copy", "g-i")}
                        {labels.get("ui-copy")}
                    </button>
                    {save}
                </span>
            </div>
            <pre class="g-code g-snippet" tabindex="0">{body}</pre>
            <div class="g-hint">{snippet.hint.clone()}</div>
        </div>
    }
}
