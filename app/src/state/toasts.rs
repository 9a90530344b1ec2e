//! Toasts: sentences for the user that belong to no message. Among them are the bells: a bell on
//! another user shows a toast when that user comes online.

use protocol::limits::ANNOUNCEMENTS;
use protocol::{Deletion, EventBody, Message, Seq};

use super::{ChatState, Output};
use crate::sorted_map::Rooms;

/// Toasts on the screen at once. The oldest one goes first.
const MAX_TOASTS: usize = 3;

/// A sentence for the user that belongs to no message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Toast {
    pub id: u32,
    pub kind: ToastKind,
}

/// What a toast is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ToastKind {
    /// The server refused something, in its words.
    Refused(String),
    /// A user with a bell has come into a room.
    Here { name: String, room: String },
    /// An announcement to everybody, with its number.
    Announced { text: String, seq: Seq },
}

impl ChatState {
    /// Has this user a bell?
    pub fn has_bell(&self, name: &str) -> bool {
        self.bells.contains(name)
    }

    /// Sets or removes the bell of a user.
    pub fn toggle_bell(&mut self, name: &str) {
        if self.bells.remove(name).is_none() {
            self.bells.insert(name, ());
        }
    }

    /// The nicknames of the users with a bell.
    pub fn bells(&self) -> &Rooms {
        &self.bells
    }

    /// These users have come into a room. Those with a bell are shown.
    pub(super) fn notify_arrivals(&mut self, room: &str, came: Vec<String>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for name in came {
            if self.has_bell(&name) {
                self.show_toast(ToastKind::Here {
                    name: name.clone(),
                    room: room.to_owned(),
                });
                outputs.push(Output::Notify(name));
            }
        }
        outputs
    }

    /// Takes a toast off the screen. A dismissed announcement counts as read, on every device.
    pub fn dismiss(&mut self, id: u32) -> Vec<Output> {
        let at = self.toasts.iter().position(|toast| toast.id == id);
        match at.map(|at| self.toasts.remove(at).kind) {
            Some(ToastKind::Announced { seq, .. }) => {
                let sync = self.advance_read(ANNOUNCEMENTS, seq.into());
                sync.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Shows an announcement, unless it is read, or its room is open. It may arrive twice.
    pub(super) fn show_announcement(&mut self, message: &Message) {
        if let EventBody::Delete(Deletion { of, .. }) = message.body {
            // It counts as read: it may still be on its way, read from the store before this.
            self.set_read(ANNOUNCEMENTS, of.into());
        }
        if message.is_hidden() || message.body == EventBody::Deleted {
            return;
        }
        let read = self.read.get(ANNOUNCEMENTS).map_or(0, |read| read.seq);
        let is_known = |toast: &Toast| matches!(toast.kind, ToastKind::Announced { seq, .. } if seq >= message.seq);
        let is_open = self.open.as_deref() == Some(ANNOUNCEMENTS);
        if message.seq > read && !is_open && !self.toasts.iter().any(is_known) {
            let text = [&message.from, ": ", message.text()].concat();
            let seq = message.seq;
            self.show_toast(ToastKind::Announced { text, seq });
        }
    }

    /// Announcements that were read elsewhere need not be shown any more.
    pub(super) fn retire_announcements(&mut self, upto: Seq) {
        self.toasts
            .retain(|toast| !matches!(toast.kind, ToastKind::Announced { seq, .. } if seq <= upto));
    }

    /// The toasts on the screen, the newest last.
    pub fn toasts(&self) -> &[Toast] {
        &self.toasts
    }

    /// Shows a toast, unless the same one is on the screen.
    pub(super) fn show_toast_once(&mut self, kind: ToastKind) {
        if !self.toasts.iter().any(|toast| toast.kind == kind) {
            self.show_toast(kind);
        }
    }

    /// Shows a toast.
    pub fn show_toast(&mut self, kind: ToastKind) {
        self.last_id += 1;
        if self.toasts.len() == MAX_TOASTS {
            self.toasts.remove(0);
        }
        self.toasts.push(Toast {
            id: self.last_id,
            kind,
        });
    }
}
