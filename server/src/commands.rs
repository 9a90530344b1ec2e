//! The commands of a client: one exhaustive match, and one file for each command.
//!
//! A command replies through the connection's send queue. `room`, `private`, `game` and `read`
//! submit a write to the writer and do not wait for it. All other commands first wait until the
//! earlier writes of their connection are committed and published, so the frames of one connection
//! take effect in order.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod chosen_nickname;
mod connection_guard;
mod context;
mod games;
mod history;
mod join;
mod latest_announcement;
mod leave;
mod login;
mod logout;
pub mod post;
mod read;
mod rooms;
mod scores;
mod send;
mod target_room;
mod typing;
mod watch;

pub use connection_guard::ConnectionGuard;
pub use context::ConnectionContext;
pub use latest_announcement::latest_announcement;
use protocol::{ClientFrame, Code, Refusal, RoomName, Seq, ServerFrame, limits};

use crate::{
    rate_limit::{Budget, Requester},
    state::AppState,
};

/// Runs the command of a frame. If it is refused, the connection is sent `error`.
pub async fn dispatch(context: &mut ConnectionContext, frame: ClientFrame) {
    // For the `error` frame.
    let id = frame.id().map(str::to_owned);
    let room = frame.room().map(str::to_owned);
    if let Err(refusal) = try_dispatch(context, frame).await {
        context
            .send_queue
            .send(&ServerFrame::error(refusal, id, room));
    }
}

async fn try_dispatch(context: &mut ConnectionContext, frame: ClientFrame) -> Result<(), Refusal> {
    match frame {
        ClientFrame::Login {
            nickname,
            token,
            room,
        } => login::login(context, nickname, token, room).await,
        ClientFrame::Join { room, after } => join::join(context, &room, after).await,
        ClientFrame::Leave { room } => leave::leave(context, &room).await,
        ClientFrame::Room { to, id, text } => send::in_room(context, to, id, text).await,
        ClientFrame::Private { to, id, text } => send::in_private(context, to, id, text).await,
        ClientFrame::History {
            room,
            before,
            limit,
            all,
        } => history::history(context, &room, before, limit, all).await,
        ClientFrame::Game { to, id, act } => send::in_game(context, to, id, act).await,
        ClientFrame::Games => games::games(context).await,
        ClientFrame::Scores { room } => scores::scores(context, &room).await,
        ClientFrame::Watch { room, games } => watch::watch(context, &room, &games).await,
        ClientFrame::Rooms => rooms::rooms(context).await,
        ClientFrame::Read { room, seq } => read::read(context, &room, seq).await,
        ClientFrame::Typing { room } => typing::typing(context, &room).await,
        ClientFrame::Logout => logout::logout(context).await,
        ClientFrame::Ping => {
            context.flush().await;
            context.send_queue.send(&ServerFrame::Pong);
            Ok(())
        }
        ClientFrame::Pong => Ok(()),
    }
}

/// The name, as it was first written, of the public room that a user joins or posts to. A room that
/// does not exist yet takes a token of the user's bucket for new rooms.
///
/// # Errors
/// [`Code::RoomNameTaken`], [`Code::TooManyNewRooms`].
fn room_to_enter(state: &AppState, from: Requester, room: RoomName) -> Result<RoomName, Refusal> {
    if let Some(known) = state.hub.find_room(&room)? {
        return Ok(known);
    }
    state.rate_limiter.take(from, Budget::NewRooms, 1)?;
    Ok(room)
}

/// Checks the parameters of a request for a page of history. Returns the page's limit, in messages:
/// [`limits::NEWEST`] if none was given.
///
/// # Errors
/// [`Code::BadField`] if `before` is 0, or `limit` is not between 1 and [`limits::HISTORY_PAGE`].
pub fn page_limit(before: Option<Seq>, limit: Option<u64>) -> Result<usize, Refusal> {
    if before == Some(0) {
        let sentence = "“before” must be the number of a message, 1 or more.";
        return Err(Refusal::new(Code::BadField, sentence));
    }
    let limit = limit.map_or(Ok(limits::NEWEST), usize::try_from).ok();
    limit
        .filter(|limit| (1..=limits::HISTORY_PAGE).contains(limit))
        .ok_or_else(|| {
            let sentence = format!("“limit” must be between 1 and {}.", limits::HISTORY_PAGE);
            Refusal::new(Code::BadField, sentence)
        })
}
