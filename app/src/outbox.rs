//! What was typed and is not confirmed yet, in the order in which it was typed. A draft leaves when
//! its echo comes back, or when its author discards it; never because of a refusal.

use std::sync::Arc;

use protocol::ClientFrame;

/// Where something that was typed is to go.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum To {
    /// A public room by its name, or a private conversation by its id.
    Room(String),
    /// Somebody with whom there is no conversation yet, by nickname.
    Person(String),
}

/// What sets a nickname apart from a room in a key: no room's name contains it.
const PERSON: char = ':';

impl To {
    /// The place as a short text.
    pub fn key(&self) -> String {
        match self {
            Self::Room(room) => room.clone(),
            Self::Person(nickname) => format!("{PERSON}{nickname}"),
        }
    }

    /// The place that a key stands for.
    pub fn from_key(key: &str) -> Self {
        match key.strip_prefix(PERSON) {
            Some(nickname) => Self::Person(nickname.to_owned()),
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
    /// When it was typed, by the author's clock: milliseconds since 1970.
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
            To::Person(nickname) => ClientFrame::Private {
                to: nickname.clone(),
                id,
                text,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    draft: Arc<Draft>,
    /// Sent on the present connection, and neither echoed nor refused so far.
    in_flight: bool,
}

/// The drafts of one person in one tab.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    entries: Vec<Entry>,
    online: bool,
    /// Once the server says "too fast", drafts go one at a time, each after the echo of the one
    /// before: so the order is kept and no allowance is wasted, until the outbox is empty.
    one_at_a_time: bool,
    /// Nothing goes before the wait that the server asked for is over.
    paused: bool,
}

impl Outbox {
    /// Keeps a new draft, behind all others.
    pub fn push(&mut self, id: String, to: To, text: String, at: i64) {
        let draft = Arc::new(Draft {
            id,
            to,
            text,
            at,
            refused: None,
        });
        self.entries.push(Entry {
            draft,
            in_flight: false,
        });
    }

    /// The frames that may go now, in order; they count as sent.
    pub fn release(&mut self) -> Vec<ClientFrame> {
        let busy = self.one_at_a_time && self.entries.iter().any(|entry| entry.in_flight);
        if !self.online || self.paused || busy {
            return Vec::new();
        }
        let most = if self.one_at_a_time { 1 } else { usize::MAX };
        self.entries
            .iter_mut()
            .filter(|entry| !entry.in_flight && entry.draft.refused.is_none())
            .take(most)
            .map(|entry| {
                entry.in_flight = true;
                entry.draft.frame()
            })
            .collect()
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

    /// The echo came: the draft is stored and leaves.
    pub fn confirm(&mut self, id: &str) -> Option<Arc<Draft>> {
        let draft = self.take(id);
        if self.entries.is_empty() {
            self.one_at_a_time = false;
        }
        draft
    }

    /// Too fast: the draft goes again after a pause, which the caller ends with [`Self::resume`].
    /// Says whether there is such a draft.
    pub fn too_fast(&mut self, id: &str) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        entry.in_flight = false;
        self.one_at_a_time = true;
        self.paused = true;
        true
    }

    /// The pause is over.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Refused for another reason: the draft stays, with the sentence. Says whether there is one.
    pub fn refuse(&mut self, id: &str, sentence: String) -> bool {
        self.set_refused(id, Some(sentence))
    }

    /// Tries a refused draft once more, in its old place.
    pub fn try_again(&mut self, id: &str) {
        self.set_refused(id, None);
    }

    /// Throws a draft away.
    pub fn discard(&mut self, id: &str) {
        self.take(id);
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
    pub fn persons(&self) -> Vec<String> {
        let mut persons = Vec::new();
        for entry in &self.entries {
            if let To::Person(nickname) = &entry.draft.to
                && !persons.contains(nickname)
            {
                persons.push(nickname.clone());
            }
        }
        persons
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

    fn take(&mut self, id: &str) -> Option<Arc<Draft>> {
        let place = self.entries.iter().position(|e| e.draft.id == id)?;
        Some(self.entries.remove(place).draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(texts: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for text in texts {
            let to = To::Room("tea".into());
            outbox.push(format!("id-{text}"), to, (*text).to_owned(), 0);
        }
        outbox
    }

    fn released(outbox: &mut Outbox) -> Vec<String> {
        let texts = outbox.release().into_iter().map(|frame| match frame {
            ClientFrame::Room { text, .. } | ClientFrame::Private { text, .. } => text,
            other => panic!("{other:?} is not something said"),
        });
        texts.collect()
    }

    #[test]
    fn nothing_goes_before_there_is_a_connection_and_then_all_in_order() {
        let mut outbox = outbox(&["a", "b", "c"]);
        assert!(released(&mut outbox).is_empty());
        outbox.connected();
        assert_eq!(released(&mut outbox), ["a", "b", "c"]);
        assert!(released(&mut outbox).is_empty(), "sent once is enough");
    }

    #[test]
    fn what_was_not_echoed_goes_again_on_the_next_connection_under_the_same_id() {
        let mut outbox = outbox(&["a", "b"]);
        outbox.connected();
        let first = outbox.release();
        assert!(outbox.confirm("id-a").is_some());
        outbox.disconnected();
        assert!(released(&mut outbox).is_empty());
        outbox.connected();
        assert_eq!(outbox.release(), first[1..]);
    }

    #[test]
    fn too_fast_keeps_the_order_by_sending_one_after_the_other() {
        let mut outbox = outbox(&["a", "b", "c"]);
        outbox.connected();
        outbox.release();
        for id in ["id-a", "id-b", "id-c"] {
            assert!(outbox.too_fast(id));
        }
        assert!(released(&mut outbox).is_empty(), "not before the wait");
        outbox.resume();
        assert_eq!(released(&mut outbox), ["a"]);
        assert!(released(&mut outbox).is_empty(), "a is under way");
        outbox.confirm("id-a");
        assert_eq!(released(&mut outbox), ["b"]);
        outbox.confirm("id-b");
        assert_eq!(released(&mut outbox), ["c"]);
        outbox.confirm("id-c");
        for text in ["d", "e"] {
            outbox.push(text.into(), To::Room("tea".into()), text.into(), 0);
        }
        assert_eq!(released(&mut outbox), ["d", "e"], "all at once again");
    }

    #[test]
    fn a_refused_draft_stays_until_tried_again_or_discarded() {
        let tea = To::Room("tea".into());
        let mut outbox = outbox(&["a", "b"]);
        outbox.connected();
        outbox.release();
        assert!(outbox.refuse("id-a", "No.".into()));
        let refused: Vec<_> = outbox.to(&tea).map(|d| d.refused.clone()).collect();
        assert_eq!(refused, [Some("No.".to_owned()), None]);
        assert!(released(&mut outbox).is_empty());
        outbox.try_again("id-a");
        assert_eq!(released(&mut outbox), ["a"]);
        outbox.discard("id-a");
        assert_eq!(outbox.to(&tea).count(), 1);
        assert!(!outbox.refuse("id-a", "No.".into()));
    }
}
