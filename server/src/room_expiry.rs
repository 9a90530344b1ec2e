//! Removes rooms that nobody uses, so that the rooms of a server cannot be used up for good.
//!
//! [`room_use`] says which have expired. Rooms of webhooks, those that a bot's token names, and the
//! room of announcements stay.

use std::{sync::Arc, time::Duration};

use protocol::{Refusal, limits::ANNOUNCEMENTS, name};

use crate::{
    hub::Hub,
    limits::{EXPIRING_MONOLOGUE_AGES, EXPIRING_MONOLOGUE_EVENTS},
    store::{
        Store, now_ms,
        room_use::{self, ExpiryTimes},
    },
    writer::{RoomRemoval, WriterHandle},
};

/// How many rooms are removed before what is left of them is deleted.
const ROOMS_AT_ONCE: usize = 100;
/// The most time between two searches.
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

    /// Stores which rooms somebody is in, or has been in since the last search.
    async fn record_use(&self) -> Result<(), Refusal> {
        let visited = self.hub.take_visited_rooms(EXPIRING_MONOLOGUE_EVENTS);
        for rooms in visited.chunks(ROOMS_AT_ONCE) {
            self.writer.record_room_use(rooms.to_vec()).await?;
        }
        Ok(())
    }

    /// Removes some unused rooms. Returns whether there may be more.
    async fn remove_unused(&self, age: Duration) -> bool {
        if self.record_use().await.is_err() {
            return false;
        }
        let before = expiry_times(age);
        let found = self.store.read(move |db| {
            let named = room_use::named_rooms(db)?;
            let mut rooms = room_use::expired(db, before)?;
            rooms.retain(|room| !named.contains(&name::fold_key(room)) && room != ANNOUNCEMENTS);
            Ok(rooms)
        });
        let Ok(rooms) = found.await else {
            // The store has logged the error.
            return false;
        };
        let mut removed = 0;
        for room in rooms {
            if removed == ROOMS_AT_ONCE {
                break;
            }
            // Somebody may have joined meanwhile.
            if self.hub.online(&room) > 0 {
                continue;
            }
            let removal = RoomRemoval {
                room: room.clone(),
                if_expired: Some(before),
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

fn expiry_times(age: Duration) -> ExpiryTimes {
    let ago = |age: Duration| {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX / 2);
        now_ms().saturating_sub(age)
    };
    ExpiryTimes {
        small: ago(age),
        monologue: ago(age.saturating_mul(EXPIRING_MONOLOGUE_AGES)),
    }
}
