//! Import a cluster by its kubeconfig or by the console's own service account (C-46).

use crate::routes::PageRequest;
use crate::shell::{Chrome, Rendered, area_nav, labels, render};
use model::{AppError, links};
use services::clusters;
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let cx = request.cx;
    let grant = cx.grant::<authz::right::ClusterImport>(authz::ConsoleScope)?;
    let form = clusters::import::form(&cx, &grant).await?;
    let title = cx.t("clusters-import");
    let context = cx.clone();
    Ok(render(
        &cx,
        {
            let (cx, title) = (cx.clone(), title.clone());
            move || Chrome::new(title.clone(), "clusters", area_nav(&cx, "clusters", links::CLUSTERS))
        },
        move || {
            let crumbs = [
                ui::Crumb { label: context.t("clusters-title"), href: Some(links::CLUSTERS.to_owned()), mono: false },
                ui::Crumb { label: context.t("clusters-import"), href: None, mono: false },
            ];
            view! {
                {ui::crumbs(None, &crumbs)}
                <ui::FormPage view=form.clone() labels=labels(&context, ui::labels::FORM) title=title.clone() />
            }
        },
    ))
}
