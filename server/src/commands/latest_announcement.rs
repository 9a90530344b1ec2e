//! What was announced while one was not here.

use protocol::{ServerFrame, limits};

use super::ConnectionContext;
use crate::store::{events, now_ms};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Tells who has just come the newest announcement, unless it is read or old. It may come twice, if it is
/// made at this moment; its number says so. Where the store cannot be asked, it is told the next time.
pub async fn latest_announcement(context: &ConnectionContext) {
    let Ok(connection) = context.identity() else {
        return;
    };
    if !context.state.hub.has_announcements() {
        return;
    }
    let user = connection.user;
    let since = now_ms() - limits::ANNOUNCED_DAYS * DAY_MS;
    let read = context
        .state
        .store
        .read(move |db| events::unread_since(db, limits::ANNOUNCEMENTS, user, since));
    if let Ok(Some(newest)) = read.await {
        context.send_queue.send(&ServerFrame::Message(newest));
    }
}
