//! Sub-accounts (P-29); the form of a new one is with the other plain forms in `sign_in`.

use crate::routes::PageRequest;
use crate::shell::{Chrome, Rendered, area_nav, labels, render};
use model::table::Query;
use model::{AppError, links};
use services::RequestCx;
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let cx = request.cx;
    let grant = cx.grant::<authz::right::AccountsManage>(authz::ConsoleScope)?;
    let table = services::tables::accounts(&cx, &grant, &Query::from_url(&request.query)).await?;
    let title = cx.t("nav-accounts");
    let context = cx.clone();
    Ok(render(&cx, chrome(&cx, title.clone()), move || {
        let words = labels(&context, ui::labels::COMMON);
        let create = ui::link_button(&context.t("accounts-new"), links::ACCOUNT_NEW, "plus", "btn-primary");
        let head = ui::PageHead {
            title: title.clone(),
            mono: false,
            icon: "",
            state: None,
            note: None,
            live: false,
            actions: create,
        };
        view! {
            {ui::page_head(head, &words)}
            <ui::DataTable view=table.clone() labels=labels(&context, ui::labels::TABLE) name=title.clone() />
        }
    }))
}

fn chrome(cx: &RequestCx, title: String) -> impl Fn() -> Chrome + Send + Sync + 'static {
    let cx = cx.clone();
    move || Chrome::new(title.clone(), "access", area_nav(&cx, "access", links::ACCOUNTS))
}
