//! Sends the newest announcement after sign-in.

use protocol::{ServerFrame, limits};

use super::ConnectionContext;
use crate::{clock, store::events};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Sends the newest announcement to a connection that has just signed in, unless the user has read
/// it or it is older than [`limits::ANNOUNCED_DAYS`].
///
/// An announcement that is made at this moment may arrive twice; clients recognize it by its
/// number. If the store cannot be read, nothing is sent until the next sign-in.
pub async fn latest_announcement(context: &ConnectionContext) {
    let Ok(connection) = context.connection() else {
        return;
    };
    if !context.state.hub.has_announcements() {
        return;
    }
    let user = connection.user;
    let since = clock::wall_ms() - limits::ANNOUNCED_DAYS * DAY_MS;
    let read = context
        .state
        .store
        .read(move |db| events::unread_since(db, limits::ANNOUNCEMENTS, user, since));
    if let Ok(Some(newest)) = read.await {
        context.send_queue.send(&ServerFrame::Message(newest));
    }
}
