//! `watch`: replaces the set of games that the client is viewing in a public room. Answers with
//! `watchers`. In a private conversation it is ignored: only the two players are there.

use protocol::{Code, Refusal, Seq, limits};

use super::{ConnectionContext, target_room::TargetRoom};
use crate::rate_limit::Budget;

pub async fn watch(
    context: &mut ConnectionContext,
    room: &str,
    games: &[Seq],
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    if games.len() > limits::GAMES_WATCHED {
        let sentence = format!(
            "“games” can list up to {} games. Send fewer.",
            limits::GAMES_WATCHED
        );
        return Err(Refusal::new(Code::BadField, sentence));
    }
    context
        .state
        .rate_limiter
        .take(connection.requester(), Budget::Ephemeral, 1)?;
    context.flush().await;
    match TargetRoom::find(context, &connection, room).await? {
        TargetRoom::Public(room) => context.state.hub.watch(&connection, &room, games),
        TargetRoom::Direct { .. } => {}
    }
    Ok(())
}
