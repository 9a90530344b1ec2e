//! The messages that were written and are not confirmed yet, in the order in which they were
//! written. The list implements the first two habits of "Never lost, never twice" in
//! docs/PROTOCOL.md.
//!
//! A message leaves the list when its echo arrives, or when its author discards it. A refusal alone
//! does not remove it.
//!
//! Several clients of one user may share one list, as the tabs of a browser do: each message is
//! sent by one of them. If two send the same message, the server stores it once.

mod message;

use std::{sync::Arc, time::Duration};

pub use message::{Content, PendingMessage, To};
use protocol::{ClientFrame, Code, frame, limits};

/// A pending message, and whether this client has sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub message: Arc<PendingMessage>,
    /// Whether this client sends it. If not, another client does.
    pub is_ours: bool,
    /// Whether another client already had it at the last call of [`PendingMessages::adopt`].
    is_old: bool,
    /// Whether it was sent on the present connection, and neither confirmed nor refused since.
    in_flight: bool,
}

/// The pending messages of one user, as one client knows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PendingMessages {
    entries: Vec<Entry>,
    online: bool,
    /// Whether nothing is sent, because the server asked to wait.
    paused: bool,
}

/// How long to wait before a refused message is sent again, if the refusal is temporary: the user
/// was too fast, or the server cannot store anything now.
pub fn retry_after(refusal: &frame::Error) -> Option<Duration> {
    let is_temporary = matches!(
        refusal.code,
        Code::TooFast | Code::StorageUnavailable | Code::StorageFull
    );
    let asked = refusal.retry_after_ms.map(Duration::from_millis);
    is_temporary.then(|| asked.unwrap_or(limits::STORAGE_RETRY))
}

impl PendingMessages {
    /// Adds a new message after all others. If its time is not later than theirs, it is changed.
    pub fn push(&mut self, mut message: PendingMessage) {
        let last = self.entries.last().map(|entry| entry.message.at);
        message.at = last.map_or(message.at, |last| message.at.max(last + 1));
        self.keep(message, true);
    }

    /// Adds or replaces a stored message, from an earlier visit or another client. With `is_ours`
    /// this client sends it from now on.
    pub fn keep(&mut self, message: PendingMessage, is_ours: bool) {
        match self.find(&message.id) {
            Some(entry) => {
                entry.is_ours = is_ours;
                entry.is_old = false;
                entry.message = Arc::new(message);
            }
            None => {
                let is_before = |entry: &Entry| {
                    (entry.message.at, &entry.message.id) < (message.at, &message.id)
                };
                let position = self.entries.partition_point(is_before);
                let entry = Entry {
                    message: Arc::new(message),
                    is_ours,
                    is_old: false,
                    in_flight: false,
                };
                self.entries.insert(position, entry);
            }
        }
    }

    /// Takes over the messages that another client already had at the last call and has not sent
    /// since: that client may be gone. Does nothing while offline, because nothing could be sent.
    pub fn adopt(&mut self) {
        for entry in self.entries.iter_mut().filter(|_| self.online) {
            entry.is_ours |= entry.is_old;
            entry.is_old = true;
        }
    }

    /// Whether this client sends the message.
    pub fn is_ours(&self, id: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is_ours && entry.message.id == id)
    }

    /// All messages, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The frames to send now, which then count as sent. Each recipient gets one at a time and the
    /// next after its echo, so that nothing overtakes a message that is refused temporarily.
    pub fn release(&mut self) -> Vec<ClientFrame> {
        if !self.is_flowing() {
            return Vec::new();
        }
        let (mut busy, mut frames) = (Vec::new(), Vec::new());
        for entry in &mut self.entries {
            // A list is short, and a search is less code than a table.
            if entry.message.refused.is_some() || busy.contains(&&entry.message.to) {
                continue;
            }
            busy.push(&entry.message.to);
            if entry.is_ours && !entry.in_flight {
                entry.in_flight = true;
                frames.push(entry.message.frame());
            }
        }
        frames
    }

    /// Whether anything may be sent now.
    pub fn is_flowing(&self) -> bool {
        self.online && !self.paused
    }

    /// Records that the client is online.
    pub fn connected(&mut self) {
        self.online = true;
    }

    /// Records that the connection is lost. The messages in flight are sent again on the next one.
    pub fn disconnected(&mut self) {
        self.online = false;
        self.paused = false;
        for entry in &mut self.entries {
            entry.in_flight = false;
        }
    }

    /// Sends nothing until the caller ends the pause with [`Self::resume`].
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Records that the server refused the message temporarily: it is sent again after a pause.
    /// Returns whether the message is in the list.
    pub fn put_off(&mut self, id: &str) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        entry.in_flight = false;
        self.pause();
        true
    }

    /// Ends the pause.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Records that the server refused the message for good. It stays in the list, with the
    /// sentence. Returns whether the message is in the list.
    pub fn refuse(&mut self, id: &str, sentence: String) -> bool {
        self.set_refused(id, Some(sentence))
    }

    /// Records that the server closed the connection because a frame was too large, in spite of the
    /// limit that it had announced. The largest message in flight counts as refused: if another one
    /// was too large, this one is as well. Returns its id.
    pub fn too_large(&mut self, sentence: String) -> Option<String> {
        let sent = self.entries.iter().filter(|entry| entry.in_flight);
        let largest = sent.max_by_key(|entry| entry.message.frame().encode().len())?;
        let id = largest.message.id.clone();
        self.refuse(&id, sentence);
        Some(id)
    }

    /// Sends a refused message again, in its old place, from this client.
    pub fn try_again(&mut self, id: &str) {
        self.set_refused(id, None);
        if let Some(entry) = self.find(id) {
            entry.is_ours = true;
        }
    }

    /// Removes all messages but these.
    pub fn retain(&mut self, kept: &[PendingMessage]) {
        self.entries
            .retain(|entry| kept.iter().any(|message| message.id == entry.message.id));
    }

    /// Removes and returns a message whose echo has arrived, or that its author discards.
    pub fn remove(&mut self, id: &str) -> Option<Arc<PendingMessage>> {
        let is_it = |entry: &Entry| entry.message.id == id;
        let position = self.entries.iter().position(is_it)?;
        Some(self.entries.remove(position).message)
    }

    /// Moves the messages for one recipient to another.
    pub fn readdress(&mut self, from: &To, to: &To) {
        for entry in &mut self.entries {
            if entry.message.to == *from {
                Arc::make_mut(&mut entry.message).to = to.clone();
            }
        }
    }

    /// The nicknames of the recipients without a conversation yet, each once.
    pub fn users(&self) -> Vec<String> {
        let mut users = Vec::new();
        for entry in &self.entries {
            if let To::User(nickname) = &entry.message.to
                && !users.contains(nickname)
            {
                users.push(nickname.clone());
            }
        }
        users
    }

    /// The messages for one recipient, in order.
    pub fn to<'a>(&'a self, to: &'a To) -> impl Iterator<Item = &'a Arc<PendingMessage>> {
        let messages = self.entries.iter().map(|entry| &entry.message);
        messages.filter(move |message| message.to == *to)
    }

    fn set_refused(&mut self, id: &str, refused: Option<String>) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        entry.in_flight = false;
        Arc::make_mut(&mut entry.message).refused = refused;
        true
    }

    fn find(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.message.id == id)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
