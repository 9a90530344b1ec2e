//! What a client may ask for: one exhaustive match, one file for each command.
//!
//! A command answers through the socket's send queue. Those that speak, and `read`, only hand something
//! to the writer and do not wait; all others first wait until what this socket said before is
//! settled, so that the frames of one socket take effect in order.

mod announced;
mod caller;
mod games;
mod history;
mod join;
mod leave;
mod login;
pub mod post;
mod read;
mod rooms;
mod say;
mod scores;
mod typing;
mod watch;
mod whereabouts;

pub use announced::announced;
pub use caller::Caller;
use protocol::{ClientFrame, Code, Refusal, Seq, ServerFrame, limits};

use crate::store;

/// Does what the frame asks for.
pub async fn obey(caller: &mut Caller, frame: ClientFrame) {
    // What a refusal would be about.
    let id = frame.id().map(str::to_owned);
    let room = frame.room().map(str::to_owned);
    if let Err(refusal) = try_to_obey(caller, frame).await {
        caller
            .send_queue
            .send(&ServerFrame::error(refusal, id, room));
    }
}

async fn try_to_obey(caller: &mut Caller, frame: ClientFrame) -> Result<(), Refusal> {
    match frame {
        ClientFrame::Login {
            nickname,
            token,
            room,
        } => login::login(caller, nickname, token, room).await,
        ClientFrame::Join { room, after } => join::join(caller, &room, after).await,
        ClientFrame::Leave { room } => leave::leave(caller, &room).await,
        ClientFrame::Room { to, id, text } => say::in_room(caller, to, id, text).await,
        ClientFrame::Private { to, id, text } => say::in_private(caller, to, id, text).await,
        ClientFrame::History {
            room,
            before,
            limit,
            all,
        } => history::history(caller, &room, before, limit, all).await,
        ClientFrame::Game { to, id, act } => say::in_game(caller, to, id, act).await,
        ClientFrame::Games => games::games(caller).await,
        ClientFrame::Scores { room } => scores::scores(caller, &room).await,
        ClientFrame::Watch { room, games } => watch::watch(caller, &room, &games).await,
        ClientFrame::Rooms => rooms::rooms(caller).await,
        ClientFrame::Read { room, seq } => read::read(caller, &room, seq).await,
        ClientFrame::Typing { room } => typing::typing(caller, &room).await,
        ClientFrame::Ping => {
            caller.settle().await;
            caller.send_queue.send(&ServerFrame::Pong);
            Ok(())
        }
        ClientFrame::Pong => Ok(()),
    }
}

/// How many messages a page of the past may hold, which is asked for like this.
///
/// # Errors
/// [`Code::BadField`].
pub fn page_limit(before: Option<Seq>, limit: Option<u64>) -> Result<usize, Refusal> {
    if before == Some(0) {
        let sentence = "“before” is the number of a message, 1 or more.";
        return Err(Refusal::new(Code::BadField, sentence));
    }
    let limit = limit.map_or(Ok(limits::NEWEST), usize::try_from).ok();
    limit
        .filter(|limit| (1..=limits::HISTORY_PAGE).contains(limit))
        .ok_or_else(|| {
            let sentence = format!("“limit” goes from 1 to {}.", limits::HISTORY_PAGE);
            Refusal::new(Code::BadField, sentence)
        })
}

/// What the client is told of it; the store has logged it. Only an outage passes.
pub fn unavailable(logged: store::Error) -> Refusal {
    match store::is_outage(&logged) {
        true => Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY),
        false => Code::Internal.into(),
    }
}
