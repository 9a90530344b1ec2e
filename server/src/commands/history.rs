//! `history`: a page of a room's past, for those who are in it.

use protocol::{Code, Refusal, RoomName, Seq, ServerFrame, is_direct, limits};

use super::{Caller, unavailable};
use crate::store::{events, rooms};

pub async fn history(
    caller: &mut Caller,
    room: &str,
    before: Option<Seq>,
    limit: Option<u64>,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let limit = limit.map_or(Ok(limits::NEWEST), within_page)?;
    if before == Some(0) {
        let sentence = "“before” is the number of a message, 1 or more.";
        return Err(Refusal::new(Code::BadField, sentence));
    }
    caller.settle().await;
    let store = &caller.house.store;
    let room = if is_direct(room) {
        let known = room.to_owned();
        let direct = store.read(move |db| rooms::direct(db, &known)).await;
        direct
            .map_err(unavailable)?
            .filter(|direct| direct.other(visitor.person).is_some())
            .ok_or(Code::NotInRoom)?;
        room.to_owned()
    } else {
        let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
        let room = caller.house.hub.room_of(&visitor, &room)?;
        room.as_str().to_owned()
    };
    let asked = room.clone();
    let page = store
        .read(move |db| events::page(db, &asked, before, limit))
        .await
        .map_err(unavailable)?;
    caller.outbox.send(&ServerFrame::History {
        room,
        messages: page.messages,
        more: page.more,
    });
    Ok(())
}

fn within_page(limit: u64) -> Result<usize, Refusal> {
    usize::try_from(limit)
        .ok()
        .filter(|limit| (1..=limits::HISTORY_PAGE).contains(limit))
        .ok_or_else(|| {
            Refusal::new(
                Code::BadField,
                format!("“limit” goes from 1 to {}.", limits::HISTORY_PAGE),
            )
        })
}
