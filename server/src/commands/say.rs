//! `room` and `private`: what the house is for. The checks that need no disk are made here; the
//! journal does the rest and answers with the echo, or with its own refusal.

use protocol::{Code, MessageId, Nickname, PersonId, Refusal, RoomName, is_direct, text};

use super::{Caller, unavailable};
use crate::{
    journal::{Draft, Place},
    secret,
    store::events,
};

pub async fn in_room(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let (place, hindrance) = if is_direct(&to) {
        (Place::Direct(to), None)
    } else {
        let room = RoomName::parse(&to).map_err(|_| Code::NotInRoom)?;
        match caller.house.hub.room_of(&visitor, &room) {
            Ok(room) => (Place::Public(room), None),
            Err(refusal) => (Place::Public(room), Some(refusal)),
        }
    };
    say(caller, place, hindrance, id, text).await
}

pub async fn in_private(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let to = Nickname::parse(&to).map_err(|_| Code::NoSuchPerson)?;
    say(caller, Place::Person(to), None, id, text).await
}

/// Whatever hinders a new message, by `hindrance` or by its author's allowance, does not concern
/// one that was said before: that is answered with the first event.
async fn say(
    caller: &mut Caller,
    place: Place,
    hindrance: Option<Refusal>,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let author = caller.visitor()?;
    text::check(&text)?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // Last, so that a refused frame uses nothing up.
    let allowed = match hindrance {
        None => caller.house.hub.allow_message(author.person),
        Some(refusal) => Err(refusal),
    };
    let is_paid = allowed.is_ok();
    if let Err(refusal) = allowed
        && !was_said(caller, author.person, &id).await?
    {
        return Err(refusal);
    }
    caller.unsettled = true;
    caller
        .house
        .journal
        .say(Draft {
            author,
            place,
            id,
            text,
            is_paid,
        })
        .await;
    Ok(())
}

/// Is there an event of this person's under the id? Asked once all is written that waits for it, be
/// it from a socket that is gone.
async fn was_said(caller: &Caller, person: PersonId, id: &MessageId) -> Result<bool, Refusal> {
    caller.house.journal.settle().await;
    let id = id.as_str().to_owned();
    let read = caller
        .house
        .store
        .read(move |db| events::sent(db, person, &id));
    Ok(read.await.map_err(unavailable)?.is_some())
}
