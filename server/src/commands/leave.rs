//! `leave`: leaves a public room. Answers with `left`. A private conversation cannot be left.

use protocol::{Code, Refusal, RoomName, ServerFrame, frame};

use super::ConnectionContext;

pub async fn leave(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.connection()?;
    context.flush().await;
    // A room whose name is not valid cannot be one that the client is in.
    let room = RoomName::parse(room).map_err(|_| Code::NotInRoom)?;
    let room = context.state.hub.leave(&connection, &room)?;
    context.send_queue.send(&ServerFrame::Left(frame::Left {
        room,
        removed: false,
    }));
    Ok(())
}
