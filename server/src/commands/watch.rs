//! `watch`: which games are before somebody's eyes. Only in public rooms: in private there is nobody
//! to watch.

use protocol::{Code, Refusal, Seq, limits};

use super::{ConnectionContext, target_room::TargetRoom};

pub async fn watch(
    context: &mut ConnectionContext,
    room: &str,
    games: &[Seq],
) -> Result<(), Refusal> {
    let connection = context.identity()?;
    if games.len() > limits::GAMES_WATCHED {
        let sentence = format!(
            "“games” can list up to {} games. Send fewer.",
            limits::GAMES_WATCHED
        );
        return Err(Refusal::new(Code::BadField, sentence));
    }
    context.state.hub.allow_aside(connection.user)?;
    context.flush().await;
    match TargetRoom::of(context, &connection, room).await? {
        TargetRoom::Public(room) => context.state.hub.watch(&connection, &room, games),
        TargetRoom::Direct { .. } => {}
    }
    Ok(())
}
