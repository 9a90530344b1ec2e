//! `room`, `private` and `game`: send a message, or act in a game. The checks that need neither the
//! disk nor the author's rate are here. The writer does the rest and answers with the event or with
//! a refusal.

use protocol::{Code, MessageId, Nickname, Refusal, RoomName, games::Act, is_direct, text};

use super::ConnectionContext;
use crate::{
    permissions::Scope,
    secret,
    writer::{Author, Destination, Draft, DraftBody, MessageReply},
};

/// `room`: sends a message to a room, or to a private conversation by its id.
pub async fn in_room(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let (destination, precondition) = destination(context, to)?;
    text::check(&text)?;
    send(
        context,
        destination,
        precondition,
        id,
        DraftBody::Text(text),
    )
    .await
}

/// `game`: acts in a game of a room, or of a private conversation.
pub async fn in_game(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    act: Act,
) -> Result<(), Refusal> {
    let (destination, precondition) = destination(context, to)?;
    act.check()?;
    send(context, destination, precondition, id, DraftBody::Game(act)).await
}

/// `private`: sends a message to the user who has this nickname now.
pub async fn in_private(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    connection.permissions.check_private(Scope::Post)?;
    let to = Nickname::parse(&to).map_err(|_| Code::NoSuchUser)?;
    text::check(&text)?;
    send(
        context,
        Destination::User(to),
        Ok(()),
        id,
        DraftBody::Text(text),
    )
    .await
}

/// The room with this name or id. If the client is not in the room, also the refusal of any new
/// message to it.
fn destination(
    context: &ConnectionContext,
    to: String,
) -> Result<(Destination, Result<(), Refusal>), Refusal> {
    let connection = context.connection()?;
    if is_direct(&to) {
        connection.permissions.check_private(Scope::Post)?;
        return Ok((Destination::Direct(to), Ok(())));
    }
    let room = RoomName::parse(&to).map_err(|_| Code::NotInRoom)?;
    connection.permissions.check_in(Scope::Post, &room)?;
    if room.is_announcements() {
        return Err(Code::ReadOnly.into());
    }
    Ok(
        match context.state.hub.room_to_write_to(&connection, &room) {
            Ok((room, true)) => (Destination::Stored(room), Ok(())),
            Ok((room, false)) => (Destination::Public(room), Ok(())),
            Err(refusal) => (Destination::Public(room), Err(refusal)),
        },
    )
}

async fn send(
    context: &mut ConnectionContext,
    destination: Destination,
    precondition: Result<(), Refusal>,
    id: Option<String>,
    body: DraftBody,
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let draft = Draft {
        author: Author::from(&connection),
        reply: MessageReply::Socket(connection.send_queue),
        destination,
        id: MessageId::parse(&id.unwrap_or_else(secret::message_id))?,
        body,
        precondition,
    };
    context.state.writer.submit(draft).await;
    context.has_pending_writes = true;
    Ok(())
}
