//! What a client does when the server refuses a frame: it tries again after a wait, or reports it.

use std::time::Duration;

use client::{machine::ABNORMAL_CLOSURE, pending::retry_after};
use protocol::{Code, ServerFrame, frame};
use tokio::time::Instant;

use super::Driver;
use crate::async_client::{ClientError, Event};

impl Driver {
    pub(super) fn refused(&mut self, refusal: frame::Error) -> Result<(), ClientError> {
        if !self.is_online() {
            return self.login_refused(refusal);
        }
        if let Some(id) = &refusal.id {
            match retry_after(&refusal) {
                Some(wait) => {
                    if self.pending.put_off(id) {
                        let end = Instant::now() + wait;
                        self.paused_until = self.paused_until.max(Some(end));
                    }
                }
                None => {
                    if let Some(message) = self.pending.remove(id) {
                        self.events.push(Event::Refused { message, refusal });
                    }
                }
            }
            return Ok(());
        }
        match &refusal.room {
            Some(room) if self.put_off_join(room, &refusal) => {}
            Some(room) if self.rooms.join_refused(room) => {
                let room = room.clone();
                self.events.push(Event::JoinRefused { room, refusal });
            }
            _ => self.events.push(Event::Other(ServerFrame::Error(refusal))),
        }
        Ok(())
    }

    /// Handles the refusal of a sign-in. A client that was online before tries again if the refusal
    /// is temporary: until the server has noticed that connections are lost, they count as open.
    fn login_refused(&mut self, refusal: frame::Error) -> Result<(), ClientError> {
        let is_temporary = refusal.retry_after_ms.is_some()
            || matches!(
                refusal.code,
                Code::TooManySockets | Code::StorageUnavailable
            );
        if !self.was_online || !is_temporary {
            return Err(ClientError::Refused(refusal));
        }
        self.closed(ABNORMAL_CLOSURE, refusal.message)
    }

    /// Waits before a room is joined, if the server asked to. Returns whether it did.
    fn put_off_join(&mut self, room: &str, refusal: &frame::Error) -> bool {
        let Some(wait) = retry_after(refusal) else {
            return false;
        };
        let is_joining = self.rooms.put_off(room);
        if is_joining {
            self.next_join = Some((wait, Instant::now() + wait));
        }
        is_joining
    }

    /// Joins one of the rooms that were put off, if the wait is over.
    pub(super) fn join_after_wait(&mut self) {
        let now = Instant::now();
        let is_over = |(_, due): &mut (Duration, Instant)| *due <= now;
        if let Some((wait, _)) = self.next_join.take_if(is_over) {
            if self.rooms.resume_one() {
                self.next_join = Some((wait, now + wait));
            }
            self.join_rooms();
        }
    }
}
