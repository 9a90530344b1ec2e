//! `games`: one's own games that are going on, wherever.

use protocol::{Refusal, ServerFrame, frame};

use super::{Caller, unavailable};
use crate::store::games;

pub async fn games(caller: &mut Caller) -> Result<(), Refusal> {
    let person = caller.visitor()?.person;
    caller.state.hub.allow_aside(person)?;
    caller.settle().await;
    let read = caller
        .state
        .store
        .read(move |db| games::cards_of(db, person));
    let games = read.await.map_err(unavailable)?;
    caller
        .send_queue
        .send(&ServerFrame::Games(frame::Games { games }));
    Ok(())
}
