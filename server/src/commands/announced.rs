//! What was announced while one was not here.

use protocol::{ServerFrame, limits};

use super::Caller;
use crate::store::{events, now_ms};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Tells who has just come the newest announcement, unless it is read or old. It may come twice, if it is
/// made at this moment; its number says so. Where the store cannot be asked, it is told the next time.
pub async fn announced(caller: &Caller) {
    let Ok(visitor) = caller.visitor() else {
        return;
    };
    if !caller.state.hub.has_announced() {
        return;
    }
    let person = visitor.person;
    let since = now_ms() - limits::ANNOUNCED_DAYS * DAY_MS;
    let read = caller
        .state
        .store
        .read(move |db| events::unread_since(db, limits::ANNOUNCEMENTS, person, since));
    if let Ok(Some(newest)) = read.await {
        caller.send_queue.send(&ServerFrame::Message(newest));
    }
}
