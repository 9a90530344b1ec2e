//! What the browser stores of a user between visits: the joined rooms, texts that were typed and
//! not sent, messages that are not confirmed, and bells. It is in `localStorage`, so all tabs share
//! it. Where that is disabled, nothing is stored. Only for the browser.

use client::{Content, PendingMessage, To};
use leptos::prelude::window;
use protocol::UserId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::{Storage, StorageEvent};

use crate::sorted_map::Rooms;

/// The public rooms that the user has joined.
pub const ROOMS: &str = "rooms";
const COMPOSER_DRAFTS: &str = "unsent";
/// Each unconfirmed message has an entry of its own, so that tabs that write at the same time lose
/// none.
const PENDING: &str = "draft.";
/// The nicknames of users with a bell.
pub const BELLS: &str = "bells";

/// The public rooms that the user has joined.
pub fn rooms(user: UserId) -> Vec<String> {
    load(user, ROOMS)
}

/// Stores which rooms or bells were added and removed. Changes that other tabs stored meanwhile
/// stay.
pub fn change(user: UserId, what: &str, before: &Rooms, now: &Rooms) {
    let mut names: Vec<String> = load(user, what);
    names.retain(|name| now.contains(name) || !before.contains(name));
    for name in now.names() {
        if !before.contains(name) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    store(user, what, &names[..]);
}

/// The rooms that another tab has just joined and left.
pub fn rooms_changed(user: UserId, event: &StorageEvent) -> (Vec<String>, Vec<String>) {
    // Without a new value the user has signed out; the server reports that.
    if event.key().as_deref() != Some(&key(user, ROOMS)) || event.new_value().is_none() {
        return Default::default();
    }
    let [before, now] = [event.old_value(), event.new_value()].map(parse::<Vec<String>>);
    let but = |some: &[String], others: &[String]| {
        let rest = some.iter().filter(|room| !others.contains(room));
        rest.cloned().collect()
    };
    (but(&now, &before), but(&before, &now))
}

/// The texts that were typed and not sent, by conversation.
pub fn composer_drafts(user: UserId) -> Vec<(To, String)> {
    let pairs: Vec<(String, String)> = load(user, COMPOSER_DRAFTS);
    let drafts = pairs.into_iter();
    drafts
        .map(|(place, text)| (To::from_key(&place), text))
        .collect()
}

/// Stores what was typed for a conversation and not sent; an empty text removes the entry.
pub fn save_composer_draft(user: UserId, to: &To, text: &str) {
    let place = to.key();
    // Other tabs store theirs, so the list is read again.
    let mut pairs: Vec<(String, String)> = load(user, COMPOSER_DRAFTS);
    pairs.retain(|(known, _)| *known != place);
    if !text.is_empty() {
        pairs.push((place, text.to_owned()));
    }
    store(user, COMPOSER_DRAFTS, &pairs);
}

/// The nicknames of users with a bell.
pub fn bells(user: UserId) -> Vec<String> {
    load(user, BELLS)
}

/// Stores a message that is not confirmed. `sender` is the tab that sends it; empty if none does.
/// Returns whether the browser stored it.
pub fn save_pending(user: UserId, message: &PendingMessage, sender: &str) -> bool {
    let words = pending_words(message, sender);
    store(user, &[PENDING, &message.id].concat(), &words[..])
}

/// Removes a message that is confirmed or was discarded.
pub fn remove_pending(user: UserId, id: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(user, &[PENDING, id].concat()));
    }
}

/// All stored messages that are not confirmed, in no order.
pub fn pending_messages(user: UserId) -> Vec<PendingMessage> {
    let prefix = key(user, PENDING);
    let drafts = keys().into_iter().filter_map(|key| {
        let id = key.strip_prefix(&prefix)?;
        let stored = storage()?.get_item(&key).ok()?;
        Some(parse_pending(id, stored)?.0)
    });
    drafts.collect()
}

/// What another tab has just done to an unconfirmed message: its id, and unless it was removed, the
/// message and the tab that sends it.
pub fn pending_changed(
    user: UserId,
    event: &StorageEvent,
) -> Option<(String, Option<(PendingMessage, String)>)> {
    let key = event.key()?;
    let id = key.strip_prefix(&self::key(user, PENDING))?;
    Some((id.to_owned(), parse_pending(id, event.new_value())))
}

/// A pending message as it is stored: browsers of users have messages in this form.
fn pending_words(message: &PendingMessage, sender: &str) -> Vec<String> {
    let mut words = vec![
        sender.to_owned(),
        message.to.key(),
        message.text().to_owned(),
        message.at.to_string(),
    ];
    words.extend(message.refused.clone());
    words
}

fn parse_pending(id: &str, stored: Option<String>) -> Option<(PendingMessage, String)> {
    let mut words = parse::<Vec<String>>(stored).into_iter();
    let sender = words.next()?;
    let draft = PendingMessage {
        id: id.to_owned(),
        to: To::from_key(&words.next()?),
        content: Content::Text(words.next()?),
        at: words.next()?.parse().ok()?,
        refused: words.next(),
    };
    Some((draft, sender))
}

/// Removes everything about a user who has signed out.
pub fn forget(user: UserId) {
    let prefix = key(user, "");
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

fn load<T: DeserializeOwned + Default>(user: UserId, what: &str) -> T {
    parse(storage().and_then(|storage| storage.get_item(&key(user, what)).ok().flatten()))
}

fn parse<T: DeserializeOwned + Default>(stored: Option<String>) -> T {
    let value = stored.and_then(|text| crate::json::read(&text).ok());
    value.unwrap_or_default()
}

fn store<T: Serialize>(user: UserId, what: &str, value: &[T]) -> bool {
    match (storage(), serde_json::to_string(value)) {
        // If the storage is full or disabled, the next visit begins without it.
        (Some(storage), Ok(text)) => storage.set_item(&key(user, what), &text).is_ok(),
        _ => false,
    }
}

fn key(user: UserId, what: &str) -> String {
    ["parlor.", &user.0.to_string(), ".", what].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_messages_stay_readable() {
        for (stored, to, refused) in [
            (r#"["tab","tea","hello","5"]"#, To::Room("tea".into()), None),
            (
                r#"["",":Ben","hello","5","No."]"#,
                To::User("Ben".into()),
                Some("No.".to_owned()),
            ),
        ] {
            let read = parse_pending("1", Some(stored.to_owned()));
            let (message, sender) = read.expect("a stored message");
            let expected = PendingMessage {
                refused,
                ..PendingMessage::new("1".into(), to, Content::Text("hello".into()), 5)
            };
            assert_eq!(message, expected);
            let words = pending_words(&message, &sender);
            assert_eq!(serde_json::to_string(&words).expect("JSON"), stored);
        }
        assert_eq!(parse_pending("1", Some("[]".to_owned())), None);
        assert_eq!(parse_pending("1", None), None);
    }
}
