//! Lists and removes public rooms.

use std::collections::BTreeMap;

use protocol::{Code, Refusal, RoomName};

use super::{Administration, Answer};
use crate::{
    control::RoomUsage,
    error,
    store::{Db, rooms},
    writer::RoomRemoval,
};

/// Lists the public rooms: those that are stored, and those in which nothing was said yet.
pub async fn list(server: &Administration) -> Result<Answer, Refusal> {
    let read = |db: Db<'_>| Ok((rooms::public(db)?, rooms::last_times(db)?));
    let stored = server.store.read(read).await;
    // The server's clock would show the times before a long stop wrongly.
    let (stored, last_times) = stored.map_err(error::unavailable)?;
    let mut online: BTreeMap<_, _> = server.hub.online_counts().into_iter().collect();
    let mut all: Vec<_> = stored
        .into_iter()
        .map(|room| RoomUsage {
            online: online.remove(&room.name).unwrap_or(0),
            messages: room.messages,
            last_at: last_times.get(&room.name).copied().unwrap_or(0),
            name: room.name,
        })
        .collect();
    all.extend(online.into_iter().map(|(name, online)| RoomUsage {
        name,
        online,
        messages: 0,
        last_at: 0,
    }));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Answer::Rooms(all))
}

/// Removes a room, and waits until nothing is left of it.
pub async fn remove(server: &Administration, room: &str) -> Result<Answer, Refusal> {
    let name = RoomName::parse(room)?;
    if name.is_announcements() {
        let sentence = "The room of announcements can't be removed. Remove its messages instead.";
        return Err(Refusal::new(Code::ReadOnly, sentence));
    }
    let stored = name.clone();
    let stored = server
        .store
        .read(move |db| rooms::canonical_name(db, &stored));
    let stored = stored.await.map_err(error::unavailable)?;
    // A room in which nothing was said is not stored. The writer removes it all the same, because
    // the first message may be on its way.
    let known = || server.hub.known_room(&name);
    let room = stored.or_else(|| known().map(|name| name.as_str().to_owned()));
    let removal = RoomRemoval {
        room: room.ok_or(Code::NoSuchRoom)?,
        if_expired: None,
    };
    server.writer.remove_room(removal).await?;
    server.writer.purge_rooms().await?;
    Ok(Answer::Done)
}
