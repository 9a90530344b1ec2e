//! What a client may ask for: one exhaustive match, one file for each command.
//!
//! A command answers through the socket's outbox. Those that speak only hand their message to the
//! journal and do not wait; all others first wait until what this socket said before is settled, so
//! that the frames of one socket take effect in order.

mod caller;
mod history;
mod join;
mod leave;
mod login;
mod rooms;
mod say;

pub use caller::Caller;
use protocol::{ClientFrame, Code, Refusal, ServerFrame};

use crate::store;

/// Does what the frame asks for.
pub async fn obey(caller: &mut Caller, frame: ClientFrame) {
    let id = id_of(&frame).map(str::to_owned);
    if let Err(refusal) = try_to_obey(caller, frame).await {
        caller.outbox.refuse(refusal, id);
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
        } => history::history(caller, &room, before, limit).await,
        ClientFrame::Rooms => rooms::rooms(caller).await,
        ClientFrame::Ping => {
            caller.settle().await;
            caller.outbox.send(&ServerFrame::Pong);
            Ok(())
        }
        ClientFrame::Pong => Ok(()),
    }
}

/// The id of the message that the frame carries, if it does.
fn id_of(frame: &ClientFrame) -> Option<&str> {
    match frame {
        ClientFrame::Room { id, .. } | ClientFrame::Private { id, .. } => id.as_deref(),
        ClientFrame::Login { .. }
        | ClientFrame::Join { .. }
        | ClientFrame::Leave { .. }
        | ClientFrame::History { .. }
        | ClientFrame::Rooms
        | ClientFrame::Ping
        | ClientFrame::Pong => None,
    }
}

/// The store's failures are logged once, here, and told as a refusal.
fn unavailable(error: store::Error) -> Refusal {
    tracing::error!(%error, "could not read");
    Code::StorageUnavailable.into()
}
