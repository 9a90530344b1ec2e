//! `history`: a page of a room's past, for those who are in it.

use protocol::{Code, Refusal, Seq, ServerFrame, frame, limits};

use super::{Caller, unavailable, whereabouts::Whereabouts};
use crate::store::events::{self, Which};

pub async fn history(
    caller: &mut Caller,
    room: &str,
    before: Option<Seq>,
    limit: Option<u64>,
    all: bool,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let limit = limit.map_or(Ok(limits::NEWEST), within_page)?;
    if before == Some(0) {
        let sentence = "“before” is the number of a message, 1 or more.";
        return Err(Refusal::new(Code::BadField, sentence));
    }
    caller.settle().await;
    let room = Whereabouts::of(caller, &visitor, room).await?.into_room();
    let asked = room.clone();
    let which = if all { Which::All } else { Which::Talk };
    let page = caller
        .house
        .store
        .read(move |db| events::page(db, &asked, before, limit, which))
        .await
        .map_err(unavailable)?;
    caller.outbox.send(&ServerFrame::History(frame::History {
        room,
        messages: page.messages,
        more: page.more,
    }));
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
