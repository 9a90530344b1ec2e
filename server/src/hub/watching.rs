//! Who watches which games of a public room. Told like presence: gathered, and kept nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{RoomName, Seq, ServerFrame, UserId, frame, limits};

use super::{ConnectionHandle, Hub};
use crate::limits::GAMES_WATCHED_IN_A_ROOM;

/// The games of one room that are watched: at most [`GAMES_WATCHED_IN_A_ROOM`].
#[derive(Default)]
pub struct Watching {
    /// By game: the users, and on how many of their sockets.
    games: BTreeMap<Seq, HashMap<UserId, usize>>,
    /// By socket: its games.
    sockets: HashMap<u64, Vec<Seq>>,
    changed: BTreeSet<Seq>,
}

impl Watching {
    /// From now on the socket watches these games and no others.
    pub fn watch(&mut self, user: UserId, socket: u64, games: &[Seq]) {
        let before = self.sockets.remove(&socket).unwrap_or_default();
        for game in before.iter().filter(|game| !games.contains(game)) {
            self.remove_watcher(user, *game);
        }
        let mut now = Vec::new();
        for game in games {
            if now.contains(game) || !before.contains(game) && !self.add_watcher(user, *game) {
                continue;
            }
            now.push(*game);
        }
        if !now.is_empty() {
            self.sockets.insert(socket, now);
        }
    }

    /// `false`: there are too many games in this room to tell who watches this one as well.
    fn add_watcher(&mut self, user: UserId, game: Seq) -> bool {
        let is_full = self.games.len() >= GAMES_WATCHED_IN_A_ROOM;
        if is_full && !self.games.contains_key(&game) {
            return false;
        }
        let sockets = self.games.entry(game).or_default().entry(user).or_insert(0);
        *sockets += 1;
        if *sockets == 1 {
            self.changed.insert(game);
        }
        true
    }

    fn remove_watcher(&mut self, user: UserId, game: Seq) {
        let Some(users) = self.games.get_mut(&game) else {
            return;
        };
        let Some(sockets) = users.get_mut(&user) else {
            return;
        };
        *sockets -= 1;
        if *sockets == 0 {
            users.remove(&user);
            self.changed.insert(game);
        }
        if users.is_empty() {
            self.games.remove(&game);
        }
    }

    /// Is there anything to tell?
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// How many people watch each game: those that began last.
    pub fn counts(&self) -> Vec<[u64; 2]> {
        let newest = self.games.keys().rev().take(limits::GAMES_WATCHED);
        newest.map(|game| [*game, self.count(*game)]).collect()
    }

    /// The same, of some of those of which that has changed and was not told.
    pub fn take_changed(&mut self) -> Vec<[u64; 2]> {
        let mut changed = Vec::new();
        while changed.len() < limits::GAMES_WATCHED
            && let Some(game) = self.changed.pop_last()
        {
            changed.push([game, self.count(game)]);
        }
        changed
    }

    fn count(&self, game: Seq) -> u64 {
        self.games.get(&game).map_or(0, |users| users.len() as u64)
    }
}

impl Hub {
    /// The socket watches these games of the room and no others; no game has a number above the newest
    /// event's. It is told at once how many people watch each game, all others with the next presence.
    pub fn watch(&self, connection: &ConnectionHandle, room: &RoomName, games: &[Seq]) {
        let key = super::key_of(room);
        let mut state = self.state();
        let state = &mut *state;
        let Some(room) = state.rooms.get_mut(&key) else {
            return;
        };
        // It may have gone out since this was asked for.
        if room.cursor(&connection.send_queue).is_none() {
            return;
        }
        let there_are = |game: &&Seq| **game <= room.seq;
        let games: Vec<_> = games.iter().filter(there_are).copied().collect();
        room.watching
            .watch(connection.user, connection.send_queue.id(), &games);
        if room.watching.has_changed() {
            state.presence.changed(key);
            self.presence_changed.notify_one();
        }
        connection
            .send_queue
            .send(&ServerFrame::Watchers(frame::Watchers {
                room: room.name.as_str().to_owned(),
                games: room.watching.counts(),
            }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_and_not_their_sockets() {
        let [anna, ben] = [UserId(1), UserId(2)];
        let mut watching = Watching::default();
        watching.watch(anna, 1, &[7, 9, 7]);
        watching.watch(anna, 2, &[7]);
        watching.watch(ben, 3, &[7]);
        assert_eq!(watching.take_changed(), [[9, 1], [7, 2]]);
        watching.watch(ben, 3, &[7]);
        assert!(!watching.has_changed());
        watching.watch(anna, 1, &[]);
        assert_eq!(watching.take_changed(), [[9, 0]]);
        assert_eq!(watching.counts(), [[7, 2]]);
        watching.watch(anna, 2, &[]);
        assert_eq!(watching.take_changed(), [[7, 1]]);
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered_and_told() {
        let mut watching = Watching::default();
        for user in 0..100 {
            let games: Vec<_> = (0..50).map(|nth| user * 50 + nth).collect();
            watching.watch(UserId(user as i64), user, &games);
        }
        assert_eq!(watching.games.len(), GAMES_WATCHED_IN_A_ROOM);
        assert_eq!(watching.counts().len(), limits::GAMES_WATCHED);
        let mut told = 0;
        while watching.has_changed() {
            told += watching.take_changed().len();
        }
        assert_eq!(told, GAMES_WATCHED_IN_A_ROOM);
    }
}
