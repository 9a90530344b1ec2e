//! `scores`: who won how often in a room.

use protocol::{Refusal, ServerFrame, frame};

use super::{Caller, unavailable, whereabouts::Whereabouts};
use crate::store::games;

pub async fn scores(caller: &mut Caller, room: &str) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    caller.settle().await;
    let room = Whereabouts::of(caller, &visitor, room).await?.into_room();
    let asked = room.clone();
    let store = &caller.state.store;
    let read = store.read(move |db| games::scores(db, &asked, visitor.person));
    let scores = read.await.map_err(unavailable)?;
    caller
        .send_queue
        .send(&ServerFrame::Scores(frame::Scores { room, scores }));
    Ok(())
}
