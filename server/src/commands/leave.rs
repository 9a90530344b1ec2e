//! `leave`: out of a public room. A private conversation is not left; it just falls silent.

use protocol::{Code, Refusal, RoomName, ServerFrame, frame};

use super::ConnectionContext;

pub async fn leave(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.identity()?;
    context.flush().await;
    // What can be no room's name is no room that one is in.
    let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
    let room = context.state.hub.leave(&connection, &room)?;
    context
        .send_queue
        .send(&ServerFrame::Left(frame::Left { room }));
    Ok(())
}
