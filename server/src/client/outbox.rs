//! What the program has said and the server has not confirmed yet, in the order in which it was said:
//! the first two habits of "Never lost, never twice" in docs/PROTOCOL.md. Pure: what time it is, is
//! told.

use std::{collections::HashSet, time::Duration};

use protocol::{ClientFrame, Code, Limits, Refusal, frame, games::Act, limits, text};
use tokio::time::Instant;

/// Something that is to be said or played.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Under which it is sent, again and again if need be: the server stores it once.
    pub id: String,
    /// A room's name, the id of a private conversation, or a nickname.
    pub to: String,
    pub body: Body,
}

/// What a draft is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    Text(String),
    /// To somebody in private; it goes to a nickname.
    Whisper(String),
    /// Something in a game.
    Act(Act),
}

impl Draft {
    /// Checks what the server announced that it takes, so that nothing is sent in vain.
    ///
    /// # Errors
    /// Those of [`text::check_up_to`]; [`Code::TooLarge`] for a frame that would close the socket.
    pub fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        if let Body::Text(text) | Body::Whisper(text) = &self.body {
            text::check_up_to(text, limits.text)?;
        }
        match self.frame().encode().len() > limits.frame {
            true => Err(Code::TooLarge.into()),
            false => Ok(()),
        }
    }

    fn frame(&self) -> ClientFrame {
        let (to, id) = (self.to.clone(), Some(self.id.clone()));
        match &self.body {
            Body::Text(text) => ClientFrame::Room {
                to,
                id,
                text: text.clone(),
            },
            Body::Whisper(text) => ClientFrame::Private {
                to,
                id,
                text: text.clone(),
            },
            Body::Act(act) => ClientFrame::Game {
                to,
                id,
                act: act.clone(),
            },
        }
    }
}

/// The drafts of one client.
#[derive(Debug, Default)]
pub struct Outbox {
    entries: Vec<Entry>,
    /// The server cannot take anything before.
    paused_until: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    draft: Draft,
    /// Sent on this line, and neither echoed nor refused so far.
    in_flight: bool,
}

impl Outbox {
    /// Keeps a new draft, behind all others.
    pub fn push(&mut self, draft: Draft) {
        self.entries.push(Entry {
            draft,
            in_flight: false,
        });
    }

    /// What may go now, on a line that stands; it counts as sent. One for each room, and the next
    /// after its echo: whatever is put off, nothing overtakes it.
    pub fn release(&mut self, now: Instant) -> Vec<ClientFrame> {
        if self.paused_until.is_some_and(|end| now < end) {
            return Vec::new();
        }
        self.paused_until = None;
        let (mut busy, mut frames) = (HashSet::new(), Vec::new());
        for entry in &mut self.entries {
            if busy.insert(entry.draft.to.as_str()) && !entry.in_flight {
                entry.in_flight = true;
                frames.push(entry.draft.frame());
            }
        }
        frames
    }

    /// When more may go though nothing has come, if ever.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.paused_until.filter(|_| !self.entries.is_empty())
    }

    /// The line is gone, and with it every answer to what was sent.
    pub fn lost(&mut self) {
        for entry in &mut self.entries {
            entry.in_flight = false;
        }
    }

    /// The server closed the socket because a frame was too large, whatever it had announced. The largest
    /// draft on its way leaves, and is returned: if another one was too large, this one is as well.
    pub fn too_large(&mut self) -> Option<Draft> {
        let sent = self.entries.iter().filter(|it| it.in_flight);
        let largest = sent.max_by_key(|it| it.draft.frame().encode().len())?;
        let id = largest.draft.id.clone();
        self.take(&id)
    }

    /// One's own event with this id has come, by whatever way. Says whether it was waited for.
    pub fn confirm(&mut self, id: &str) -> bool {
        self.take(id).is_some()
    }

    /// What was sent under this id was refused. What passes is sent again after a while; all else
    /// leaves, and is returned.
    pub fn refuse(&mut self, id: &str, refusal: &frame::Error, now: Instant) -> Option<Draft> {
        match refusal.code {
            Code::TooFast | Code::StorageUnavailable => {
                let entry = self.entries.iter_mut().find(|it| it.draft.id == id)?;
                entry.in_flight = false;
                let wait = refusal.retry_after_ms.map(Duration::from_millis);
                let end = now + wait.unwrap_or(limits::STORAGE_RETRY);
                self.paused_until = self.paused_until.max(Some(end));
                None
            }
            _ => self.take(id),
        }
    }

    fn take(&mut self, id: &str) -> Option<Draft> {
        let place = self.entries.iter().position(|it| it.draft.id == id)?;
        Some(self.entries.remove(place).draft)
    }
}

#[cfg(test)]
mod tests;
