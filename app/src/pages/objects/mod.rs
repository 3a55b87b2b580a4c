//! Pages of any kind of object, drawn by the engines: list, detail, form, terminal.

pub mod detail;
pub mod form;
pub mod list;
pub mod terminal;

use crate::routes::PageRequest;
use crate::shell::{Chrome, Here, cluster_nav, cluster_palette};
use authz::Grant;
use authz::right::ClusterRead;
use model::object::{KindKey, ObjectRef};
use model::{AppError, links};
use services::RequestCx;
use services::clusters::Frame;

/// The part of every page inside a cluster: the grant, the frame data, the kind.
pub(crate) struct Place {
    pub cx: RequestCx,
    pub grant: Grant<ClusterRead>,
    pub frame: Frame,
}

impl Place {
    pub async fn of(request: &PageRequest) -> Result<Self, AppError> {
        let cx = request.cx.clone();
        let grant = cx.grant::<ClusterRead>(request.cluster()?)?;
        let frame = services::clusters::frame(&cx, &grant).await?;
        Ok(Self { cx, grant, frame })
    }

    /// What the frame of a page shows.
    pub fn chrome(&self, title: String, here: Here) -> impl Fn() -> Chrome + Send + Sync + 'static {
        let (cx, frame) = (self.cx.clone(), self.frame.clone());
        move || {
            let nav = cluster_nav(&cx, &frame.head, &frame.others, &frame.kinds, &here);
            let mut chrome = Chrome::new(format!("{title} · {}", frame.head.name), "clusters", nav);
            chrome.palette = cluster_palette(&cx, &frame.head, &frame.others, &frame.kinds);
            chrome
        }
    }
}

pub(crate) fn kind_of(request: &PageRequest) -> Result<KindKey, AppError> {
    KindKey::parse(request.param("kind")).map_err(|_| AppError::not_found(request.cx.t("error-not-found")))
}

pub(crate) fn target_of(request: &PageRequest) -> Result<ObjectRef, AppError> {
    let namespace = request.param("namespace");
    Ok(ObjectRef {
        cluster: request.cluster()?,
        kind: kind_of(request)?,
        namespace: (namespace != "-").then(|| namespace.to_owned()),
        name: request.param("name").to_owned(),
        uid: None,
    })
}

/// Crumbs of an object's pages: the kind's list, then the object.
pub(crate) fn object_crumbs(label: &str, target: &ObjectRef, tail: Option<String>) -> Vec<ui::Crumb> {
    let mut out = vec![ui::Crumb {
        label: label.to_owned(),
        href: Some(links::list(&target.cluster, &target.kind)),
        mono: false,
    }];
    let last = tail.is_none();
    out.push(ui::Crumb { label: target.name.clone(), href: (!last).then(|| links::object(target)), mono: true });
    out.extend(tail.map(|label| ui::Crumb { label, href: None, mono: false }));
    out
}
