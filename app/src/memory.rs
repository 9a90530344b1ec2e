//! What this browser keeps of a person between visits: the rooms they are in, and up to where each
//! was read. In `localStorage`, so all tabs share it; where that is switched off, nothing is kept.
//! Only for the browser.

use leptos::prelude::window;
use protocol::{PersonId, Seq};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::StorageEvent;

use crate::by_room::{ByRoom, Rooms};

const ROOMS: &str = "rooms";
const READ: &str = "read";

/// The public rooms that the person is in.
pub fn rooms(person: PersonId) -> Vec<String> {
    load(person, ROOMS)
}

/// Notes which rooms were entered and left; what other tabs noted meanwhile stays.
pub fn change_rooms(person: PersonId, before: &Rooms, now: &Rooms) {
    let mut rooms = rooms(person);
    rooms.retain(|room| now.contains(room) || !before.contains(room));
    for room in now.names() {
        if !before.contains(room) && !rooms.contains(room) {
            rooms.push(room.clone());
        }
    }
    store(person, ROOMS, &rooms[..]);
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

/// Up to where each room was read.
pub fn read(person: PersonId) -> ByRoom<Seq> {
    let pairs: Vec<(String, Seq)> = load(person, READ);
    pairs.into_iter().collect()
}

/// Notes up to where each room was read; never takes back what another tab has read.
pub fn note_read(person: PersonId, now: &ByRoom<Seq>) {
    let before = read(person);
    let mut read = before.clone();
    for (room, seq) in now.pairs() {
        let known = read.get_or_insert(room, || 0);
        *known = (*known).max(*seq);
    }
    // Each write wakes the other tabs, which would write in turn.
    if read != before {
        store(person, READ, read.pairs());
    }
}

/// Forgets everything about a person who signs out.
pub fn forget(person: PersonId) {
    if let Ok(Some(storage)) = window().local_storage() {
        for what in [ROOMS, READ] {
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
