//! `scores`: requests how often each user won in a room that the client is in. Answers with
//! `scores`.

use protocol::{Refusal, ServerFrame, frame};

use super::{ConnectionContext, target_room::TargetRoom};
use crate::{error::unavailable, store::games};

pub async fn scores(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let from = connection.requester();
    context.state.rate_limiter.take_query(from)?;
    context.flush().await;
    let room = TargetRoom::find(context, &connection, room)
        .await?
        .into_room();
    let requested = room.clone();
    let store = &context.state.store;
    let read = store.read(move |db| games::scores(db, &requested, connection.user));
    let scores = read.await.map_err(unavailable)?;
    context.send_counted(from, &ServerFrame::Scores(frame::Scores { room, scores }));
    Ok(())
}
