//! `room`, `private` and `game`: send a message, or act in a game. The checks that need no disk are
//! here. The writer does the rest and answers with the event or with a refusal.

use protocol::{
    Code, Message, MessageId, Nickname, Refusal, RoomName, UserId, games::Act, is_direct, limits,
    text,
};

use super::ConnectionContext;
use crate::{
    error::unavailable,
    permissions::Scope,
    secret,
    state::AppState,
    store::events,
    writer::{Author, Destination, Draft, DraftBody, Reply},
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
    // No cell's name has more than `ID_CHARS` characters, and nobody has an invalid nickname.
    // Such acts are refused here, without queuing for the writer.
    match &act {
        Act::Move { at, .. } if at.len() > limits::ID_CHARS => {
            return Err(Code::OutsideBoard.into());
        }
        Act::Invite {
            with: Some(with), ..
        } => {
            Nickname::parse(with).map_err(|_| Code::NoSuchUser)?;
        }
        _ => {}
    }
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
        None,
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
) -> Result<(Destination, Option<Refusal>), Refusal> {
    let connection = context.connection()?;
    if is_direct(&to) {
        connection.permissions.check_private(Scope::Post)?;
        return Ok((Destination::Direct(to), None));
    }
    let room = RoomName::parse(&to).map_err(|_| Code::NotInRoom)?;
    connection.permissions.check_in(Scope::Post, &room)?;
    if room.is_announcements() {
        return Err(Code::ReadOnly.into());
    }
    Ok(match context.state.hub.room_of(&connection, &room) {
        Ok(room) => (Destination::Public(room), None),
        Err(refusal) => (Destination::Public(room), Some(refusal)),
    })
}

async fn send(
    context: &mut ConnectionContext,
    destination: Destination,
    precondition: Option<Refusal>,
    id: Option<String>,
    body: DraftBody,
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // The rate limit is checked last, so that a frame that is refused here does not count toward
    // it.
    let allowed = match precondition {
        None => context.state.user_limiter.allow_message(connection.user),
        Some(refusal) => Err(refusal),
    };
    let submission = Submission {
        author: Author::from(&connection),
        destination,
        id,
        body,
        reply: Reply::Socket(connection.send_queue),
    };
    submit(&context.state, submission, allowed).await?;
    context.has_pending_writes = true;
    Ok(())
}

/// A message or an act that has passed the checks of its own content.
pub struct Submission {
    pub author: Author,
    pub destination: Destination,
    pub id: MessageId,
    pub body: DraftBody,
    pub reply: Reply,
}

/// Submits a message or an act to the writer. `allowed` says whether it may be sent if it is new.
///
/// Resends are idempotent: the writer answers a known id with its original event, even if a new
/// message would be refused. A known id with different content or another destination is refused
/// here, because nothing was taken from the author's rate limit for it.
///
/// # Errors
/// The refusal in `allowed`, if the id is new; [`Code::IdReused`]; [`Code::StorageUnavailable`] or
/// [`Code::Internal`] if the store cannot be read.
pub async fn submit(
    state: &AppState,
    submission: Submission,
    allowed: Result<(), Refusal>,
) -> Result<(), Refusal> {
    let is_charged = allowed.is_ok();
    if let Err(refusal) = allowed {
        let original = already_sent(state, submission.author.user, &submission.id).await?;
        let original = original.ok_or(refusal)?;
        if !submission.body.matches(&original) || !submission.destination.matches(&original) {
            return Err(Code::IdReused.into());
        }
    }
    let Submission {
        author,
        destination,
        id,
        body,
        reply,
    } = submission;
    let draft = Draft {
        author,
        reply,
        destination,
        id,
        body,
        is_charged,
    };
    state.writer.submit(draft).await;
    Ok(())
}

/// The user's event with this id, if there is one. First waits for all pending writes, because one
/// of them may be this event, even from a connection that is closed by now.
async fn already_sent(
    state: &AppState,
    user: UserId,
    id: &MessageId,
) -> Result<Option<Message>, Refusal> {
    state.writer.flush().await;
    let id = id.as_str().to_owned();
    let read = state
        .store
        .read(move |db| events::find_by_client_id(db, user, &id));
    read.await.map_err(unavailable)
}
