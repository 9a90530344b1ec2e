//! Removes rooms that nobody uses, so that the rooms of a server cannot be used up for good.
//!
//! A room expires if nobody is in it, fewer than five events are stored, and the newest of them is
//! older than the administrator allows. Rooms of webhooks, and those that a bot's token names, stay.

use std::{collections::HashSet, sync::Arc, time::Duration};

use protocol::name;

use crate::{
    hub::Hub,
    limits::EXPIRING_EVENTS,
    store::{Db, Error, Store, bots, now_ms, webhooks},
    writer::{RoomRemoval, WriterHandle},
};

/// How many rooms are removed before what is left of them is deleted.
const ROOMS_AT_ONCE: usize = 100;
/// The most time between two searches. A search reads no more than memory.
const SEARCH_EVERY: Duration = Duration::from_secs(10 * 60);

/// Removes unused rooms.
pub struct RoomExpiry {
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    pub writer: WriterHandle,
}

impl RoomExpiry {
    /// Removes rooms that were unused for this long, until the task is aborted. Without an age no
    /// room expires. In any case, deletes what a removal before the last stop has left.
    pub async fn run(self, age: Option<Duration>) {
        loop {
            // A refusal means an outage, and the next search tries again.
            let _ = self.writer.purge_rooms().await;
            let Some(age) = age else { return };
            while self.remove_unused(age).await {
                let _ = self.writer.purge_rooms().await;
            }
            tokio::time::sleep((age / 4).min(SEARCH_EVERY)).await;
        }
    }

    /// Removes some unused rooms. Returns whether there may be more.
    async fn remove_unused(&self, age: Duration) -> bool {
        let since = now_ms() - i64::try_from(age.as_millis()).unwrap_or(i64::MAX / 2);
        // Rooms that stay must not hide others, so all are looked at.
        let unused = self.hub.unused_rooms(since, EXPIRING_EVENTS, usize::MAX);
        if unused.is_empty() {
            return false;
        }
        let Ok(kept) = self.store.read(kept_rooms).await else {
            // The store has logged the error.
            return false;
        };
        let is_kept = |room: &str| kept.contains(&name::fold_key(room));
        let unused = unused.into_iter().filter(|room| !is_kept(room.as_str()));
        let mut removed = 0;
        for room in unused.take(ROOMS_AT_ONCE) {
            let removal = RoomRemoval {
                room: room.as_str().to_owned(),
                unused_since: Some(since),
            };
            match self.writer.remove_room(removal).await {
                Ok(true) => removed += 1,
                // Something was said in it meanwhile, or it is gone already.
                Ok(false) => {}
                Err(refusal) => {
                    tracing::warn!(%room, why = refusal.message, "failed to remove an unused room");
                }
            }
        }
        if removed > 0 {
            tracing::info!(removed, "removed rooms that nobody has used");
        }
        removed == ROOMS_AT_ONCE
    }
}

/// The [`name::fold_key`] of each room that a webhook or a token names.
fn kept_rooms(db: Db<'_>) -> Result<HashSet<String>, Error> {
    let webhooks = webhooks::all(db)?.into_iter().map(|it| it.new.room);
    let bots = bots::all(db)?.into_iter();
    let granted = bots.flat_map(|bot| bot.grant.rooms.unwrap_or_default());
    let rooms = webhooks.chain(granted);
    Ok(rooms.map(|room| name::fold_key(&room)).collect())
}
