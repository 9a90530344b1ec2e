//! What the fixture contains, as the old version reported it just before it stopped.
//!
//! `expected.json` uses the terms of this file, whatever the wire calls them. `played` and `game`
//! are exceptions: they are copied from the old version's frames, which have the same shape as the
//! stored JSON, so reading them also shows that the old names are still understood.

use std::collections::BTreeMap;

use protocol::{
    DirectLine, Message,
    frame::{Joined, Score},
    games::{Game, Played},
};
use serde::Deserialize;

use super::fixture::FOLDER;

/// The whole file. Maps are by nickname, by a bot's or webhook's name, or by room.
#[derive(Deserialize)]
pub struct Expected {
    pub users: BTreeMap<String, User>,
    /// Tokens. `old-bot` was revoked.
    pub bots: BTreeMap<String, String>,
    /// Paths. `removed` was removed.
    pub incoming: BTreeMap<String, String>,
    /// The secrets that deliveries are signed with.
    pub outgoing: BTreeMap<String, String>,
    /// With which the `webhook-id`s of an outgoing webhook began that was removed.
    pub removed_outgoing: String,
    /// What `parlor token list` and the other two lists print.
    pub lists: BTreeMap<String, String>,
    /// The games that each user takes part in or is invited to, newest first: room and `seq`.
    pub playing: BTreeMap<String, Vec<(String, u64)>>,
    pub read: BTreeMap<String, Read>,
    /// The scores in [`super::fixture::GAMES`], as each user gets them.
    pub scores: BTreeMap<String, Vec<Line>>,
    /// The games in [`super::fixture::GAMES`], by their state.
    pub games: BTreeMap<String, u64>,
    /// The id of the conversation between Anna and Ben.
    pub private: String,
    /// Milliseconds left for the next move of the running game.
    pub left: u64,
    /// Every event of every room that Anna can read.
    pub rooms: BTreeMap<String, Vec<Event>>,
}

#[derive(Deserialize)]
pub struct User {
    pub id: i64,
    /// Of a user who signed in over a socket.
    #[serde(default)]
    pub token: String,
    /// Of a browser, as `name=value`.
    #[serde(default)]
    pub cookie: String,
}

/// One event of a room's log.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Event {
    pub seq: u64,
    pub author: i64,
    pub from: String,
    pub id: String,
    pub text: String,
    pub at: i64,
    #[serde(default)]
    pub bot: bool,
    /// How many of the events up to this one are hidden.
    #[serde(default)]
    pub hidden: u64,
    #[serde(default)]
    pub to: Option<String>,
    #[serde(default)]
    pub played: Option<Played>,
    /// Without the remaining time, which changes.
    #[serde(default)]
    pub game: Option<Game>,
}

/// What one user has read.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Read {
    /// Public rooms. A room that is missing was never marked.
    pub rooms: BTreeMap<String, Marker>,
    /// Private conversations, most recently used first.
    pub directs: Vec<Direct>,
}

/// A room's newest event and a user's read marker, with the hidden events up to each.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub struct Marker {
    pub seq: u64,
    pub hidden: u64,
    pub read: u64,
    pub read_hidden: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Direct {
    pub room: String,
    pub with: String,
    pub holds: bool,
    #[serde(flatten)]
    pub marker: Marker,
}

/// One line of a room's scores; `against` is empty where it counts everybody.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Line {
    pub name: String,
    pub against: String,
    pub won: u64,
    pub drawn: u64,
    pub lost: u64,
}

impl Expected {
    pub fn read() -> Self {
        let file = std::fs::read_to_string(format!("{FOLDER}/expected.json"));
        serde_json::from_str(&file.expect("readable")).expect("of this shape")
    }

    /// The events of a room.
    pub fn log(&self, room: &str) -> &[Event] {
        &self.rooms[room]
    }

    /// The one event with this author and id, and its room.
    pub fn sent(&self, author: &str, id: &str) -> (&str, &Event) {
        let author = self.users[author].id;
        let events = self
            .rooms
            .iter()
            .flat_map(|(room, log)| log.iter().map(move |event| (room.as_str(), event)));
        let mut found = events.filter(|(_, event)| event.author == author && event.id == id);
        found.next().expect("it was sent")
    }

    /// The number of the game in this state.
    pub fn game(&self, how: &str) -> u64 {
        self.games[how]
    }
}

impl Event {
    /// A message that was received.
    pub fn of(message: &Message) -> Self {
        let game = message.game_state().cloned();
        Self {
            seq: message.seq,
            author: message.author.0,
            from: message.from.clone(),
            id: message.id.clone(),
            text: message.text().to_owned(),
            at: message.at,
            bot: message.bot,
            hidden: message.hidden,
            to: message.to.clone(),
            played: message.played().cloned(),
            game: game.map(|game| Game { left: None, ..game }),
        }
    }

    /// Messages that were received.
    pub fn all(messages: &[Message]) -> Vec<Self> {
        messages.iter().map(Self::of).collect()
    }

    /// Is it shown only as part of another message?
    pub fn is_hidden(&self) -> bool {
        self.played
            .as_ref()
            .is_some_and(|played| played.of().is_some())
    }
}

impl Marker {
    /// What `joined` says, if the room was ever marked.
    pub fn of(joined: &Joined) -> Option<Self> {
        Some(Self {
            seq: joined.seq,
            hidden: joined.hidden,
            read: joined.read?,
            read_hidden: joined.read_hidden,
        })
    }

    /// How many messages are unread.
    pub fn unread(self) -> u64 {
        (self.seq - self.hidden) - (self.read - self.read_hidden)
    }
}

impl Direct {
    pub fn of(line: DirectLine) -> Self {
        Self {
            room: line.room,
            with: line.with,
            holds: line.holds,
            marker: Marker {
                seq: line.seq,
                hidden: line.hidden,
                read: line.read,
                read_hidden: line.read_hidden,
            },
        }
    }
}

impl Line {
    pub fn of(score: &Score) -> Self {
        Self {
            name: score.name.clone(),
            against: score.against_name.clone(),
            won: score.won,
            drawn: score.drawn,
            lost: score.lost,
        }
    }
}
