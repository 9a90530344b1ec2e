//! `read`: sets the user's read marker in a room. If it moves, all of the user's connections are
//! sent `read`.

use protocol::{Refusal, Seq};

use super::{ConnectionContext, target_room::TargetRoom};
use crate::{rate_limit::Budget, writer::ReadMarker};

pub async fn read(context: &mut ConnectionContext, room: &str, seq: Seq) -> Result<(), Refusal> {
    let connection = context.connection()?;
    // Comes first, because the rate limit is there to spare the store, which `TargetRoom::find`
    // reads for a private conversation.
    context
        .state
        .rate_limiter
        .take(connection.requester(), Budget::Ephemeral, 1)?;
    let room = TargetRoom::find(context, &connection, room)
        .await?
        .into_room();
    // The writer handles it after the connection's earlier writes, and the next command waits for
    // it.
    context.has_pending_writes = true;
    let marker = ReadMarker {
        user: connection.user,
        room,
        seq,
    };
    context.state.writer.advance_read_marker(marker).await;
    Ok(())
}
