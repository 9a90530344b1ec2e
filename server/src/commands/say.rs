//! `room` and `private`: what the house is for. The checks that need no disk are made here; the
//! journal does the rest and answers with the echo, or with its own refusal.

use protocol::{MessageId, Refusal, is_direct, text};

use super::visitor;
use crate::{
    journal::{Draft, Place},
    secret,
    session::Session,
};

pub async fn in_room(
    session: &mut Session,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let visitor = visitor(session)?;
    let place = if is_direct(&to) {
        Place::Direct(to)
    } else {
        Place::Public(session.house.hub.room_of(&visitor, &to)?)
    };
    say(session, place, id, text).await
}

pub async fn in_private(
    session: &mut Session,
    to: String,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    say(session, Place::Person(to), id, text).await
}

async fn say(
    session: &mut Session,
    place: Place,
    id: Option<String>,
    text: String,
) -> Result<(), Refusal> {
    let author = visitor(session)?;
    text::check(&text)?;
    let id = MessageId::parse(&id.unwrap_or_else(secret::message_id))?;
    // Last, so that a refused frame uses nothing up.
    session.house.hub.allow_message(author.person)?;
    session.unsettled = true;
    session
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
