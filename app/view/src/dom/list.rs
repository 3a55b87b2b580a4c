//! One element per thing of a list.

use super::place::{Borders, Mode, Place, place};
use super::{Node, View, effect};
use leptos::prelude::{Owner, untrack};
use std::rc::Rc;

/// The keys of a list, each with how its piece is drawn.
pub(super) type Each = Box<dyn Fn() -> Vec<(String, Draw)>>;
type Draw = Box<dyn FnOnce() -> View>;

/// One piece per thing of a list, kept while its key stays. Each piece is exactly one element.
pub fn keyed<T: 'static, K: ToString>(
    each: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> K + 'static,
    draw: impl Fn(T) -> View + 'static,
) -> View {
    let draw = Rc::new(draw);
    let each = move || {
        let pair = |one: T| {
            let (key, draw) = (key(&one).to_string(), Rc::clone(&draw));
            (key, Box::new(move || draw(one)) as Draw)
        };
        each().into_iter().map(pair).collect()
    };
    View(Node::List(Box::new(each)))
}

struct Item {
    key: String,
    node: web_sys::Node,
    /// Everything that the piece holds on to.
    owner: Owner,
}

pub(super) fn place_list(each: Each, at: &mut Place, mode: Mode) {
    let borders = Borders::take(at);
    // Pieces outlive the run of the effect that made them.
    let owner = Owner::current().unwrap_or_default();
    let mut items: Option<Vec<Item>> = None;
    effect(Box::new(move || {
        let wanted = each();
        untrack(|| {
            let now = match items.take() {
                None => lay(wanted, &borders, mode, &owner),
                Some(items) => change(wanted, items, &borders, &owner),
            };
            items = Some(now);
        });
    }));
}

/// The first time: over what is there.
fn lay(wanted: Vec<(String, Draw)>, borders: &Borders, mode: Mode, owner: &Owner) -> Vec<Item> {
    let Some(mut inside) = Place::between(borders) else { return Vec::new() };
    let items = wanted.into_iter().filter_map(|(key, draw)| lay_one(key, draw, &mut inside, mode, owner)).collect();
    inside.clear_rest();
    items
}

fn lay_one(key: String, draw: Draw, at: &mut Place, mode: Mode, owner: &Owner) -> Option<Item> {
    let owner = owner.child();
    owner.with(|| place(draw().0, at, mode));
    let node = match &at.next {
        Some(next) => next.previous_sibling(),
        None => at.parent.last_child(),
    };
    Some(Item { key, node: node?, owner })
}

fn change(wanted: Vec<(String, Draw)>, mut old: Vec<Item>, borders: &Borders, owner: &Owner) -> Vec<Item> {
    let Some(mut end) = Place::at_end(borders) else { return old };
    let mut items = Vec::with_capacity(wanted.len());
    for (key, draw) in wanted {
        match old.iter().position(|item| item.key == key) {
            Some(known) => items.push(old.swap_remove(known)),
            None => items.extend(lay_one(key, draw, &mut end, Mode::Update, owner)),
        }
    }
    for gone in old {
        gone.owner.cleanup();
        drop(end.parent.remove_child(&gone.node));
    }
    // From the end, so that what stays in order is not moved and keeps its focus.
    let mut after = borders.end.clone();
    for item in items.iter().rev() {
        if item.node.next_sibling().as_ref() != Some(&after) {
            drop(end.parent.insert_before(&item.node, Some(&after)));
        }
        after = item.node.clone();
    }
    items
}
