//! `room`, `private` and `game`: what the server is for. The checks that need no disk are made here;
//! the writer does the rest and answers with the echo, or with its own refusal.

use protocol::{
    Code, Message, MessageId, Nickname, Refusal, RoomName, UserId, games::Act, is_direct, limits,
    text,
};

use super::{ConnectionContext, unavailable};
use crate::{
    permissions::Scope,
    secret,
    state::AppState,
    store::events,
    writer::{Author, Destination, Draft, DraftBody, Reply},
};

pub async fn in_room(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let (place, precondition) = place(context, to)?;
    text::check(&text)?;
    send(context, place, precondition, id, DraftBody::Text(text)).await
}

pub async fn in_game(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    act: Act,
) -> Result<(), Refusal> {
    let (place, precondition) = place(context, to)?;
    // No name of a place or a user is longer than that of a message: such a one need not queue up.
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
    send(context, place, precondition, id, DraftBody::Game(act)).await
}

/// The room that goes by this name or id, and what hinders anything new in it.
fn place(
    context: &ConnectionContext,
    to: String,
) -> Result<(Destination, Option<Refusal>), Refusal> {
    let connection = context.identity()?;
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

pub async fn in_private(
    context: &mut ConnectionContext,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    context.identity()?.permissions.check_private(Scope::Post)?;
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

async fn send(
    context: &mut ConnectionContext,
    place: Destination,
    precondition: Option<Refusal>,
    id: Option<String>,
    body: DraftBody,
) -> Result<(), Refusal> {
    let connection = context.identity()?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // Last, so that a refused frame uses nothing up.
    let allowed = match precondition {
        None => context.state.hub.allow_message(connection.user),
        Some(refusal) => Err(refusal),
    };
    let submission = Submission {
        author: Author::from(&connection),
        place,
        id,
        body,
        reply: Reply::Socket(connection.send_queue),
    };
    submit(&context.state, submission, allowed).await?;
    context.has_pending_writes = true;
    Ok(())
}

/// Something said, as far as nothing hinders it.
pub struct Submission {
    pub author: Author,
    pub place: Destination,
    pub id: MessageId,
    pub body: DraftBody,
    pub reply: Reply,
}

/// Hands it over to the writer. Whatever hinders a new message, and is not `allowed`, does not concern
/// the very same sent again: that is answered with the first event. Something else under an id that was
/// used before is refused here, for it has used nothing of its author's allowance.
///
/// # Errors
/// What hinders it.
pub async fn submit(
    state: &AppState,
    submission: Submission,
    allowed: Result<(), Refusal>,
) -> Result<(), Refusal> {
    let is_charged = allowed.is_ok();
    if let Err(refusal) = allowed {
        let first = already_sent(state, submission.author.user, &submission.id).await?;
        let first = first.ok_or(refusal)?;
        if !submission.body.matches(&first) || !submission.place.matches(&first) {
            return Err(Code::IdReused.into());
        }
    }
    let Submission {
        author,
        place,
        id,
        body,
        reply,
    } = submission;
    let draft = Draft {
        author,
        reply,
        destination: place,
        id,
        body,
        is_charged,
    };
    state.writer.submit(draft).await;
    Ok(())
}

/// The event of this user's under the id, if there is one. Asked once all is written that waits for
/// it, be it from a socket that is gone.
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
