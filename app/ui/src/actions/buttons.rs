//! Buttons of actions, drawn by the server; the page's [`super::Actions`] island carries them out.

use crate::{Labels, icon, icon_styled};
use model::dialog::DialogTarget;
use model::table::{Action, ActionKind, RowAction};
use view::prelude::*;

/// What the actions of a page head act on.
pub struct HeadTarget {
    pub target: DialogTarget,
    /// Address of the object's page; stands for `{object}` in addresses of actions.
    pub href: String,
    /// As in a row: with a reason the action is shown off, without one it does not apply.
    pub refused: Vec<RowAction>,
}

/// What is known about one action here.
fn offered<'a>(action: &'a Action, refused: &'a [RowAction]) -> Option<Option<&'a str>> {
    match refused.iter().find(|row| row.id == action.id) {
        Some(row) => row.refused.as_deref().map(Some),
        None => Some(action.refused.as_deref()),
    }
}

/// The actions of a page head: those marked `inline` as buttons, all others behind "more".
#[must_use]
pub fn head_actions(actions: &[Action], head: &HeadTarget, labels: &Labels) -> View {
    let offered: Vec<(&Action, Option<&str>)> =
        actions.iter().filter_map(|action| Some((action, offered(action, &head.refused)?))).collect();
    let (shown, rest): (Vec<_>, Vec<_>) = offered.into_iter().partition(|(action, _)| action.inline);
    let buttons = shown
        .into_iter()
        .map(|(action, reason)| button(action, &head.target, &head.href, "btn", reason))
        .collect_view();
    let menu = (!rest.is_empty()).then(|| {
        let items = rest.into_iter().map(|(action, reason)| menu_item(action, head, reason)).collect_view();
        view! {
            <details class="g-drop">
                <summary class="btn">
                    {labels.get("ui-more")} {icon("chevron-down", "g-i")}
                </summary>
                <div class="g-menu g-menu--right">{items}</div>
            </details>
        }
    });
    view! { {buttons} {menu} }
}

fn address(action: &Action, href: &str) -> Option<(String, bool)> {
    match &action.kind {
        ActionKind::Open { href: pattern, new_window } => Some((pattern.replace("{object}", href), *new_window)),
        ActionKind::Dialog => None,
    }
}

fn json(target: &DialogTarget) -> String {
    serde_json::to_string(target).unwrap_or_default()
}

/// One button for an action, anywhere on a page.
#[must_use]
pub fn action_button(action: &Action, target: &DialogTarget, href: &str, class: &str) -> View {
    button(action, target, href, class, action.refused.as_deref())
}

fn button(action: &Action, target: &DialogTarget, href: &str, class: &str, reason: Option<&str>) -> View {
    let symbol = (!action.icon.is_empty()).then(|| icon(&action.icon, "g-i16"));
    let label = action.label.clone();
    let class = class.to_owned();
    if let Some(reason) = reason {
        return view! {
            <button type="button" class=class aria-disabled="true" title=reason.to_owned()>
                {symbol}
                {label}
                <span class="sr-only">{reason.to_owned()}</span>
            </button>
        };
    }
    match address(action, href) {
        Some((address, window)) => view! {
            <a class=class href=address target=window.then_some("_blank")>
                {symbol}
                {label}
            </a>
        },
        None => view! {
            <button type="button" class=class data-action=action.id.clone() data-target=json(target)>
                {symbol}
                {label}
            </button>
        },
    }
}

fn menu_item(action: &Action, head: &HeadTarget, reason: Option<&str>) -> View {
    let line = action.danger.then(|| view! { <hr /> });
    let symbol = icon(&action.icon, "g-i");
    let label = action.label.clone();
    let class = if action.danger { "is-danger" } else { "" };
    let item = match (reason, address(action, &head.href)) {
        (Some(reason), _) => view! {
            <a role="link" aria-disabled="true" tabindex="0">
                {symbol}
                {label}
                {icon_styled("lock", "g-i", "margin-left:auto")}
                <em>{reason.to_owned()}</em>
            </a>
        },
        (None, Some((address, window))) => view! {
            <a class=class href=address target=window.then_some("_blank")>
                {symbol}
                {label}
            </a>
        },
        (None, None) => view! {
            <button type="button" class=class data-action=action.id.clone() data-target=json(&head.target)>
                {symbol}
                {label}
            </button>
        },
    };
    view! { {line} {item} }
}

/// A small button that copies a text.
#[must_use]
pub fn copy_button(text: &str, labels: &Labels) -> View {
    let label = labels.get("ui-copy");
    view! {
        <button type="button" class="g-ib" data-copy=text.to_owned() title=label.clone() aria-label=label>
            {icon("copy", "g-i16")}
        </button>
    }
}
