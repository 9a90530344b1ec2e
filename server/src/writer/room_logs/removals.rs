//! What the administrator removes: the text of a message, and whole rooms.

use protocol::{Code, Deletion, EventBody, Message, Refusal, UserId};

use super::{RoomLogs, SERVER_NAME};
use crate::{
    clock, limits,
    store::{Db, Error, events, removed_rooms},
    writer::{
        error::WriteError,
        post_commit::Publication,
        requests::{MessageRef, RoomRemoval},
    },
};

impl RoomLogs {
    /// Deletes the text of a message, in the name of the server. Returns the deletion; `None` if
    /// the text was deleted before.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such message, or if it is not a text.
    pub fn delete_message(
        &mut self,
        db: Db<'_>,
        message: &MessageRef,
        now: i64,
    ) -> Result<Option<Publication>, WriteError> {
        let MessageRef { room, seq } = message;
        let room = self.stored_room(db, room)?.ok_or(Code::NoSuchRoom)?;
        let target = events::find_by_seq(db, room.room_id(), *seq)?;
        match target.map(|target| target.body) {
            Some(EventBody::Text(_)) => {}
            Some(EventBody::Deleted) => return Ok(None),
            Some(EventBody::Delete(_) | EventBody::Game(_) | EventBody::Unknown(_)) | None => {
                let sentence = format!("There is no text message {seq} in that room.");
                return Err(Refusal::new(Code::NotFound, sentence).into());
            }
        }
        let mut deletion = Message {
            from: SERVER_NAME.to_owned(),
            author: UserId::SERVER,
            id: format!("delete {}/{seq}", room.room_id()),
            at: clock::to_wall(now),
            body: EventBody::Delete(Deletion {
                of: *seq,
                text: format!("{SERVER_NAME} deletes message {seq}."),
            }),
            ..Message::default()
        };
        let (log, audience) = self.append(room, &mut deletion);
        if !events::add(db, log, &deletion)?
            || !events::delete_text(db, log.room_id, *seq, deletion.seq)?
        {
            return Err(Error::Missing("the text to delete").into());
        }
        Ok(Some((deletion, audience)))
    }

    /// Removes a public room. Returns `false` if it is used, as the removal asks.
    ///
    /// # Errors
    /// [`Code::NoSuchRoom`].
    pub fn remove_room(&mut self, db: Db<'_>, removal: &RoomRemoval) -> Result<bool, WriteError> {
        let RoomRemoval { room, unused_since } = removal;
        let cached = self.stored_room(db, room)?.ok_or(Code::NoSuchRoom)?.cached;
        if let Some(since) = unused_since {
            // What this batch has appended is not in the row yet.
            let is_used = cached.has_changed
                || cached.log.last_seq > limits::EXPIRING_EVENTS
                || removed_rooms::last_use(db, cached.log.room_id)?.is_none_or(|at| at >= *since);
            if is_used {
                return Ok(false);
            }
        }
        removed_rooms::hide(db, cached.log.room_id, room)?;
        self.rooms.remove(room);
        Ok(true)
    }
}
