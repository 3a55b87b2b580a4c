//! The cells engine: a table is columns, rows of typed cells, and a query that lives in the URL.
//! One function in `ui` draws a cell, on the server and in the browser, so the first page and a live patch cannot differ.

pub mod selector;

use crate::links::{decode, encode};
use crate::object::{KindKey, ObjectRef};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The five state families of ux.md §10. A colour never stands without its icon and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    // The order is the default sort: trouble first.
    Error,
    Warning,
    Progress,
    Success,
    Neutral,
}

impl Family {
    pub const ALL: [Self; 5] = [Self::Error, Self::Warning, Self::Progress, Self::Success, Self::Neutral];

    /// Name in URLs and in `data-s` of the style sheet.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Error => "err",
            Self::Warning => "warn",
            Self::Progress => "prog",
            Self::Success => "ok",
            Self::Neutral => "mute",
        }
    }

    #[must_use]
    pub fn from_short(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.short() == text)
    }
}

/// A state with its word. The cluster side fills `word` with a code (`Running`, `PartlyReady`, `CrashLoopBackOff`);
/// the services translate the codes that are ours and leave Kubernetes' own reasons as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    #[serde(rename = "f")]
    pub family: Family,
    #[serde(rename = "w")]
    pub word: String,
    /// The cluster's own message behind the word.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl State {
    #[must_use]
    pub fn new(family: Family, word: impl Into<String>) -> Self {
        Self { family, word: word.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.filter(|text| !text.is_empty());
        self
    }
}

/// One typed cell. Times are epoch milliseconds, sizes are bytes, CPU is in cores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing to say: drawn as a dash. Missing metrics are this, never 0.
    Empty,
    Text {
        text: String,
        #[serde(default)]
        mono: bool,
    },
    /// A link; middle-truncated with the last `tail` characters kept when the name is long (0 = no truncation).
    Link {
        text: String,
        href: String,
        #[serde(default)]
        mono: bool,
        #[serde(default)]
        tail: u8,
    },
    State(State),
    /// `have` of `want`, as in 5/6. `have` is drawn in the family's colour when it is a warning or an error.
    Ratio {
        have: i64,
        want: i64,
        family: Family,
    },
    /// A number with the text that people read (`1.5 GiB`); `value` sorts.
    Quantity {
        text: String,
        value: f64,
    },
    /// Requested and used as parts of what can be allocated (0.0–1.0 and above); `None` is unknown.
    Meter {
        requested: Option<f64>,
        used: Option<f64>,
        text: String,
    },
    /// Relative age with the absolute time on hover when `relative`, else the local date and time.
    Time {
        at: i64,
        relative: bool,
    },
    Images(Vec<String>),
    Labels(Vec<(String, String)>),
    Count {
        n: i64,
        family: Option<Family>,
    },
    /// Several short texts, one per line when there is room, else the first and "+n".
    List(Vec<String>),
    /// A main cell over a small second line (name over id).
    Stack {
        main: Box<Cell>,
        sub: Box<Cell>,
    },
    /// Cluster name with its colour and badge.
    Badge {
        text: String,
        production: bool,
    },
}

impl Cell {
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text { text, mono: false } }
    }

    #[must_use]
    pub fn mono(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text { text, mono: true } }
    }

    #[must_use]
    pub const fn age(at: Option<i64>) -> Self {
        match at {
            Some(at) => Self::Time { at, relative: true },
            None => Self::Empty,
        }
    }

    /// What CSV and copies hold.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text { text, .. }
            | Self::Link { text, .. }
            | Self::Quantity { text, .. }
            | Self::Meter { text, .. }
            | Self::Badge { text, .. } => text.clone(),
            Self::State(state) => state.word.clone(),
            Self::Ratio { have, want, .. } => format!("{have}/{want}"),
            Self::Time { at, .. } => at.to_string(),
            Self::Images(list) | Self::List(list) => list.join(", "),
            Self::Labels(pairs) => pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", "),
            Self::Count { n, .. } => n.to_string(),
            Self::Stack { main, sub } => format!("{} {}", main.plain(), sub.plain()),
        }
    }
}

/// An action of a row; `refused` is the reason why this person cannot do it, shown on the disabled control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowAction {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A row: `key` is the uid, so marks and menus stay with the object; `version` changes when anything drawn changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub key: String,
    pub version: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub cells: Vec<Cell>,
    /// Only what differs from the table's actions: the refused ones and the ones that do not apply are named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RowAction>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    #[default]
    Left,
    Right,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub id: String,
    /// Translated head.
    pub label: String,
    pub sortable: bool,
    #[serde(default)]
    pub align: Align,
    /// Width in CSS pixels; 0 takes what is left (ux: widths are fixed so that nothing moves).
    #[serde(default)]
    pub width: u16,
    /// Hidden on narrow screens.
    #[serde(default)]
    pub secondary: bool,
}

/// How an action is carried out by the generic islands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Follow a link: `{object}` in it is replaced by the object's own address.
    Open { href: String, new_window: bool },
    /// Ask the server for a dialog (a small form, a confirmation), see [`crate::dialog`].
    Dialog,
}

/// An action that rows of a table, or the head of a detail page, offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub id: String,
    /// Translated.
    pub label: String,
    /// Lucide icon name.
    pub icon: String,
    pub kind: ActionKind,
    #[serde(default)]
    pub danger: bool,
    /// May be done to several rows at once.
    #[serde(default)]
    pub bulk: bool,
    /// Stands as an icon in the row, not only in its menu.
    #[serde(default)]
    pub inline: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// Refused for the whole table (read-only account): the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// How fresh the rows are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    Live,
    /// The first list is still under way.
    Loading,
    /// The connection to the cluster is lost since then (epoch ms); rows are those of `as_of`.
    Stale {
        since: i64,
        as_of: Option<i64>,
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyCount {
    pub family: Family,
    pub n: usize,
}

/// What is asked of a table. It is the page's URL query, the live subscription and the argument of the cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Empty means all that the person may see.
    pub namespaces: Vec<String>,
    /// `name~text`, `label:key=value`, `label:key`, `image~text`, `node=name`, `owner=uid`, `uid=uid`; all must hold.
    pub filters: Vec<Filter>,
    pub state: Option<Family>,
    /// Column id; empty is the kind's default (trouble first, then name).
    pub sort: String,
    pub descending: bool,
    /// From 1.
    pub page: usize,
    pub per_page: usize,
}

pub const PER_PAGE: [usize; 4] = [20, 50, 100, 200];

impl Default for Query {
    fn default() -> Self {
        Self {
            namespaces: Vec::new(),
            filters: Vec::new(),
            state: None,
            sort: String::new(),
            descending: false,
            page: 1,
            per_page: 20,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// `name`, `label`, `image`, `node`, `owner`, `uid`, or a column id.
    pub field: String,
    pub op: FilterOp,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterOp {
    Contains,
    Equals,
    NotEquals,
}

impl Filter {
    /// As it stands in the URL: `name~text`, `label=key=value`, `label!=key=value`.
    #[must_use]
    pub fn token(&self) -> String {
        let op = match self.op {
            FilterOp::Contains => "~",
            FilterOp::Equals => "=",
            FilterOp::NotEquals => "!=",
        };
        format!("{}{op}{}", self.field, self.value)
    }

    /// Reads what stands in the URL or was typed. Several requirements on labels may come at once, as in
    /// `kubectl get -l app=web,tier!=db`.
    #[must_use]
    pub fn parse_all(text: &str) -> Vec<Self> {
        let parts = selector::parts(text);
        if parts.len() > 1
            && parts.iter().all(|part| part.contains('=') || selector::set(part).is_some() || part.starts_with('!'))
        {
            parts.into_iter().filter_map(Self::parse).collect()
        } else {
            Self::parse(text).into_iter().collect()
        }
    }

    /// What is wrong with a requirement on labels; such a filter matches nothing.
    #[must_use]
    pub fn fault(&self) -> Option<selector::Fault> {
        match (self.field.as_str(), self.op) {
            ("label", FilterOp::Equals | FilterOp::NotEquals) => selector::Requirement::parse(&self.value).err(),
            _ => None,
        }
    }

    /// Reads a token; text without an operator searches names, `key=value` with an unknown field is a label, and so are
    /// the other requirements that kubectl knows (`key in (a,b)`, `key notin (a,b)`, `!key`).
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let token = token.trim();
        if token.is_empty() || token.len() > 600 {
            return None;
        }
        if let Some((negative, value)) = selector::set(token) {
            let op = if negative { FilterOp::NotEquals } else { FilterOp::Equals };
            return Some(Self { field: "label".into(), op, value });
        }
        if let Some(key) = token.strip_prefix('!').map(str::trim).filter(|key| selector::is_key(key)) {
            return Some(Self { field: "label".into(), op: FilterOp::NotEquals, value: key.to_owned() });
        }
        let known = ["name", "label", "image", "node", "owner", "uid", "ip", "state", "type", "reason", "object"];
        let cut = token.find(['~', '=', '!']);
        let Some(at) = cut else {
            return Some(Self { field: "name".into(), op: FilterOp::Contains, value: token.to_owned() });
        };
        let (field, rest) = token.split_at(at);
        let (op, value) = if let Some(value) = rest.strip_prefix("!=") {
            (FilterOp::NotEquals, value)
        } else if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
            (FilterOp::Equals, value)
        } else if let Some(value) = rest.strip_prefix('~') {
            (FilterOp::Contains, value)
        } else {
            return Some(Self { field: "name".into(), op: FilterOp::Contains, value: token.to_owned() });
        };
        let (field, value) = (field.trim(), value.trim());
        if known.contains(&field) {
            Some(Self { field: field.to_owned(), op, value: value.to_owned() })
        } else if !field.is_empty() && op != FilterOp::Contains {
            Some(Self { field: "label".into(), op, value: format!("{field}={value}") })
        } else {
            Some(Self { field: "name".into(), op: FilterOp::Contains, value: token.to_owned() })
        }
    }
}

impl Query {
    /// The query string without `?`; defaults are left out so that links stay short.
    #[must_use]
    pub fn to_url(&self) -> String {
        let mut out = String::new();
        let mut put = |key: &str, value: &str| {
            let _ = write!(out, "{}{key}={}", if out.is_empty() { "" } else { "&" }, encode(value));
        };
        for namespace in &self.namespaces {
            put("ns", namespace);
        }
        for filter in &self.filters {
            put("q", &filter.token());
        }
        if let Some(state) = self.state {
            put("state", state.short());
        }
        if !self.sort.is_empty() {
            put("sort", &format!("{}{}", if self.descending { "-" } else { "" }, self.sort));
        }
        if self.page > 1 {
            put("page", &self.page.to_string());
        }
        if self.per_page != Self::default().per_page {
            put("per", &self.per_page.to_string());
        }
        out
    }

    /// The first value of a key in a URL query.
    #[must_use]
    pub fn value_of(query: &str, key: &str) -> Option<String> {
        query.trim_start_matches('?').split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name == key).then(|| decode(value, true))
        })
    }

    /// Reads a URL query; what it does not know or cannot read is left at its default.
    #[must_use]
    pub fn from_url(query: &str) -> Self {
        let mut out = Self::default();
        for pair in query.trim_start_matches('?').split('&').take(200) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value, true);
            match key {
                "ns" if !value.is_empty() && value.len() <= 253 && out.namespaces.len() < 100 => {
                    out.namespaces.push(value);
                }
                "q" if out.filters.len() < 20 => out.filters.extend(Filter::parse_all(&value).into_iter().take(20)),
                "state" => out.state = Family::from_short(&value),
                "sort" => {
                    out.descending = value.starts_with('-');
                    out.sort = value.trim_start_matches('-').chars().take(40).collect();
                }
                "page" => out.page = value.parse().unwrap_or(1).clamp(1, 1_000_000),
                "per" => out.per_page = value.parse().ok().filter(|n| PER_PAGE.contains(n)).unwrap_or(20),
                _ => {}
            }
        }
        out.namespaces.sort_unstable();
        out.namespaces.dedup();
        out
    }
}

/// One page of a table as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub rows: Vec<Row>,
    /// All rows that match the query.
    pub matching: usize,
    /// All rows that the person may see in the chosen namespaces, without filter and state.
    pub total: usize,
    /// Rows by family, before the state filter is applied.
    pub counts: Vec<FamilyCount>,
    pub freshness: Freshness,
}

/// Everything the table island needs to draw itself and to stay live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableView {
    pub source: TableSource,
    pub query: Query,
    pub columns: Vec<Column>,
    pub actions: Vec<Action>,
    pub page: Page,
    /// Namespaces to choose from, as far as the person may see them; `None` for kinds without namespace.
    pub namespaces: Option<Vec<String>>,
    /// Address of the page without query, for links that change the query.
    pub base: String,
    pub options: TableOptions,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableOptions {
    /// Toolbar, counts and pager; off for small tables inside a detail page.
    pub chrome: bool,
    /// Name of what is listed, translated, for the empty states ("No Deployment yet").
    pub noun: String,
    /// Address of the page that creates one, with its reason when the person may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_refused: Option<String>,
}

/// Where the rows come from; the live channel authorizes it anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableSource {
    Kind { cluster: crate::ClusterId, kind: KindKey },
    Clusters,
    Accounts,
    Sessions,
}

impl TableSource {
    /// The object behind a row of a kind's table.
    #[must_use]
    pub fn object(&self, row: &Row) -> Option<ObjectRef> {
        match self {
            Self::Kind { cluster, kind } => Some(ObjectRef {
                cluster: cluster.clone(),
                kind: kind.clone(),
                namespace: row.namespace.clone(),
                name: row.name.clone(),
                uid: Some(row.key.clone()),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_url() {
        let query = Query {
            namespaces: vec!["a".into(), "b".into()],
            filters: vec![
                Filter::parse("web").unwrap(),
                Filter::parse("tier=backend").unwrap(),
                Filter::parse("image~reg:5000/a&b").unwrap(),
                Filter::parse("label!=x=").unwrap(),
            ],
            state: Some(Family::Warning),
            sort: "restarts".into(),
            descending: true,
            page: 3,
            per_page: 50,
        };
        assert_eq!(Query::from_url(&query.to_url()), query);
        assert_eq!(Query::default().to_url(), "");
    }

    #[test]
    fn every_cell_survives_json() {
        let cells = vec![
            Cell::Empty,
            Cell::text("a"),
            Cell::Link { text: "a".into(), href: "/a".into(), mono: true, tail: 8 },
            Cell::State(State::new(Family::Error, "Failed").with_hint(Some("why".into()))),
            Cell::Ratio { have: 1, want: 2, family: Family::Warning },
            Cell::Quantity { text: "1 GiB".into(), value: 1073741824.0 },
            Cell::Meter { requested: Some(0.5), used: None, text: "1 / 2".into() },
            Cell::Time { at: 1, relative: true },
            Cell::Images(vec!["a:1".into()]),
            Cell::Labels(vec![("a".into(), String::new())]),
            Cell::Count { n: 3, family: None },
            Cell::List(vec!["a".into(), "b".into()]),
            Cell::Stack { main: Box::new(Cell::text("a")), sub: Box::new(Cell::List(Vec::new())) },
            Cell::Badge { text: "a".into(), production: true },
        ];
        let text = serde_json::to_string(&cells).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Cell>>(&text).unwrap(), cells);
    }

    /// What kubectl takes after `-l` is understood, and keeps its meaning in the address.
    #[test]
    fn selectors_of_kubectl_are_filters() {
        let tokens = |text: &str| Filter::parse_all(text).iter().map(Filter::token).collect::<Vec<_>>();
        for (typed, wanted) in [
            ("web", &["name~web"][..]),
            ("app=web", &["label=app=web"]),
            ("app==web", &["label=app=web"]),
            ("app!=web", &["label!=app=web"]),
            ("app=web,tier!=db", &["label=app=web", "label!=tier=db"]),
            ("env in (prod, stage)", &["label=env in (prod,stage)"]),
            ("env notin (dev),!canary", &["label!=env in (dev)", "label!=canary"]),
            ("app.kubernetes.io/name in(a)", &["label=app.kubernetes.io/name in (a)"]),
            ("in", &["name~in"]),
            ("web in production", &["label=web in production"]),
            ("image~a,b", &["image~a,b"]),
        ] {
            assert_eq!(tokens(typed), wanted, "{typed}");
            for token in wanted {
                assert_eq!(tokens(token), [*token], "{token} keeps its meaning");
            }
        }
        let query = Query::from_url("q=env%20in%20(a%2Cb)%2Capp%3Dx");
        assert_eq!(query.filters.len(), 2);
        assert_eq!(Query::from_url(&query.to_url()), query);
    }

    /// A requirement that cannot be meant is told, not silently taken for something else.
    #[test]
    fn broken_selectors_are_named() {
        use selector::Fault;
        for (typed, fault) in [
            ("app in (a", Some(Fault::Set)),
            ("app in a", Some(Fault::Set)),
            ("app in ()", Some(Fault::Set)),
            ("app notin (a b)", Some(Fault::Value)),
            ("-app=x", Some(Fault::Key)),
            ("a/b/c=x", Some(Fault::Key)),
            ("app=two words", Some(Fault::Value)),
            ("app=", None),
            ("app in (a,)", None),
            ("example.com/app=v1.2_x", None),
            ("anything at all", None),
        ] {
            assert_eq!(Filter::parse(typed).and_then(|filter| filter.fault()), fault, "{typed}");
        }
    }

    #[test]
    fn hostile_urls_fall_back() {
        let query = Query::from_url("page=-1&per=9999999&state=nope&sort=&q=&ns=&%%%=1&page=99999999999999999999");
        assert_eq!(query, Query::default());
    }
}
