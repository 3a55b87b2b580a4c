//! A table without a browser: patches keep marks with their object, links hold the whole query.

use super::links::Place;
use super::state::{Flash, Offer, TableState, offer};
use crate::Labels;
use model::table::{
    Action, ActionKind, Cell, Family, Freshness, Page, Query, Row, RowAction, TableOptions, TableSource, TableView,
};
use view::prelude::*;

fn row(key: &str, have: i64) -> Row {
    Row {
        key: key.into(),
        version: have.to_string(),
        name: format!("name-{key}"),
        namespace: Some("default".into()),
        cells: vec![Cell::Ratio { have, want: 3, family: Family::Success }, Cell::age(Some(have))],
        refused: Vec::new(),
    }
}

fn view(rows: Vec<Row>) -> TableView {
    TableView {
        source: TableSource::Kind {
            cluster: model::ClusterId::parse("cls-7k2m9xqd").unwrap(),
            kind: model::object::KindKey::new("apps", "deployments"),
        },
        query: Query::default(),
        columns: Vec::new(),
        actions: vec![action("delete", true)],
        page: Page { matching: rows.len(), total: rows.len(), rows, counts: Vec::new(), freshness: Freshness::Live },
        namespaces: None,
        base: "/list".into(),
        options: TableOptions { chrome: true, noun: "x".into(), create: None, create_refused: None },
    }
}

fn action(id: &str, bulk: bool) -> Action {
    Action {
        id: id.into(),
        label: id.into(),
        icon: "x".into(),
        kind: ActionKind::Dialog,
        danger: false,
        bulk,
        inline: false,
        shortcut: None,
        refused: None,
    }
}

/// [W-79] Marks, the open menu and the keyboard stay with the object while rows move.
#[test]
fn marks_stay_with_the_object() {
    let owner = Owner::new();
    owner.set();
    let table = TableState::new(view(vec![row("a", 1), row("b", 1)]), Labels::default());
    table.select("b", true);
    table.menu.set(Some("b".into()));
    let signal = table.find("b").unwrap().row;
    let patch = |order: &[&str], rows| {
        let order: Vec<String> = order.iter().map(|key| (*key).to_owned()).collect();
        table.patch(&order, rows, order.len(), order.len(), Vec::new(), Freshness::Live);
    };
    // The order turns, b changes, c comes.
    let old = table.rows.get_untracked();
    let mut next: Vec<Row> = vec![row("c", 1)];
    next.retain(|row| !old.iter().any(|known| known.key == row.key));
    patch(&["c", "b", "a"], next);
    let keys: Vec<String> = table.rows.get_untracked().into_iter().map(|row| row.key).collect();
    assert_eq!(keys, ["c", "b", "a"]);
    assert!(table.selected.get_untracked().contains(&"b".to_owned()));
    assert_eq!(table.menu.get_untracked().as_deref(), Some("b"));
    assert_eq!(table.find("b").unwrap().row, signal, "the row is the same, not a new one");
    // b goes: its mark and menu go with it, nothing moves to another row.
    patch(&["c", "a"], Vec::new());
    assert!(table.selected.get_untracked().is_empty());
    assert_eq!(table.menu.get_untracked(), None);
    assert_eq!(table.versions(), [("c".to_owned(), "1".to_owned()), ("a".to_owned(), "1".to_owned())]);
}

/// The target of a dialog carries the uid: the same name may be another object by now.
#[test]
fn a_dialog_names_the_uid() {
    let owner = Owner::new();
    owner.set();
    let table = TableState::new(view(vec![row("uid-1", 1)]), Labels::default());
    let Some(model::dialog::DialogTarget::Objects { objects }) = table.target(&[row("uid-1", 1)]) else {
        panic!("objects expected")
    };
    assert_eq!(objects[0].uid.as_deref(), Some("uid-1"));
    assert_eq!(objects[0].namespace.as_deref(), Some("default"));
}

#[test]
fn links_keep_the_rest_of_the_query() {
    let mut query = Query::from_url("ns=a&q=web&sort=-name&page=3&per=50");
    let place = Place::new("/x?tab=pods", &query);
    query.page = 1;
    query.state = Some(Family::Error);
    let address = place.with(|query| query.state = Some(Family::Error));
    let (path, rest) = address.split_once('?').unwrap();
    assert_eq!(path, "/x");
    assert_eq!(Query::from_url(rest.strip_prefix("tab=pods&").unwrap()), query);
    let (action, pairs) = place.form(|query| query.namespaces.clear());
    assert_eq!(action, "/x");
    assert!(pairs.contains(&("tab".into(), "pods".into())) && !pairs.iter().any(|(key, _)| key == "ns"));
}

#[test]
fn offers_of_an_action() {
    let mut one = action("scale", false);
    let named = |refused: Option<&str>| vec![RowAction { id: "scale".into(), refused: refused.map(str::to_owned) }];
    assert_eq!(offer(&one, &[]), Offer::Possible);
    assert_eq!(offer(&one, &named(None)), Offer::Absent);
    assert_eq!(offer(&one, &named(Some("no"))), Offer::Refused("no".into()));
    one.refused = Some("read only".into());
    assert_eq!(offer(&one, &[]), Offer::Refused("read only".into()));
    assert_ne!(Flash::Up, Flash::Down);
}
