//! `games`: lists the user's own open and running games, in all rooms. Answers with `games`.

use protocol::{Refusal, ServerFrame, frame};

use super::ConnectionContext;
use crate::{error::unavailable, rate_limit::Budget, store::game_messages};

pub async fn games(context: &mut ConnectionContext) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let (user, from) = (connection.user, connection.requester());
    let rate_limiter = &context.state.rate_limiter;
    rate_limiter.check(from, Budget::ReadBytes)?;
    rate_limiter.take(from, Budget::Ephemeral, 1)?;
    context.flush().await;
    let read = context
        .state
        .store
        .read(move |db| game_messages::of_user(db, user));
    let games = read.await.map_err(unavailable)?;
    context.send_counted(from, &ServerFrame::Games(frame::Games { games }));
    Ok(())
}
