//! `room`, `private` and `game`: what the server is for. The checks that need no disk are made here;
//! the writer does the rest and answers with the echo, or with its own refusal.

use protocol::{
    Code, Message, MessageId, Nickname, PersonId, Refusal, RoomName, games::Act, is_direct, limits,
    text,
};

use super::{Caller, unavailable};
use crate::{
    permissions::Scope,
    secret,
    state::AppState,
    store::events,
    writer::{Author, Body, Destination, Draft, Reply},
};

pub async fn in_room(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let (place, hindrance) = place(caller, to)?;
    text::check(&text)?;
    say(caller, place, hindrance, id, Body::Text(text)).await
}

pub async fn in_game(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    act: Act,
) -> Result<(), Refusal> {
    let (place, hindrance) = place(caller, to)?;
    // No name of a place or a person is longer than that of a message: such a one need not queue up.
    match &act {
        Act::Move { at, .. } if at.len() > limits::ID_CHARS => {
            return Err(Code::OutsideBoard.into());
        }
        Act::Invite {
            with: Some(with), ..
        } => {
            Nickname::parse(with).map_err(|_| Code::NoSuchPerson)?;
        }
        _ => {}
    }
    say(caller, place, hindrance, id, Body::Act(act)).await
}

/// The room that goes by this name or id, and what hinders anything new in it.
fn place(caller: &Caller, to: String) -> Result<(Destination, Option<Refusal>), Refusal> {
    let visitor = caller.visitor()?;
    if is_direct(&to) {
        visitor.permissions.check_private(Scope::Post)?;
        return Ok((Destination::Direct(to), None));
    }
    let room = RoomName::parse(&to).map_err(|_| Code::NotInRoom)?;
    visitor.permissions.check_in(Scope::Post, &room)?;
    if room.is_announcements() {
        return Err(Code::ReadOnly.into());
    }
    Ok(match caller.state.hub.room_of(&visitor, &room) {
        Ok(room) => (Destination::Public(room), None),
        Err(refusal) => (Destination::Public(room), Some(refusal)),
    })
}

pub async fn in_private(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    caller.visitor()?.permissions.check_private(Scope::Post)?;
    let to = Nickname::parse(&to).map_err(|_| Code::NoSuchPerson)?;
    text::check(&text)?;
    say(caller, Destination::Person(to), None, id, Body::Text(text)).await
}

async fn say(
    caller: &mut Caller,
    place: Destination,
    hindrance: Option<Refusal>,
    id: Option<String>,
    body: Body,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // Last, so that a refused frame uses nothing up.
    let allowed = match hindrance {
        None => caller.state.hub.allow_message(visitor.person),
        Some(refusal) => Err(refusal),
    };
    let said = Said {
        author: Author::from(&visitor),
        place,
        id,
        body,
        reply: Reply::Socket(visitor.send_queue),
    };
    hand_over(&caller.state, said, allowed).await?;
    caller.unsettled = true;
    Ok(())
}

/// Something said, as far as nothing hinders it.
pub struct Said {
    pub author: Author,
    pub place: Destination,
    pub id: MessageId,
    pub body: Body,
    pub reply: Reply,
}

/// Hands it over to the writer. Whatever hinders a new message, and is not `allowed`, does not concern
/// the very same sent again: that is answered with the first event. Something else under an id that was
/// used before is refused here, for it has used nothing of its author's allowance.
///
/// # Errors
/// What hinders it.
pub async fn hand_over(
    state: &AppState,
    said: Said,
    allowed: Result<(), Refusal>,
) -> Result<(), Refusal> {
    let is_paid = allowed.is_ok();
    if let Err(refusal) = allowed {
        let first = said_before(state, said.author.person, &said.id).await?;
        let first = first.ok_or(refusal)?;
        if !said.body.matches(&first) || !said.place.matches(&first) {
            return Err(Code::IdReused.into());
        }
    }
    let Said {
        author,
        place,
        id,
        body,
        reply,
    } = said;
    let draft = Draft {
        author,
        reply,
        destination: place,
        id,
        body,
        is_paid,
    };
    state.writer.submit(draft).await;
    Ok(())
}

/// The event of this person's under the id, if there is one. Asked once all is written that waits for
/// it, be it from a socket that is gone.
async fn said_before(
    state: &AppState,
    person: PersonId,
    id: &MessageId,
) -> Result<Option<Message>, Refusal> {
    state.writer.flush().await;
    let id = id.as_str().to_owned();
    let read = state.store.read(move |db| events::sent(db, person, &id));
    read.await.map_err(unavailable)
}
