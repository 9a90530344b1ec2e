//! What was typed and is not confirmed yet, in the order in which it was typed. A draft leaves when
//! its echo comes back, or when its author discards it; never because of a refusal.
//!
//! All tabs of a user show the same outbox, which [`crate::memory`] keeps; each draft is sent by
//! one of them. Should two send the same, the server stores it once all the same.

use std::sync::Arc;

use protocol::ClientFrame;

/// Where something that was typed is to go.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum To {
    /// A public room by its name, or a private conversation by its id.
    Room(String),
    /// Somebody with whom there is no conversation yet, by nickname.
    User(String),
}

/// What sets a nickname apart from a room in a key: no room's name contains it.
const USER: char = ':';

impl To {
    /// The place as a short text.
    pub fn key(&self) -> String {
        match self {
            Self::Room(room) => room.clone(),
            Self::User(nickname) => format!("{USER}{nickname}"),
        }
    }

    /// The place that a key stands for.
    pub fn from_key(key: &str) -> Self {
        match key.strip_prefix(USER) {
            Some(nickname) => Self::User(nickname.to_owned()),
            None => Self::Room(key.to_owned()),
        }
    }
}

/// Something that was typed and is not confirmed yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// The id under which it is sent, again and again if need be: the server stores it once.
    pub id: String,
    pub to: To,
    pub text: String,
    /// When it was typed, by the author's clock: milliseconds since 1970. It gives drafts their
    /// order, so no two of one tab have the same.
    pub at: i64,
    /// The sentence with which the server refused it.
    pub refused: Option<String>,
}

impl Draft {
    fn frame(&self) -> ClientFrame {
        let (id, text) = (Some(self.id.clone()), self.text.clone());
        match &self.to {
            To::Room(room) => ClientFrame::Room {
                to: room.clone(),
                id,
                text,
            },
            To::User(nickname) => ClientFrame::Private {
                to: nickname.clone(),
                id,
                text,
            },
        }
    }
}

/// A draft with what is done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub draft: Arc<Draft>,
    /// This tab sends it; else another one does.
    pub is_ours: bool,
    /// Another tab has had it for a while.
    is_old: bool,
    /// Sent on the present connection, and neither echoed nor refused so far.
    in_flight: bool,
}

/// The drafts of one user, as one tab knows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    entries: Vec<Entry>,
    online: bool,
    /// Nothing goes before the wait that the server asked for is over.
    paused: bool,
}

impl Outbox {
    /// Keeps a new draft, behind all others.
    pub fn push(&mut self, id: String, to: To, text: String, at: i64) {
        let last = self.entries.last().map_or(0, |entry| entry.draft.at);
        let draft = Draft {
            id,
            to,
            text,
            at: at.max(last + 1),
            refused: None,
        };
        self.keep(draft, true);
    }

    /// Takes in a draft as it is kept, of an earlier visit or from another tab: it is `ours` now, or
    /// another tab's.
    pub fn keep(&mut self, draft: Draft, is_ours: bool) {
        match self.find(&draft.id) {
            Some(entry) => {
                entry.is_ours = is_ours;
                entry.is_old = false;
                entry.draft = Arc::new(draft);
            }
            None => {
                let behind =
                    |entry: &Entry| (entry.draft.at, &entry.draft.id) < (draft.at, &draft.id);
                let place = self.entries.partition_point(behind);
                let entry = Entry {
                    draft: Arc::new(draft),
                    is_ours,
                    is_old: false,
                    in_flight: false,
                };
                self.entries.insert(place, entry);
            }
        }
    }

    /// Takes over what another tab had at the last call already and has not sent since: it may be
    /// gone. Without a connection there is nothing to be gained.
    pub fn adopt(&mut self) {
        for entry in self.entries.iter_mut().filter(|_| self.online) {
            entry.is_ours |= entry.is_old;
            entry.is_old = true;
        }
    }

    /// Does this tab send the draft?
    pub fn is_ours(&self, id: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is_ours && entry.draft.id == id)
    }

    /// All drafts, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The frames that may go now; they count as sent. One for each place, and the next after its
    /// echo: whatever is refused for a while, nothing overtakes it.
    pub fn release(&mut self) -> Vec<ClientFrame> {
        if !self.is_flowing() {
            return Vec::new();
        }
        let mut frames = Vec::new();
        for nth in 0..self.entries.len() {
            let (before, rest) = self.entries.split_at_mut(nth);
            let entry = &mut rest[0];
            let waits =
                |other: &Entry| other.draft.refused.is_none() && other.draft.to == entry.draft.to;
            let is_free = entry.is_ours && !entry.in_flight && entry.draft.refused.is_none();
            if is_free && !before.iter().any(waits) {
                entry.in_flight = true;
                frames.push(entry.draft.frame());
            }
        }
        frames
    }

    /// May anything go now?
    pub fn is_flowing(&self) -> bool {
        self.online && !self.paused
    }

    /// A connection stands.
    pub fn connected(&mut self) {
        self.online = true;
    }

    /// The connection is gone, and with it every answer to what was sent.
    pub fn disconnected(&mut self) {
        self.online = false;
        self.paused = false;
        for entry in &mut self.entries {
            entry.in_flight = false;
        }
    }

    /// Nothing goes before the caller ends the pause with [`Self::resume`].
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// The server cannot take it now: the draft goes again after a pause. Says whether there is such a
    /// draft.
    pub fn put_off(&mut self, id: &str) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        entry.in_flight = false;
        self.pause();
        true
    }

    /// The pause is over.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Refused for good: the draft stays, with the sentence. Says whether there is one.
    pub fn refuse(&mut self, id: &str, sentence: String) -> bool {
        self.set_refused(id, Some(sentence))
    }

    /// The connection was closed over a frame that was too large: of the drafts on their way the largest
    /// stays, with the sentence. If another one was too large, this one is as well.
    pub fn too_large(&mut self, sentence: String) {
        let sent = self.entries.iter().filter(|entry| entry.in_flight);
        let largest = sent.max_by_key(|entry| entry.draft.frame().encode().len());
        if let Some(id) = largest.map(|entry| entry.draft.id.clone()) {
            self.refuse(&id, sentence);
        }
    }

    /// Tries a refused draft once more, in its old place, from this tab.
    pub fn try_again(&mut self, id: &str) {
        self.set_refused(id, None);
        if let Some(entry) = self.find(id) {
            entry.is_ours = true;
        }
    }

    /// Lets go of all but these.
    pub fn retain(&mut self, kept: &[Draft]) {
        self.entries
            .retain(|entry| kept.iter().any(|draft| draft.id == entry.draft.id));
    }

    /// The draft leaves: its echo came, or its author throws it away.
    pub fn remove(&mut self, id: &str) {
        self.entries.retain(|entry| entry.draft.id != id);
    }

    /// What was for one place is for another.
    pub fn readdress(&mut self, from: &To, to: &To) {
        for entry in &mut self.entries {
            if entry.draft.to == *from {
                Arc::make_mut(&mut entry.draft).to = to.clone();
            }
        }
    }

    /// Those with whom there is no conversation yet and for whom there are drafts, each once.
    pub fn users(&self) -> Vec<String> {
        let mut users = Vec::new();
        for entry in &self.entries {
            if let To::User(nickname) = &entry.draft.to
                && !users.contains(nickname)
            {
                users.push(nickname.clone());
            }
        }
        users
    }

    /// The drafts for one place, in order.
    pub fn to<'a>(&'a self, to: &'a To) -> impl Iterator<Item = &'a Arc<Draft>> {
        let drafts = self.entries.iter().map(|entry| &entry.draft);
        drafts.filter(move |draft| draft.to == *to)
    }

    fn set_refused(&mut self, id: &str, refused: Option<String>) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        entry.in_flight = false;
        Arc::make_mut(&mut entry.draft).refused = refused;
        true
    }

    fn find(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.draft.id == id)
    }
}

#[cfg(test)]
mod tests;
