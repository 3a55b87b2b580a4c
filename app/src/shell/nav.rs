//! Navigation: the areas in the top bar, the tree of a cluster, the entries of the access area.

use model::clusters::ClusterHead;
use model::object::KindKey;
use model::permission::{Permission, Scope};
use model::{ClusterId, links};
use services::RequestCx;
use services::objects::NavKind;
use ui::{Nav, NavEntry, NavLink, PaletteEntry};

/// Which entry of a cluster's tree is current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Here {
    Overview,
    Kind(KindKey),
}

pub fn areas(cx: &RequestCx, current: &str) -> Vec<NavLink> {
    if cx.actor().is_err() {
        return Vec::new();
    }
    let mut out = vec![link(cx.t("area-clusters"), clusters_address(cx), "", current == "clusters")];
    if cx.can(Permission::AccountsManage, &Scope::Console) {
        out.push(link(cx.t("area-access"), links::ACCOUNTS, "", current == "access"));
    }
    out
}

/// The list, or the first page, which tells an account without rights why it sees none.
fn clusters_address(cx: &RequestCx) -> &'static str {
    if cx.can(Permission::ClustersList, &Scope::Console) { links::CLUSTERS } else { "/" }
}

fn link(label: String, href: &str, icon: &'static str, current: bool) -> NavLink {
    NavLink { label, href: href.to_owned(), icon, count: None, current, jump: "" }
}

/// The navigation of pages outside a cluster.
#[must_use]
pub fn area_nav(cx: &RequestCx, area: &str, current: &str) -> Nav {
    let mut entries = Vec::new();
    if area == "clusters" {
        entries.push(NavEntry::Link(link(
            cx.t("nav-clusters"),
            clusters_address(cx),
            "server",
            current == links::CLUSTERS,
        )));
    } else {
        if cx.can(Permission::AccountsManage, &Scope::Console) {
            entries.push(NavEntry::Link(link(
                cx.t("nav-accounts"),
                links::ACCOUNTS,
                "users",
                current == links::ACCOUNTS,
            )));
        }
        entries.push(NavEntry::Link(link(
            cx.t("nav-profile"),
            links::PROFILE,
            "circle-user-round",
            current == links::PROFILE,
        )));
    }
    Nav::Area { label: cx.t("nav-area"), entries }
}

/// The tree of a cluster. Kinds and their groups come from the kinds engine; a kind that is added stands here by itself.
#[must_use]
pub fn cluster_nav(
    cx: &RequestCx,
    head: &ClusterHead,
    others: &[(ClusterId, String, String)],
    kinds: &[NavKind],
    here: &Here,
) -> Nav {
    let mut entries =
        vec![NavEntry::Link(link(cx.t("nav-overview"), &links::cluster(&head.id), "info", *here == Here::Overview))];
    for group in groups(kinds) {
        let area = group[0].area;
        let links_of: Vec<NavLink> = group
            .iter()
            .map(|kind| NavLink {
                label: kind.label.clone(),
                href: links::list(&head.id, &kind.key),
                icon: if group.len() == 1 { icon_of(area) } else { "" },
                count: kind.count,
                current: *here == Here::Kind(kind.key.clone()),
                jump: jump_of(kinds, kind),
            })
            .collect();
        if links_of.len() == 1 {
            entries.extend(links_of.into_iter().map(NavEntry::Link));
        } else {
            let label = cx.t(&format!("area-{area}"));
            entries.push(NavEntry::Group { label, icon: icon_of(area), open: true, links: links_of });
        }
    }
    let others = others.iter().map(|(id, name, color)| (name.clone(), links::cluster(id), color.clone())).collect();
    Nav::Cluster { head: Box::new(head.clone()), others, entries }
}

/// The first letter of a kind, unless an earlier kind has it.
fn jump_of(kinds: &[NavKind], kind: &NavKind) -> &'static str {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
    let initial = |kind: &NavKind| kind.key.plural.bytes().next().unwrap_or_default();
    let first = kinds.iter().find(|other| initial(other) == initial(kind)).is_some_and(|other| other.key == kind.key);
    let at = usize::from(initial(kind).wrapping_sub(b'a'));
    LETTERS.get(at..=at).filter(|_| first).unwrap_or_default()
}

fn groups(kinds: &[NavKind]) -> Vec<Vec<&NavKind>> {
    let mut out: Vec<Vec<&NavKind>> = Vec::new();
    for kind in kinds {
        match out.iter_mut().find(|group| group[0].area == kind.area) {
            Some(group) => group.push(kind),
            None => out.push(vec![kind]),
        }
    }
    out
}

fn icon_of(area: &str) -> &'static str {
    match area {
        "nodes" => "server",
        "namespaces" => "box-select",
        "workloads" => "layers",
        "events" => "activity",
        _ => "box",
    }
}

/// What Ctrl-K offers on a page of a cluster.
#[must_use]
pub fn cluster_palette(
    cx: &RequestCx,
    head: &ClusterHead,
    others: &[(ClusterId, String, String)],
    kinds: &[NavKind],
) -> Vec<PaletteEntry> {
    let mut out: Vec<PaletteEntry> = kinds
        .iter()
        .map(|kind| PaletteEntry {
            label: kind.label.clone(),
            hint: head.name.clone(),
            href: links::list(&head.id, &kind.key),
            icon: icon_of(kind.area).to_owned(),
        })
        .collect();
    out.extend(others.iter().map(|(id, name, _)| PaletteEntry {
        label: name.clone(),
        hint: id.to_string(),
        href: links::cluster(id),
        icon: "server".to_owned(),
    }));
    out.push(PaletteEntry {
        label: cx.t("nav-clusters"),
        hint: String::new(),
        href: links::CLUSTERS.to_owned(),
        icon: "server".to_owned(),
    });
    out
}
