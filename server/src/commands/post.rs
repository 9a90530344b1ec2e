//! What a bot says over HTTP: the same as over a socket, without being anywhere.

use protocol::{Code, Message, MessageId, Refusal, RoomName, UserId, is_direct, limits, text};
use tokio::sync::oneshot;

use super::send::{self, Submission};
use crate::{
    permissions::{Permissions, Scope},
    secret,
    state::AppState,
    writer::{Author, Destination, DraftBody, Reply},
};

/// Says something; returns it as it was stored.
///
/// # Errors
/// Those of the socket's `room` and `private`.
pub async fn post(
    state: &AppState,
    author: Author,
    place: Destination,
    id: Option<String>,
    text: String,
) -> Result<Message, Refusal> {
    text::check(&text)?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    let allowed = state.hub.allow_post(author.user);
    let (answer, answered) = oneshot::channel();
    let submission = Submission {
        author,
        place,
        id,
        body: DraftBody::Text(text),
        reply: Reply::Channel(answer),
    };
    send::submit(state, submission, allowed).await?;
    let answer = answered.await;
    answer.unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
}

/// Where this bot may speak under this name or id. A room that is new is made.
///
/// # Errors
/// [`Code::NotAllowed`], [`Code::ReadOnly`], [`Code::BadRoomName`], [`Code::RoomNameTaken`],
/// [`Code::TooManyNewRooms`].
pub fn place(
    state: &AppState,
    user: UserId,
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
    Ok(Destination::Public(state.hub.room_for(user, room)?))
}

/// The room of a webhook.
///
/// # Errors
/// [`Code::RoomNameTaken`], [`Code::TooManyNewRooms`].
pub fn hooked(state: &AppState, user: UserId, room: &str) -> Result<Destination, Refusal> {
    let room = RoomName::parse(room)?;
    Ok(Destination::Public(state.hub.room_for(user, room)?))
}

/// The name, as it is written, of a public room that is there and that this bot may ask of.
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

/// The room of announcements.
pub fn announcements(state: &AppState) -> RoomName {
    let room = RoomName::parse(limits::ANNOUNCEMENTS).expect("a room's name");
    state.hub.known_room(&room).unwrap_or(room)
}
