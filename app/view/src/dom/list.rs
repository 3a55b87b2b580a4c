//! One element per thing of a list.

use super::place::{Borders, Mode, Place, place};
use super::{Node, View, effect};
use leptos::prelude::{Owner, untrack};

pub(super) type Each = Box<dyn Keys>;

pub(super) trait Keys {
    /// The things of now, by their keys.
    fn keys(&mut self) -> Vec<String>;
    /// The piece of one of them.
    fn draw(&mut self, at: usize) -> View;
}

struct Keyed<T, F, K, D> {
    each: F,
    key: K,
    draw: D,
    now: Vec<Option<T>>,
}

impl<T, F, K, D, S> Keys for Keyed<T, F, K, D>
where
    F: Fn() -> Vec<T>,
    K: Fn(&T) -> S,
    D: Fn(T) -> View,
    S: ToString,
{
    fn keys(&mut self) -> Vec<String> {
        let now = (self.each)();
        let keys = now.iter().map(|one| (self.key)(one).to_string()).collect();
        self.now = now.into_iter().map(Some).collect();
        keys
    }

    fn draw(&mut self, at: usize) -> View {
        self.now.get_mut(at).and_then(Option::take).map(&self.draw).unwrap_or_default()
    }
}

/// One piece per thing of a list, kept while its key stays. Each piece is exactly one element.
pub fn keyed<T: 'static, K: ToString + 'static>(
    each: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> K + 'static,
    draw: impl Fn(T) -> View + 'static,
) -> View {
    View(Node::List(Box::new(Keyed { each, key, draw, now: Vec::new() })))
}

struct Item {
    key: String,
    node: web_sys::Node,
    /// Everything that the piece holds on to.
    owner: Owner,
}

pub(super) fn place_list(mut each: Each, at: &mut Place, mode: Mode) {
    let borders = Borders::take(at);
    // Pieces outlive the run of the effect that made them.
    let owner = Owner::current().unwrap_or_default();
    let mut items: Option<Vec<Item>> = None;
    effect(Box::new(move || {
        let wanted = each.keys();
        untrack(|| {
            let now = match items.take() {
                None => lay(wanted, &mut *each, &borders, mode, &owner),
                Some(items) => change(wanted, items, &mut *each, &borders, &owner),
            };
            items = Some(now);
        });
    }));
}

/// The first time: over what is there.
fn lay(wanted: Vec<String>, each: &mut dyn Keys, borders: &Borders, mode: Mode, owner: &Owner) -> Vec<Item> {
    let Some(mut inside) = Place::between(borders) else { return Vec::new() };
    let mut items = Vec::with_capacity(wanted.len());
    for (at, key) in wanted.into_iter().enumerate() {
        items.extend(lay_one(key, at, each, &mut inside, mode, owner));
    }
    inside.clear_rest();
    items
}

fn lay_one(key: String, number: usize, each: &mut dyn Keys, at: &mut Place, mode: Mode, owner: &Owner) -> Option<Item> {
    let owner = owner.child();
    owner.with(|| place(each.draw(number).0, at, mode));
    let node = match &at.next {
        Some(next) => next.previous_sibling(),
        None => at.parent.last_child(),
    };
    Some(Item { key, node: node?, owner })
}

fn change(wanted: Vec<String>, mut old: Vec<Item>, each: &mut dyn Keys, borders: &Borders, owner: &Owner) -> Vec<Item> {
    let Some(mut end) = Place::at_end(borders) else { return old };
    let mut items = Vec::with_capacity(wanted.len());
    for (at, key) in wanted.into_iter().enumerate() {
        match old.iter().position(|item| item.key == key) {
            Some(known) => items.push(old.swap_remove(known)),
            None => items.extend(lay_one(key, at, each, &mut end, Mode::Update, owner)),
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
