//! Where a client speaks of: a room that the client is in.

use protocol::{Code, Refusal, RoomName, UserId, is_direct};

use super::{ConnectionContext, post::announcements};
use crate::{error::unavailable, hub::ConnectionHandle, store::rooms};

/// A room that the client is in.
pub enum TargetRoom {
    /// A public one, that this socket is in.
    Public(RoomName),
    /// A private conversation, that the user is one of the two of.
    Direct { room: String, other: UserId },
}

impl TargetRoom {
    /// Of the room that goes by this name or id.
    ///
    /// # Errors
    /// [`Code::NotInRoom`], also for what can be no room at all; [`Code::StorageUnavailable`].
    pub async fn of(
        context: &ConnectionContext,
        connection: &ConnectionHandle,
        room: &str,
    ) -> Result<Self, Refusal> {
        if !is_direct(room) {
            let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
            if room.is_announcements() {
                // Where everybody is.
                return Ok(Self::Public(announcements(&context.state)));
            }
            return Ok(Self::Public(context.state.hub.room_of(connection, &room)?));
        }
        let known = room.to_owned();
        let store = &context.state.store;
        let direct = store.read(move |db| rooms::direct(db, &known)).await;
        let other = direct
            .map_err(unavailable)?
            .and_then(|direct| direct.other(connection.user))
            .ok_or(Code::NotInRoom)?;
        Ok(Self::Direct {
            room: room.to_owned(),
            other,
        })
    }

    /// The room as it is written.
    pub fn into_room(self) -> String {
        match self {
            Self::Public(name) => name.as_str().to_owned(),
            Self::Direct { room, .. } => room,
        }
    }
}
