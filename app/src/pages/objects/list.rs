//! The list of a kind in a cluster.

use super::{Place, kind_of};
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use model::table::Query;
use model::{AppError, links};
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let kind = kind_of(&request)?;
    let base = links::list(place.grant.cluster(), &kind);
    let table =
        services::objects::table_view(&place.cx, &place.grant, &kind, Query::from_url(&request.query), base).await?;
    let title = table.options.noun.clone();
    let (cx, head) = (place.cx.clone(), place.frame.head.clone());
    let chrome = place.chrome(title.clone(), Here::Kind(kind));
    Ok(render(
        &place.cx,
        move || chrome().compact(),
        move || {
            let words = labels(&cx, ui::labels::COMMON);
            let create = match (&table.options.create, &table.options.create_refused) {
                (Some(_), Some(reason)) => {
                    crate::shell::refused_button(cx.t("common-create"), reason, "plus", "btn-primary")
                }
                (Some(href), None) => ui::link_button(&cx.t("common-create"), href, "plus", "btn-primary"),
                (None, _) => View::default(),
            };
            let page_head = ui::PageHead {
                title: title.clone(),
                mono: false,
                icon: "",
                state: None,
                note: None,
                live: true,
                actions: create,
            };
            view! {
                {ui::crumbs(Some(&head), &[ui::Crumb { label: title.clone(), href: None, mono: false }])}
                {ui::page_head(page_head, &words)}
                <ui::DataTable view=table.clone() labels=labels(&cx, ui::labels::TABLE) name=title.clone() />
            }
        },
    ))
}
