//! Where the focus is, and where it goes by itself: what the reader does must not take it away.

use leptos::prelude::document;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::preferences::has_keyboard;

/// Puts the reader where they can type, unless that would bring up a keyboard on the screen.
pub fn to_composer() {
    if has_keyboard() {
        put("message");
    }
}

/// Gives the focus to the element with this id, once the page is drawn anew.
pub fn soon(id: &'static str) {
    spawn_local(async move {
        tick().await;
        put(id);
    });
}

/// Has the element with this id the focus?
pub fn is_at(id: &str) -> bool {
    document().active_element().is_some_and(|it| it.id() == id)
}

/// Gives the focus to the element with this id, if there is one.
pub fn put(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
