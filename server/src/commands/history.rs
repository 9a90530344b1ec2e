//! `history`: requests a page of earlier messages of a room that the client is in. Answers with
//! `history`.

use protocol::{Refusal, Seq, ServerFrame, frame};

use super::{ConnectionContext, page_limit, target_room::TargetRoom};
use crate::{
    error::unavailable,
    rate_limit::Budget,
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
    let from = connection.requester();
    context.state.rate_limiter.take_query(from)?;
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
    let rate_limiter = &context.state.rate_limiter;
    rate_limiter.charge(from, Budget::ReadBytes, page.bytes);
    context
        .send_queue
        .send(&ServerFrame::History(frame::History {
            room,
            messages: page.messages,
            more: page.more,
        }));
    Ok(())
}
