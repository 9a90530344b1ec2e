//! `rooms`: which public rooms there are, and which private conversations of one's own.

use protocol::{Refusal, ServerFrame, frame, limits};

use super::{Caller, unavailable};
use crate::store::{now_ms, rooms};

pub async fn rooms(caller: &mut Caller) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    let person = visitor.person;
    caller.settle().await;
    let read = caller
        .state
        .store
        .read(move |db| rooms::directs_of(db, person, limits::ROOMS_LISTED, now_ms()));
    let directs = read.await.map_err(unavailable)?;
    let mut rooms = caller.state.hub.rooms();
    rooms.retain(|line| visitor.permissions.is_for(&line.room));
    caller
        .send_queue
        .send(&ServerFrame::Rooms(frame::Rooms { rooms, directs }));
    Ok(())
}
