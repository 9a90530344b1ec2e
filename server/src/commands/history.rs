//! `history`: requests a page of earlier messages of a room that the client is in. Answers with
//! `history`.

use protocol::{Refusal, Seq, ServerFrame, frame};

use super::{ConnectionContext, page_limit, target_room::TargetRoom};
use crate::{
    error::unavailable,
    store::events::{self, EventFilter},
};

pub async fn history(
    context: &mut ConnectionContext,
    room: &str,
    before: Option<Seq>,
    limit: Option<u64>,
    all: bool,
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let limit = page_limit(before, limit)?;
    context.state.user_limiter.allow_query(connection.user)?;
    context.flush().await;
    let room = TargetRoom::find(context, &connection, room)
        .await?
        .into_room();
    let requested = room.clone();
    let filter = if all {
        EventFilter::All
    } else {
        EventFilter::Visible
    };
    let page = context
        .state
        .store
        .read(move |db| events::page_before(db, &requested, before, limit, filter))
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
