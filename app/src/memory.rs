//! What this browser keeps of a person between visits: the rooms they are in, what they had begun to
//! type, what was not confirmed when they went, and whose coming they want to be told. In `localStorage`, so all tabs share it; where that
//! is switched off, nothing is kept. Only for the browser.

use leptos::prelude::window;
use protocol::PersonId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::{Storage, StorageEvent};

use crate::by_room::Rooms;
use crate::outbox::{Draft, To};

/// The public rooms that somebody is in.
pub const ROOMS: &str = "rooms";
const UNSENT: &str = "unsent";
/// Each draft has an entry of its own, so that tabs that write at the same time lose none.
const DRAFT: &str = "draft.";
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

/// Keeps what is not confirmed yet. `sender` is the tab that sends it; empty if none does now. Says
/// whether the browser keeps it.
pub fn keep_draft(person: PersonId, draft: &Draft, sender: &str) -> bool {
    let mut words = vec![
        sender.to_owned(),
        draft.to.key(),
        draft.text.clone(),
        draft.at.to_string(),
    ];
    words.extend(draft.refused.clone());
    store(person, &[DRAFT, &draft.id].concat(), &words[..])
}

/// Forgets a draft that is confirmed or was thrown away.
pub fn drop_draft(person: PersonId, id: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(person, &[DRAFT, id].concat()));
    }
}

/// All that was not confirmed when it was kept, in no order.
pub fn drafts(person: PersonId) -> Vec<Draft> {
    let prefix = key(person, DRAFT);
    let drafts = keys().into_iter().filter_map(|key| {
        let id = key.strip_prefix(&prefix)?;
        let stored = storage()?.get_item(&key).ok()?;
        Some(read_draft(id, stored)?.0)
    });
    drafts.collect()
}

/// What another tab has just done to a draft: its id, and unless it is gone, what it is now and
/// which tab sends it.
pub fn draft_changed(
    person: PersonId,
    event: &StorageEvent,
) -> Option<(String, Option<(Draft, String)>)> {
    let key = event.key()?;
    let id = key.strip_prefix(&self::key(person, DRAFT))?;
    Some((id.to_owned(), read_draft(id, event.new_value())))
}

fn read_draft(id: &str, stored: Option<String>) -> Option<(Draft, String)> {
    let mut words = parse::<Vec<String>>(stored).into_iter();
    let sender = words.next()?;
    let draft = Draft {
        id: id.to_owned(),
        to: To::from_key(&words.next()?),
        text: words.next()?,
        at: words.next()?.parse().ok()?,
        refused: words.next(),
    };
    Some((draft, sender))
}

/// Forgets everything about a person who has signed out.
pub fn forget(person: PersonId) {
    let prefix = key(person, "");
    if let Some(storage) = storage() {
        for key in keys().iter().filter(|key| key.starts_with(&prefix)) {
            let _ = storage.remove_item(key);
        }
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn keys() -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let count = storage.length().unwrap_or(0);
    (0..count)
        .filter_map(|nth| storage.key(nth).ok().flatten())
        .collect()
}

fn load<T: DeserializeOwned + Default>(person: PersonId, what: &str) -> T {
    parse(storage().and_then(|storage| storage.get_item(&key(person, what)).ok().flatten()))
}

fn parse<T: DeserializeOwned + Default>(stored: Option<String>) -> T {
    let value = stored.and_then(|text| protocol::json::read(&text).ok());
    value.unwrap_or_default()
}

fn store<T: Serialize>(person: PersonId, what: &str, value: &[T]) -> bool {
    match (storage(), serde_json::to_string(value)) {
        // Full or switched off: then the next visit begins without it.
        (Some(storage), Ok(text)) => storage.set_item(&key(person, what), &text).is_ok(),
        _ => false,
    }
}

fn key(person: PersonId, what: &str) -> String {
    ["parlor.", &person.0.to_string(), ".", what].concat()
}
