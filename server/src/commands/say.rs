//! `room` and `private`: what the house is for. The checks that need no disk are made here; the
//! journal does the rest and answers with the echo, or with its own refusal.

use protocol::{Code, MessageId, Nickname, Refusal, RoomName, is_direct, text};

use super::Caller;
use crate::{
    journal::{Draft, Place},
    secret,
};

pub async fn in_room(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let place = if is_direct(&to) {
        Place::Direct(to)
    } else {
        let room = RoomName::parse(&to).map_err(|_| Code::NotInRoom)?;
        Place::Public(caller.house.hub.room_of(&visitor, &room)?)
    };
    say(caller, place, id, text).await
}

pub async fn in_private(
    caller: &mut Caller,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let to = Nickname::parse(&to).map_err(|_| Code::NoSuchPerson)?;
    say(caller, Place::Person(to), id, text).await
}

async fn say(
    caller: &mut Caller,
    place: Place,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let author = caller.visitor()?;
    text::check(&text)?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // Last, so that a refused frame uses nothing up.
    caller.house.hub.allow_message(author.person)?;
    caller.unsettled = true;
    caller
        .house
        .journal
        .say(Draft {
            author,
            place,
            id,
            text,
        })
        .await;
    Ok(())
}
