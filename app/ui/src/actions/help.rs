//! The keyboard help (`?`).

use super::Desk;
use super::dialog::{close, show};
use crate::{Labels, icon};
use view::prelude::*;

const ID: &str = "help-dialog";

/// Heading and pairs of keys (separated by blanks) and text.
const GROUPS: [(&str, &[(&str, &str)]); 3] = [
    (
        "ui-keys-list",
        &[
            ("/", "ui-keys-filter"),
            ("j k", "ui-keys-move"),
            ("x", "ui-keys-select"),
            ("Enter", "ui-keys-open"),
            ("Esc", "ui-keys-clear"),
            ("Del", "ui-keys-delete"),
        ],
    ),
    (
        "ui-keys-object",
        &[
            ("l", "ui-keys-logs"),
            ("s", "ui-keys-shell"),
            ("y", "ui-keys-yaml"),
            ("e", "ui-keys-edit"),
            ("[ ]", "ui-keys-history"),
        ],
    ),
    (
        "ui-keys-global",
        &[
            ("Ctrl K", "ui-keys-palette"),
            ("g d", "ui-keys-deployments"),
            ("g p", "ui-keys-pods"),
            ("g n", "ui-keys-nodes"),
            ("g c", "ui-keys-clusters"),
            ("?", "ui-keys-help"),
        ],
    ),
];

pub(super) fn view(desk: Desk, labels: &Labels) -> View {
    watch(move || {
        if desk.help.get() {
            show(ID);
        }
    });
    let texts = labels.clone();
    let content = move || if desk.help.get() { draw(&texts) } else { View::default() };
    view! {
        <dialog id=ID class="g-modal" aria-labelledby="help-title" on:close=move |_| desk.help.set(false)>
            {content}
        </dialog>
    }
}

fn draw(labels: &Labels) -> View {
    let groups = GROUPS
        .map(|(heading, lines)| {
            let lines = lines
                .iter()
                .map(|(keys, text)| {
                    let keys = keys.split(' ').map(|key| view! { <kbd class="kbd">{key}</kbd> }).collect_view();
                    view! {
                        <div class="flex items-center min-h-7 gap-2">
                            <span>{labels.get(text)}</span>
                            <span class="ml-auto flex gap-1">{keys}</span>
                        </div>
                    }
                })
                .collect_view();
            view! {
                <div>
                    <div class="text-xs text-ink-3 py-1">{labels.get(heading)}</div>
                    {lines}
                </div>
            }
        })
        .collect_view();
    let label = labels.get("ui-close");
    view! {
        <div class="g-dialog g-dialog--wide">
            <div class="g-dialog__h">
                <h2 id="help-title">{labels.get("ui-keys-title")}</h2>
                <button
                    type="button"
                    class="g-ib ml-auto"
                    autofocus
                    title=label.clone()
                    aria-label=label
                    on:click=|_| close(ID)
                >
                    {icon("x", "g-i16")}
                </button>
            </div>
            <div class="g-dialog__b grid gap-x-8 md:grid-cols-3">{groups}</div>
        </div>
    }
}
