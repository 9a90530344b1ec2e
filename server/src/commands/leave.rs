//! `leave`: out of a public room. A private conversation is not left; it just falls silent.

use protocol::{Code, Refusal, RoomName, ServerFrame, frame};

use super::Caller;

pub async fn leave(caller: &mut Caller, room: &str) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    caller.settle().await;
    // What can be no room's name is no room that one is in.
    let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
    let room = caller.state.hub.leave(&visitor, &room)?;
    caller
        .send_queue
        .send(&ServerFrame::Left(frame::Left { room }));
    Ok(())
}
