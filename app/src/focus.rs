//! Where the focus is, and where the page moves it. What the user does must not lose the focus.

use leptos::prelude::document;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::preferences::has_keyboard;

/// Moves the focus to the composer, unless that would open an on-screen keyboard.
pub fn to_composer() {
    if has_keyboard() {
        put("message");
    }
}

/// Moves the focus to the element with this id, after the page is drawn again.
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

/// Moves the focus to the element with this id, if there is one.
pub fn put(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
