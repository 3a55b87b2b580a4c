//! The form of a kind: new, or on an existing object.

use super::{Place, kind_of, object_crumbs, target_of};
use crate::routes::PageRequest;
use crate::shell::{Here, Rendered, labels, render};
use model::form::FormView;
use model::object::KindKey;
use model::{AppError, links};
use view::prelude::*;

pub async fn create(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let kind = kind_of(&request)?;
    let namespace = request.value("ns");
    let form = services::change::drafts::create(&place.cx, &place.grant, &kind, namespace).await?;
    let title = place.cx.t("workloads-new");
    let label = services::objects::kind_label(&place.cx, &kind);
    let crumbs = vec![
        ui::Crumb { label, href: Some(links::list(place.grant.cluster(), &kind)), mono: false },
        ui::Crumb { label: place.cx.t("common-create"), href: None, mono: false },
    ];
    Ok(form_page(&place, kind, title, crumbs, form))
}

pub async fn edit(request: PageRequest) -> Result<Rendered, AppError> {
    let place = Place::of(&request).await?;
    let target = target_of(&request)?;
    let form = services::change::drafts::edit(&place.cx, &place.grant, &target).await?;
    let label = services::objects::kind_label(&place.cx, &target.kind);
    let tail = place.cx.t("workloads-edit");
    let crumbs = object_crumbs(&label, &target, Some(tail));
    let title = target.name.clone();
    Ok(form_page(&place, target.kind, title, crumbs, form))
}

fn form_page(place: &Place, kind: KindKey, title: String, crumbs: Vec<ui::Crumb>, form: FormView) -> Rendered {
    let (cx, head) = (place.cx.clone(), place.frame.head.clone());
    render(&place.cx, place.chrome(title.clone(), Here::Kind(kind)), move || {
        view! {
            {ui::crumbs(Some(&head), &crumbs)}
            <ui::FormPage view=form.clone() labels=labels(&cx, ui::labels::FORM) title=title.clone() />
        }
    })
}
