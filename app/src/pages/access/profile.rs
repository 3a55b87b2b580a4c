//! The own account: password, language and theme, sessions.

use crate::routes::PageRequest;
use crate::shell::{Chrome, Rendered, area_nav, labels, render};
use model::table::Query;
use model::{AppError, links};
use view::prelude::*;

pub async fn page(request: PageRequest) -> Result<Rendered, AppError> {
    let cx = request.cx.clone();
    let grant = cx.grant::<authz::right::OwnAccount>(authz::ConsoleScope)?;
    let sessions = services::tables::sessions(&cx, &grant, &Query::from_url(&request.query)).await?;
    let me = cx.me().ok_or_else(|| AppError::new(model::ErrorKind::Unauthenticated, cx.t("error-unauthenticated")))?;
    let title = cx.t("nav-profile");
    let done = request.value("done").filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    let context = cx.clone();
    Ok(render(
        &cx,
        {
            let (cx, title) = (cx.clone(), title.clone());
            move || Chrome::new(title.clone(), "access", area_nav(&cx, "access", links::PROFILE))
        },
        move || {
            let cx = &context;
            let words = labels(cx, ui::labels::COMMON);
            let role = if me.main {
                cx.t("accounts-main")
            } else {
                cx.t(&format!("role-{}", me.role.name().replace('_', "-")))
            };
            let head = ui::PageHead {
                title: title.clone(),
                mono: false,
                icon: "",
                state: None,
                note: None,
                live: false,
                actions: ui::link_button(&cx.t("profile-change-password"), "/profile/password", "key-round", ""),
            };
            let facts = vec![
                (cx.t("accounts-name"), view! { <span class="g-mono">{me.name.clone()}</span> }),
                (cx.t("accounts-role"), role.into_content()),
            ];
            let end_others = view! {
                <form method="post" action="/profile/sessions/end-others">
                    <button class="btn btn-sm" type="submit">{cx.t("profile-end-others")}</button>
                </form>
            };
            let message = done.as_ref().and_then(|key| i18n::find(cx.locale(), &format!("done-{key}")));
            view! {
                {ui::page_head(head, &words)}
                {message.map(|text| ui::banner(model::table::Family::Success, &text, "", View::default()))}
                <div class="g-stackpanels">
                    {ui::panel(&cx.t("profile-account"), "", View::default(), ui::fields(facts))}
                    {ui::panel(
                        &cx.t("profile-sessions"),
                        "",
                        end_others.into_content(),
                        view! { <ui::DataTable view=sessions.clone() labels=labels(cx, ui::labels::TABLE) name=cx.t("profile-sessions") /> },
                    )}
                </div>
            }
        },
    ))
}
