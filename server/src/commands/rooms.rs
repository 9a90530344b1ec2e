//! `rooms`: lists the public rooms and the user's own private conversations. Answers with `rooms`;
//! `rooms_changed` follows.

use protocol::{Refusal, ServerFrame, frame, limits};

use super::ConnectionContext;
use crate::{
    error::unavailable,
    store::{now_ms, rooms},
};

pub async fn rooms(context: &mut ConnectionContext) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let user = connection.user;
    let from = connection.requester();
    context.state.rate_limiter.take_query(from)?;
    context.flush().await;
    let read = context
        .state
        .store
        .read(move |db| rooms::directs_of(db, user, limits::ROOMS_LISTED, now_ms()));
    let directs = read.await.map_err(unavailable)?;
    let from = connection.requester();
    let context = &*context;
    context.state.hub.send_rooms(&connection, |rooms| {
        let directs = directs.clone();
        context.send_counted(from, &ServerFrame::Rooms(frame::Rooms { rooms, directs }));
    });
    Ok(())
}
