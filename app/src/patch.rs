//! Draws HTML anew by changing only what is different, so that what has the focus keeps it and what is
//! being pressed is not taken away under the finger.

use std::collections::VecDeque;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

/// What sets apart things that must never turn into each other: the lines of a list …
pub const KEY: &str = "data-key";
/// … and the buttons of two deeds.
const DEED: &str = "data-action";

/// The inside of an element, as HTML that changes.
#[derive(Clone, Copy)]
pub struct Drawn {
    html: Memo<String>,
    /// What the element holds.
    shown: StoredValue<String>,
}

impl Drawn {
    pub fn new(html: Memo<String>) -> Self {
        Self {
            html,
            shown: StoredValue::new(html.get_untracked()),
        }
    }

    /// What the element is made with.
    pub fn first(self) -> String {
        self.shown.get_value()
    }

    /// Brings the element up to date. Says whether anything has changed.
    pub fn show(self, element: &Element) -> bool {
        let html = self.html.get();
        let is_news = self.shown.get_value() != html;
        if is_news {
            patch(element, &html);
            self.shown.set_value(html);
        }
        is_news
    }
}

/// Makes the inside of an element what this HTML says. Only for the browser.
fn patch(element: &Element, html: &str) {
    // Detached, nothing in it is fetched or run.
    if let Ok(wanted) = document().create_element("div") {
        wanted.set_inner_html(html);
        let _ = children(element, &wanted);
    }
}

/// Refused only for what cannot stand inside another, and all of this stood so before.
fn children(here: &Node, wanted: &Node) -> Result<(), JsValue> {
    let mut old: VecDeque<_> = all(here).into();
    let new = all(wanted);
    for (nth, (node, kind)) in new.iter().enumerate() {
        let is_gone = |it: &Kind| it.1.is_some() && new[nth..].iter().all(|(_, new)| new != it);
        while let Some((gone, _)) = old.pop_front_if(|(_, it)| is_gone(it)) {
            here.remove_child(&gone)?;
        }
        let next = old.front().map(|(next, _)| next.clone());
        let has_key = kind.1.is_some();
        let place = old.iter().position(|(_, it)| it == kind);
        match place.filter(|place| *place == 0 || has_key) {
            Some(place) => {
                let found = old.remove(place);
                let (found, _) = found.expect("it was found there");
                if place > 0 {
                    here.insert_before(&found, next.as_ref())?;
                }
                same(&found, node)?;
            }
            None => match old.pop_front_if(|(_, it)| it.1.is_none()) {
                Some((replaced, _)) => drop(here.replace_child(node, &replaced)?),
                None => drop(here.insert_before(node, next.as_ref())?),
            },
        }
    }
    for (left, _) in old {
        here.remove_child(&left)?;
    }
    Ok(())
}

/// A node's name and key: what is of the same kind may turn into each other.
type Kind = (String, Option<String>);

fn all(node: &Node) -> Vec<(Node, Kind)> {
    let list = node.child_nodes();
    let nodes = (0..list.length()).filter_map(|nth| list.item(nth));
    nodes.map(|node| (node.clone(), kind(&node))).collect()
}

fn kind(node: &Node) -> Kind {
    let element = node.dyn_ref::<Element>();
    let key = element.and_then(|it| it.get_attribute(KEY).or_else(|| it.get_attribute(DEED)));
    (node.node_name(), key)
}

fn same(old: &Node, new: &Node) -> Result<(), JsValue> {
    let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        if old.node_value() != new.node_value() {
            old.set_node_value(new.node_value().as_deref());
        }
        return Ok(());
    };
    for name in names(new) {
        let value = new.get_attribute(&name);
        if value != old.get_attribute(&name) {
            old.set_attribute(&name, &value.unwrap_or_default())?;
        }
    }
    for name in names(old) {
        if !new.has_attribute(&name) {
            old.remove_attribute(&name)?;
        }
    }
    children(old, new)
}

fn names(element: &Element) -> Vec<String> {
    let names = element.get_attribute_names();
    names.iter().filter_map(|name| name.as_string()).collect()
}
