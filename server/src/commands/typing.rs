//! `typing`: for who is in the room, and only while it lasts.

use protocol::Refusal;

use super::{ConnectionContext, target_room::TargetRoom};

pub async fn typing(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.identity()?;
    // First, so that who types fast waits for nothing and asks the store nothing.
    if !context
        .state
        .hub
        .should_broadcast_typing(connection.user, room)
    {
        return Ok(());
    }
    context.flush().await;
    let target_room = TargetRoom::of(context, &connection, room).await?;
    let hub = &context.state.hub;
    match target_room {
        TargetRoom::Public(room) => hub.typing_in_room(&connection, &room),
        TargetRoom::Direct { room, other } => hub.typing_to_user(&connection, &room, other),
    }
    Ok(())
}
