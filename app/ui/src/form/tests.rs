//! The form's data follows what is typed, and nothing else moves.

use super::FormState;
use super::path::Path;
use crate::Labels;
use model::FieldError;
use model::form::{Field, Form, Section, Widget};
use serde_json::{Value, json};
use view::prelude::*;

fn text(id: &str) -> Field {
    Field::new(id, id.to_uppercase(), Widget::Text { mono: false }).required()
}

fn form() -> Form {
    let group = Widget::Group {
        fields: vec![text("name"), text("image")],
        add: "add".into(),
        min: 1,
        title: "name".into(),
        summary: vec!["image".into()],
        table: false,
    };
    Form {
        id: "test".into(),
        sections: vec![Section::new("one", "One", vec![text("name"), Field::new("containers", "Containers", group)])],
        messages: vec![("required".to_owned(), "needed".to_owned())],
    }
}

fn state(data: Value) -> (Owner, FormState) {
    let owner = Owner::new();
    owner.set();
    let state = FormState::new(form(), data, Value::Null, Labels::default());
    (owner, state)
}

/// [W-28] Removing a container in the middle leaves the others and their fields where they were.
#[test]
fn items_keep_their_fields_when_a_neighbour_goes() {
    let (_owner, state) = state(json!({
        "name": "web",
        "containers": [{"name": "a", "_at": 0}, {"name": "b", "_at": 1}, {"name": "c", "_at": 2}],
    }));
    let list = Path::default().key("containers");
    let items = state.items(&list);
    let ids = items.get_untracked();
    let last = list.item(items, ids[2]).key("name");
    state.remove_item(&list, items, ids[1]);
    assert_eq!(last.text_now(), "containers.1.name");
    state.set(&last, json!("z"));
    assert_eq!(state.data.get_untracked()["containers"], json!([{"name": "a", "_at": 0}, {"name": "z", "_at": 2}]));
    // The path of what is gone leads nowhere, also not to a neighbour.
    let gone = list.item(items, ids[1]).key("name");
    state.set(&gone, json!("x"));
    assert!(!state.data.get_untracked().to_string().contains("\"x\""));
}

/// Before a field was left it does not complain; sending shows all problems; words of the server go with the next change.
#[test]
fn problems_appear_when_it_is_time() {
    let (_owner, state) = state(json!({ "name": "", "containers": [{"name": "a", "image": ""}] }));
    assert!(state.problems.get_untracked().is_empty());
    let name = Path::default().key("name");
    state.touch(&name);
    assert_eq!(state.problems.get_untracked().len(), 1);
    state.submitted.set(true);
    let paths: Vec<String> = state.problems.get_untracked().into_iter().map(|problem| problem.path).collect();
    assert_eq!(paths, ["name", "containers.0.image"]);
    assert_eq!(state.describe("containers.0.image"), Some((0, "a › IMAGE".to_owned())));
    state.set(&name, json!("web"));
    state.refuse(&[FieldError { path: "name".into(), message: "taken".into() }]);
    assert!(state.problems.get_untracked().iter().any(|problem| problem.message == "taken"));
    state.set(&name, json!("web2"));
    assert!(!state.problems.get_untracked().iter().any(|problem| problem.message == "taken"));
}
