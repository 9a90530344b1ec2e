//! Posting a message over HTTP. It works like `room` and `private`, but its author is in no room
//! and need not be connected.

use protocol::{Code, Message, MessageId, Refusal, RoomName, is_direct, limits, text};

use super::room_to_enter;
use crate::{
    permissions::{Permissions, Scope},
    rate_limit::Requester,
    secret,
    state::AppState,
    writer::{Author, Destination, Draft, DraftBody, MessageReply, Reply},
};

/// Posts a message and waits until it is published. Returns the event; for a resend, the original
/// one.
///
/// # Errors
/// Those of the frames `room` and `private`.
pub async fn post(
    state: &AppState,
    author: Author,
    destination: Destination,
    id: Option<String>,
    text: String,
) -> Result<Message, Refusal> {
    text::check(&text)?;
    let (reply, answer) = Reply::channel();
    let draft = Draft {
        author,
        reply: MessageReply::Channel(reply),
        destination,
        id: MessageId::parse(&id.unwrap_or_else(secret::message_id))?,
        body: DraftBody::Text(text),
        precondition: Ok(()),
    };
    state.writer.submit(draft).await;
    let answer = answer.await;
    answer.unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
}

/// The destination with this name or id, if the bot may post there. A new room is created with the
/// first event.
///
/// # Errors
/// [`Code::NotAllowed`], [`Code::ReadOnly`], [`Code::BadRoomName`], [`Code::RoomNameTaken`],
/// [`Code::TooManyNewRooms`].
pub fn destination(
    state: &AppState,
    from: Requester,
    permissions: &Permissions,
    room: &str,
) -> Result<Destination, Refusal> {
    if is_direct(room) {
        permissions.check_private(Scope::Post)?;
        return Ok(Destination::Direct(room.to_owned()));
    }
    permissions.check(Scope::Post)?;
    let room = RoomName::parse(room)?;
    permissions.check_in(Scope::Post, &room)?;
    if room.is_announcements() {
        return Err(Code::ReadOnly.into());
    }
    Ok(Destination::Public(room_to_enter(state, from, room)?))
}

/// The destination of an incoming webhook.
///
/// # Errors
/// [`Code::BadRoomName`], [`Code::RoomNameTaken`], [`Code::TooManyNewRooms`].
pub fn webhook_destination(
    state: &AppState,
    from: Requester,
    room: &str,
) -> Result<Destination, Refusal> {
    let room = RoomName::parse(room)?;
    Ok(Destination::Public(room_to_enter(state, from, room)?))
}

/// The name, as it was first written, of an existing public room that the token's scope covers.
///
/// # Errors
/// [`Code::NotAllowed`], [`Code::NoSuchRoom`].
pub fn known_room(
    state: &AppState,
    permissions: &Permissions,
    scope: Scope,
    room: &str,
) -> Result<String, Refusal> {
    permissions.check(scope)?;
    let room = RoomName::parse(room).map_err(|_| Code::NoSuchRoom)?;
    permissions.check_in(scope, &room)?;
    let known = state.hub.known_room(&room).ok_or(Code::NoSuchRoom)?;
    Ok(known.as_str().to_owned())
}

/// The name of the room of announcements.
pub fn announcements(state: &AppState) -> RoomName {
    let room = RoomName::parse(limits::ANNOUNCEMENTS).expect("the name of the room is valid");
    state.hub.known_room(&room).unwrap_or(room)
}
