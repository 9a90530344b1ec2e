//! `games`: lists the user's own open and running games, in all rooms. Answers with `games`.

use protocol::{Refusal, ServerFrame, frame};

use super::ConnectionContext;
use crate::{error::unavailable, store::game_messages};

pub async fn games(context: &mut ConnectionContext) -> Result<(), Refusal> {
    let user = context.connection()?.user;
    context.state.user_limiter.allow_ephemeral(user)?;
    context.flush().await;
    let read = context
        .state
        .store
        .read(move |db| game_messages::of_user(db, user));
    let games = read.await.map_err(unavailable)?;
    context
        .send_queue
        .send(&ServerFrame::Games(frame::Games { games }));
    Ok(())
}
