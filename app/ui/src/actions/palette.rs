//! The palette (Ctrl-K): go anywhere by a few letters.

use super::Desk;
use super::dialog::{close, show};
use crate::frame::PaletteEntry;
use crate::{Labels, browser, icon, icon_colored};
use std::sync::Arc;
use view::prelude::*;
use web_sys::KeyboardEvent;

const ID: &str = "palette-dialog";
const SHOWN: usize = 12;

/// Entries whose label or hint holds all words.
fn matching(entries: &[PaletteEntry], typed: &str) -> Vec<PaletteEntry> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    entries
        .iter()
        .filter(|entry| {
            let text = format!("{} {}", entry.label, entry.hint).to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .take(SHOWN)
        .cloned()
        .collect()
}

pub(super) fn view(desk: Desk, labels: &Labels, entries: Vec<PaletteEntry>) -> View {
    let entries = Arc::new(entries);
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    watch(move || {
        if desk.palette.get() {
            typed.set(String::new());
            at.set(0);
            show(ID);
        }
    });
    let found = Memo::new(move |_| matching(&entries, &typed.get()));
    let key = move |event: KeyboardEvent| {
        let last = found.with_untracked(|found| found.len().saturating_sub(1));
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => at.update(|at| *at = if *at == 0 { last } else { *at - 1 }),
            "Enter" => {
                let entry = found.with_untracked(|found| found.get(at.get_untracked()).cloned());
                if let Some(entry) = entry {
                    if event.ctrl_key() || event.meta_key() {
                        browser::open_window(&entry.href);
                    } else {
                        browser::go(&entry.href);
                    }
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let nothing = labels.get("ui-palette-nothing");
    let list = move || {
        let found = found.get();
        if found.is_empty() {
            return view! { <div class="px-3 py-3 text-ink-3">{nothing.clone()}</div> };
        }
        found
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                view! {
                    <a
                        href=entry.href
                        id=format!("palette-{index}")
                        role="option"
                        tabindex="-1"
                        class="g-choice-line"
                        aria-selected=move || if at.get() == index { "true" } else { "false" }
                    >
                        {icon_colored(&entry.icon, "g-i16", "ink-3")}
                        <span class="g-clip">{entry.label}</span>
                        <span class="ml-auto text-xs text-ink-3 whitespace-nowrap">{entry.hint}</span>
                    </a>
                }
            })
            .collect_view()
    };
    let texts = labels.clone();
    let content = move || {
        if !desk.palette.get() {
            return View::default();
        }
        view! {
            <div class="g-dialog g-dialog--wide">
                <div class="flex items-center gap-2.5 h-12 px-3 border-b border-line">
                    {icon("search", "g-i16")}
                    <input
                        class="g-bare flex-1 text-base"
                        autofocus
                        autocomplete="off"
                        spellcheck="false"
                        role="combobox"
                        aria-expanded="true"
                        aria-controls="palette-list"
                        aria-activedescendant=move || format!("palette-{}", at.get())
                        aria-label=texts.get("ui-search")
                        placeholder=texts.get("ui-palette-hint")
                        on:input=move |event| {
                            at.set(0);
                            typed.set(browser::value_of(&event));
                        }
                        on:keydown=key
                    />
                    <kbd class="kbd">"Esc"</kbd>
                </div>
                <div class="py-1" id="palette-list" role="listbox" aria-label=texts.get("ui-search")>
                    {list.clone()}
                </div>
            </div>
        }
    };
    view! {
        <dialog
            id=ID
            class="g-modal g-modal--top"
            aria-label=labels.get("ui-search")
            on:close=move |_| desk.palette.set(false)
            on:click=move |event| {
                if browser::closest(&event, ".g-dialog").is_none() {
                    close(ID);
                }
            }
        >
            {content}
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_be_there() {
        let entry = |label: &str, hint: &str| PaletteEntry {
            label: label.into(),
            hint: hint.into(),
            href: String::new(),
            icon: String::new(),
        };
        let entries = [entry("Pods", "prod-a"), entry("Pods", "test"), entry("Nodes", "prod-a")];
        assert_eq!(matching(&entries, "prod pod").len(), 1);
        assert_eq!(matching(&entries, "").len(), 3);
        assert!(matching(&entries, "xyz").is_empty());
    }
}
