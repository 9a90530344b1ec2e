//! `history`: a page of a room's past, for those who are in it.

use protocol::{Refusal, Seq, ServerFrame, frame};

use super::{ConnectionContext, page_limit, target_room::TargetRoom, unavailable};
use crate::store::events::{self, EventFilter};

pub async fn history(
    context: &mut ConnectionContext,
    room: &str,
    before: Option<Seq>,
    limit: Option<u64>,
    all: bool,
) -> Result<(), Refusal> {
    let connection = context.identity()?;
    let limit = page_limit(before, limit)?;
    context.flush().await;
    let room = TargetRoom::of(context, &connection, room)
        .await?
        .into_room();
    let asked = room.clone();
    let filter = if all {
        EventFilter::All
    } else {
        EventFilter::Visible
    };
    let page = context
        .state
        .store
        .read(move |db| events::page_before(db, &asked, before, limit, filter))
        .await
        .map_err(unavailable)?;
    context
        .send_queue
        .send(&ServerFrame::History(frame::History {
            room,
            messages: page.messages,
            more: page.more,
        }));
    Ok(())
}
