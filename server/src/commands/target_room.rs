//! The room that a command names: a public room or a private conversation that the client is in.

use protocol::{Code, Refusal, RoomName, UserId, is_direct};

use super::{ConnectionContext, post::announcements};
use crate::{error::unavailable, hub::ConnectionHandle, store::rooms};

/// A room that the client is in.
pub enum TargetRoom {
    /// A public room that the connection is in.
    Public(RoomName),
    /// A private conversation of the user with `other`.
    Direct { room: String, other: UserId },
}

impl TargetRoom {
    /// Finds the room with this name or id.
    ///
    /// # Errors
    /// [`Code::NotInRoom`], also if the name is not valid or the room does not exist;
    /// [`Code::StorageUnavailable`] or [`Code::Internal`] if the store cannot be read.
    pub async fn find(
        context: &ConnectionContext,
        connection: &ConnectionHandle,
        room: &str,
    ) -> Result<Self, Refusal> {
        if !is_direct(room) {
            let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
            if room.is_announcements() {
                // Everybody may use it without joining.
                return Ok(Self::Public(announcements(&context.state)));
            }
            return Ok(Self::Public(context.state.hub.room_of(connection, &room)?));
        }
        let (user, known) = (connection.user, room.to_owned());
        let store = &context.state.store;
        let direct = store.read(move |db| rooms::direct_of(db, user, &known));
        let other = direct
            .await
            .map_err(unavailable)?
            .and_then(|direct| direct.other(user))
            .ok_or(Code::NotInRoom)?;
        Ok(Self::Direct {
            room: room.to_owned(),
            other,
        })
    }

    /// The room's name as it was first written, or the conversation's id.
    pub fn into_room(self) -> String {
        match self {
            Self::Public(name) => name.as_str().to_owned(),
            Self::Direct { room, .. } => room,
        }
    }
}
