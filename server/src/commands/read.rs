//! `read`: up to where one has read, for one's own other sockets and for next time.

use protocol::{Refusal, Seq};

use super::{ConnectionContext, target_room::TargetRoom};
use crate::writer::ReadMarker;

pub async fn read(context: &mut ConnectionContext, room: &str, seq: Seq) -> Result<(), Refusal> {
    let connection = context.identity()?;
    // Before the store is asked about a private conversation: it is what the allowance spares.
    context.state.hub.allow_aside(connection.user)?;
    let room = TargetRoom::of(context, &connection, room)
        .await?
        .into_room();
    // It queues up behind what was said before, and what comes after waits for its answer.
    context.has_pending_writes = true;
    let marker = ReadMarker {
        user: connection.user,
        room,
        seq,
    };
    context.state.writer.advance_read_marker(marker).await;
    Ok(())
}
