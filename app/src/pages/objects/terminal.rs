//! A shell in its own window.

use super::{Place, target_of};
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use model::{AppError, links};
use view::prelude::*;

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
            let (name, badge, place) = (head.name.clone(), head.badge.clone(), place_of(&target));
            let (production, address, title) = (head.production, address.clone(), title.clone());
            let (containers, container) = (shell.containers.clone(), container.clone());
            view! {
                <ui::TerminalView
                    address=address
                    title=title
                    containers=containers
                    container=container
                    labels=labels(&cx, ui::labels::TERMINAL)
                    cluster=name
                    badge=badge
                    production=production
                    place=place
                />
            }
        },
    ))
}

/// `namespace/pod`, as kubectl users write it.
fn place_of(target: &model::object::ObjectRef) -> String {
    match &target.namespace {
        Some(namespace) => format!("{namespace}/{}", target.name),
        None => target.name.clone(),
    }
}
