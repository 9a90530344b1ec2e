//! The address of the page, which names the open conversation. Within the chat it changes without
//! loading another page. The History API suffices for that; a router for many pages would be larger
//! than the code here.

use client::To;
use leptos::ev;
use leptos::prelude::*;
use protocol::Seq;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use crate::initial_data::{room_at, user_at};

/// What an address names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Address {
    /// None on the start page.
    pub place: Option<To>,
    /// A message in the conversation, as in `/rooms/tea#42`.
    pub seq: Option<Seq>,
}

impl Address {
    /// Parses a path and its fragment.
    pub fn parse(path: &str, hash: &str) -> Self {
        let room = room_at(path).map(To::Room);
        Self {
            place: room.or_else(|| user_at(path).map(To::User)),
            seq: hash.strip_prefix('#').and_then(|seq| seq.parse().ok()),
        }
    }

    /// The browser's address.
    fn current() -> Self {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        Self::parse(&path, &location.hash().unwrap_or_default())
    }
}

/// Goes to a path of this page. Only for the browser.
pub fn go(here: RwSignal<Address>, path: &str) {
    if let Ok(history) = window().history() {
        // Fails only for an address of another origin, which no path here has.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
    here.set(Address::current());
}

/// Goes to a path of this page, and replaces the current history entry. Only for the browser.
pub fn replace(here: RwSignal<Address>, path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
    here.set(Address::current());
}

/// Follows the browser's Back and Forward buttons, and clicks on links within the chat. `base` is
/// the path of the account slot. Only for the browser.
pub fn follow(here: RwSignal<Address>, base: String) {
    here.set(Address::current());
    window_event_listener_untyped("popstate", move |_| here.set(Address::current()));
    window_event_listener(ev::click, move |click| {
        if let Some(link) = followed(&click, &base) {
            click.prevent_default();
            let path = [&link.pathname()[..], &link.hash()].concat();
            // A link to the current address adds no history entry.
            match window().location().href() {
                Ok(href) if href == link.href() => replace(here, &path),
                _ => go(here, &path),
            }
        }
    });
}

/// The clicked link, if it leads to this page. With a modifier key or another button, the user
/// wants a new tab or a download, which the browser handles.
fn followed(click: &MouseEvent, base: &str) -> Option<HtmlAnchorElement> {
    let key = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    if key || click.button() != 0 || click.default_prevented() {
        return None;
    }
    let element: Element = click.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = element.closest("a[href]").ok()??.dyn_into().ok()?;
    let ours = link.origin() == window().location().origin().ok()?;
    let leaves = link.has_attribute("target") || link.has_attribute("download");
    let path = link.pathname();
    let names = Address::parse(path.strip_prefix(base)?, "").place.is_some();
    // The start page is left out: a click on its link may mean to reload it.
    (ours && names && !leaves).then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_room_a_user_or_nothing_and_perhaps_a_message() {
        let tea = Some(To::Room("tea".into()));
        let (place, seq) = (tea.clone(), Some(42));
        assert_eq!(Address::parse("/rooms/tea", "#42"), Address { place, seq });
        assert_eq!(Address::parse("/u/1/rooms/tea/", "#x").place, tea);
        let toto = Some(To::User("T. T.".into()));
        assert_eq!(Address::parse("/to/T.%20T.", "").place, toto);
        assert_eq!(Address::parse("/", "#42").place, None);
    }
}
