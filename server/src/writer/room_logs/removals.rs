//! What the operator removes: the text of a message, and whole rooms.

use protocol::{Code, Deletion, EventBody, Message, Refusal, UserId, name};

use super::{RoomLogs, SERVER_NAME};
use crate::{
    clock,
    store::{Db, Error, events, removed_rooms, room_use},
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

    /// Removes a public room. Returns `false` if it is used, as the removal asks. A room in which
    /// nothing was said is not stored, and has nothing to remove here.
    pub fn remove_room(&mut self, db: Db<'_>, removal: &RoomRemoval) -> Result<bool, WriteError> {
        let RoomRemoval { room, if_expired } = removal;
        let Some(stored) = self.stored_room(db, room)? else {
            return Ok(if_expired.is_none());
        };
        let row = stored.room_id();
        if let Some(before) = if_expired {
            // What this batch has appended is not in the row yet.
            let is_used = stored.cached.has_changed
                || !room_use::has_expired(db, row, *before)?
                || room_use::named_rooms(db)?.contains(&name::fold_key(room));
            if is_used {
                return Ok(false);
            }
        }
        removed_rooms::hide(db, row, room)?;
        self.rooms.remove(room);
        Ok(true)
    }
}
