//! A shell in its own window.

use super::{Place, target_of};
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use leptos::prelude::*;
use model::{AppError, links};

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let target = target_of(&request)?;
    let shell = services::objects::shell(&place.cx, &place.grant, &target).await?;
    let wanted = request.value("container").filter(|name| shell.containers.contains(name));
    let container = wanted.or_else(|| shell.containers.first().cloned()).unwrap_or_default();
    let title = target.name.clone();
    let (cx, head) = (place.cx.clone(), place.frame.head.clone());
    let chrome = place.chrome(title.clone(), Here::Kind(target.kind.clone()));
    let address = format!("{}/~terminal/socket", links::object(&target));
    Ok(render(
        &place.cx,
        move || {
            let mut chrome = chrome();
            chrome.bare = true;
            chrome.nav = ui::Nav::None;
            chrome
        },
        move || {
            view! {
                <ui::TerminalView
                    address=address.clone()
                    title=title.clone()
                    cluster=head.clone()
                    containers=shell.containers.clone()
                    container=container.clone()
                    labels=labels(&cx, ui::labels::TERMINAL)
                />
            }
            .into_any()
        },
    ))
}
