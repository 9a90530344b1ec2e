//! `history`: a page of a room's past, for those who are in it.

use protocol::{Refusal, Seq, ServerFrame, frame};

use super::{Caller, page_limit, unavailable, whereabouts::Whereabouts};
use crate::store::events::{self, Which};

pub async fn history(
    caller: &mut Caller,
    room: &str,
    before: Option<Seq>,
    limit: Option<u64>,
    all: bool,
) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let limit = page_limit(before, limit)?;
    caller.settle().await;
    let room = Whereabouts::of(caller, &visitor, room).await?.into_room();
    let asked = room.clone();
    let which = if all { Which::All } else { Which::Talk };
    let page = caller
        .state
        .store
        .read(move |db| events::page(db, &asked, before, limit, which))
        .await
        .map_err(unavailable)?;
    caller
        .send_queue
        .send(&ServerFrame::History(frame::History {
            room,
            messages: page.messages,
            more: page.more,
        }));
    Ok(())
}
