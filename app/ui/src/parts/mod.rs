//! The small parts that pages are made of, drawn on the server.

mod data;
mod layout;
mod messages;

pub use data::{badge, diff, fields, image, labels_view, meter, middle, ratio, state_chip};
pub(crate) use data::{state_icon, verdict_icon, verdict_mark};
pub use layout::{
    Crumb, PageHead, Tab, cluster_style, crumbs, link_button, page_head, panel, panel_plain, skeleton, tabs,
};
pub use messages::{Empty, banner, cluster_banner, empty, error_page};
pub(crate) use messages::{banner_with_icon, stale_banner};
