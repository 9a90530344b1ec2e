//! `watch`: replaces the set of games that the client is viewing in a public room. Answers with
//! `watchers`. In a private conversation it is ignored: only the two players are there.

use protocol::{Code, Refusal, Seq, limits};

use super::{ConnectionContext, target_room::TargetRoom};

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
        .user_limiter
        .allow_ephemeral(connection.user)?;
    context.flush().await;
    match TargetRoom::find(context, &connection, room).await? {
        TargetRoom::Public(room) => context.state.hub.watch(&connection, &room, games),
        TargetRoom::Direct { .. } => {}
    }
    Ok(())
}
