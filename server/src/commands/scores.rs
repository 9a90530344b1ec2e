//! `scores`: who won how often in a room.

use protocol::{Refusal, ServerFrame, frame};

use super::{ConnectionContext, target_room::TargetRoom};
use crate::{error::unavailable, store::games};

pub async fn scores(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.identity()?;
    context.flush().await;
    let room = TargetRoom::of(context, &connection, room)
        .await?
        .into_room();
    let asked = room.clone();
    let store = &context.state.store;
    let read = store.read(move |db| games::scores(db, &asked, connection.user));
    let scores = read.await.map_err(unavailable)?;
    context
        .send_queue
        .send(&ServerFrame::Scores(frame::Scores { room, scores }));
    Ok(())
}
