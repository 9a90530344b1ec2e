//! Draws HTML anew by changing only what is different, so that what has the focus keeps it and what is
//! being pressed is not taken away under the finger.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

/// What sets apart things that must never turn into each other, like the buttons of two deeds.
const KEY: &str = "data-deed";

/// Makes the inside of an element what this HTML says. Only for the browser.
pub fn patch(element: &Element, html: &str) {
    // Detached, nothing in it is fetched or run.
    if let Ok(wanted) = document().create_element("div") {
        wanted.set_inner_html(html);
        let _ = children(element, &wanted);
    }
}

/// Refused only for what cannot stand inside another, and all of this stood so before.
fn children(here: &Node, wanted: &Node) -> Result<(), JsValue> {
    let (old, new) = (all(here), all(wanted));
    for (nth, new) in new.iter().enumerate() {
        match old.get(nth) {
            None => drop(here.append_child(new)?),
            Some(old) if is_same(old, new) => same(old, new)?,
            Some(old) => drop(here.replace_child(new, old)?),
        }
    }
    for left in old.iter().skip(new.len()) {
        here.remove_child(left)?;
    }
    Ok(())
}

fn all(node: &Node) -> Vec<Node> {
    let list = node.child_nodes();
    (0..list.length())
        .filter_map(|nth| list.item(nth))
        .collect()
}

fn key(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>()?.get_attribute(KEY)
}

fn is_same(old: &Node, new: &Node) -> bool {
    old.node_name() == new.node_name() && key(old) == key(new)
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
