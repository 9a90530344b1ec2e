//! What this browser keeps of a person between visits: the rooms they are in, what they had begun to
//! type, and whose coming they want to be told. In `localStorage`, so all tabs share it; where that
//! is switched off, nothing is kept. Only for the browser.

use leptos::prelude::window;
use protocol::PersonId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::StorageEvent;

use crate::by_room::Rooms;
use crate::outbox::To;

/// The public rooms that somebody is in.
pub const ROOMS: &str = "rooms";
const UNSENT: &str = "unsent";
/// Nicknames whose coming is told.
pub const BELLS: &str = "bells";

/// The public rooms that the person is in.
pub fn rooms(person: PersonId) -> Vec<String> {
    load(person, ROOMS)
}

/// Notes which rooms or bells came and went; what other tabs noted meanwhile stays.
pub fn change(person: PersonId, what: &str, before: &Rooms, now: &Rooms) {
    let mut names: Vec<String> = load(person, what);
    names.retain(|name| now.contains(name) || !before.contains(name));
    for name in now.names() {
        if !before.contains(name) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    store(person, what, &names[..]);
}

/// Which rooms another tab has just entered and left.
pub fn rooms_changed(person: PersonId, event: &StorageEvent) -> (Vec<String>, Vec<String>) {
    // Without a new value the person has signed out, which the server tells.
    if event.key().as_deref() != Some(&key(person, ROOMS)) || event.new_value().is_none() {
        return Default::default();
    }
    let [before, now] = [event.old_value(), event.new_value()].map(parse::<Vec<String>>);
    let but = |some: &[String], others: &[String]| {
        let rest = some.iter().filter(|room| !others.contains(room));
        rest.cloned().collect()
    };
    (but(&now, &before), but(&before, &now))
}

/// What was typed and not sent, by place.
pub fn unsent(person: PersonId) -> Vec<(To, String)> {
    let pairs: Vec<(String, String)> = load(person, UNSENT);
    let places = pairs.into_iter();
    places
        .map(|(place, text)| (To::from_key(&place), text))
        .collect()
}

/// Notes what was typed for a place and not sent; an empty text is forgotten.
pub fn note_unsent(person: PersonId, to: &To, text: &str) {
    let place = to.key();
    // Read anew, for other tabs note theirs.
    let mut pairs: Vec<(String, String)> = load(person, UNSENT);
    pairs.retain(|(known, _)| *known != place);
    if !text.is_empty() {
        pairs.push((place, text.to_owned()));
    }
    store(person, UNSENT, &pairs);
}

/// Nicknames whose coming is told.
pub fn bells(person: PersonId) -> Vec<String> {
    load(person, BELLS)
}

/// Forgets everything about a person who signs out.
pub fn forget(person: PersonId) {
    if let Ok(Some(storage)) = window().local_storage() {
        for what in [ROOMS, UNSENT, BELLS] {
            let _ = storage.remove_item(&key(person, what));
        }
    }
}

fn load<T: DeserializeOwned + Default>(person: PersonId, what: &str) -> T {
    let storage = window().local_storage().ok().flatten();
    let stored = storage.and_then(|storage| storage.get_item(&key(person, what)).ok().flatten());
    parse(stored)
}

fn parse<T: DeserializeOwned + Default>(stored: Option<String>) -> T {
    let value = stored.and_then(|text| serde_json::from_str(&text).ok());
    value.unwrap_or_default()
}

fn store<T: Serialize>(person: PersonId, what: &str, value: &[T]) {
    if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(value))
    {
        // Full or switched off: then the next visit begins without it.
        let _ = storage.set_item(&key(person, what), &text);
    }
}

fn key(person: PersonId, what: &str) -> String {
    ["parlor.", &person.0.to_string(), ".", what].concat()
}
