//! `rooms`: lists the public rooms and the user's own private conversations. Answers with `rooms`.

use protocol::{Refusal, ServerFrame, frame, limits};

use super::ConnectionContext;
use crate::{
    error::unavailable,
    store::{now_ms, rooms},
};

pub async fn rooms(context: &mut ConnectionContext) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let user = connection.user;
    context.state.user_limiter.allow_query(connection.user)?;
    context.flush().await;
    let read = context
        .state
        .store
        .read(move |db| rooms::directs_of(db, user, limits::ROOMS_LISTED, now_ms()));
    let directs = read.await.map_err(unavailable)?;
    let mut rooms = context.state.hub.rooms();
    rooms.retain(|it| connection.permissions.is_for(&it.room));
    context
        .send_queue
        .send(&ServerFrame::Rooms(frame::Rooms { rooms, directs }));
    Ok(())
}
