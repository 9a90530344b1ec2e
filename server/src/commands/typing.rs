//! `typing`: broadcasts that the user is typing. It is never stored and never answered.

use protocol::Refusal;

use super::{ConnectionContext, target_room::TargetRoom};
use crate::rate_limit::Budget;

pub async fn typing(context: &mut ConnectionContext, room: &str) -> Result<(), Refusal> {
    let connection = context.connection()?;
    // Comes first, so that frequent `typing` frames neither wait nor read the store.
    let state = &context.state;
    let user = connection.user;
    if !state.hub.is_typing_due(user, room)
        || state
            .rate_limiter
            .take(connection.requester(), Budget::Ephemeral, 1)
            .is_err()
    {
        return Ok(());
    }
    context.flush().await;
    let target_room = TargetRoom::find(context, &connection, room).await?;
    let hub = &context.state.hub;
    match target_room {
        TargetRoom::Public(room) => hub.typing_in_room(&connection, &room),
        TargetRoom::Direct { room, other } => hub.typing_to_user(&connection, &room, other),
    }
    Ok(())
}
