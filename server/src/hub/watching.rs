//! Which users watch which games of a public room. Changes are batched like presence, and nothing
//! is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{RoomName, Seq, ServerFrame, UserId, frame, limits};

use super::{ConnectionHandle, Hub};
use crate::limits::GAMES_WATCHED_IN_A_ROOM;

/// The watched games of one room: at most [`GAMES_WATCHED_IN_A_ROOM`].
#[derive(Default)]
pub struct Watching {
    /// By game: its watchers, and on how many connections each of them watches it.
    games: BTreeMap<Seq, HashMap<UserId, usize>>,
    /// By the connection's id: the games that it watches.
    connections: HashMap<u64, Vec<Seq>>,
    /// The games whose number of watchers has changed since the last broadcast.
    changed: BTreeSet<Seq>,
}

impl Watching {
    /// Replaces the set of games that the connection watches.
    pub fn watch(&mut self, user: UserId, connection: u64, games: &[Seq]) {
        let before = self.connections.remove(&connection).unwrap_or_default();
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
            self.connections.insert(connection, now);
        }
    }

    /// Returns `false`, and adds nothing, if too many games of this room are watched already.
    fn add_watcher(&mut self, user: UserId, game: Seq) -> bool {
        let is_full = self.games.len() >= GAMES_WATCHED_IN_A_ROOM;
        if is_full && !self.games.contains_key(&game) {
            return false;
        }
        let watchers = self.games.entry(game).or_default();
        let connections = watchers.entry(user).or_insert(0);
        *connections += 1;
        if *connections == 1 {
            self.changed.insert(game);
        }
        true
    }

    fn remove_watcher(&mut self, user: UserId, game: Seq) {
        let Some(watchers) = self.games.get_mut(&game) else {
            return;
        };
        let Some(connections) = watchers.get_mut(&user) else {
            return;
        };
        *connections -= 1;
        if *connections == 0 {
            watchers.remove(&user);
            self.changed.insert(game);
        }
        if watchers.is_empty() {
            self.games.remove(&game);
        }
    }

    /// Whether a number of watchers has changed since the last broadcast.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The newest watched games, each with its number of watchers: at most
    /// [`limits::GAMES_WATCHED`].
    pub fn counts(&self) -> Vec<[u64; 2]> {
        let newest = self.games.keys().rev().take(limits::GAMES_WATCHED);
        newest.map(|game| [*game, self.count(*game)]).collect()
    }

    /// Takes games whose number of watchers has changed, each with that number, the newest first:
    /// at most [`limits::GAMES_WATCHED`] at a time.
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
        self.games
            .get(&game)
            .map_or(0, |watchers| watchers.len() as u64)
    }
}

impl Hub {
    /// Replaces the set of games that the connection watches in the room. Numbers above the newest
    /// event's are ignored. The connection is sent `watchers` at once, the other subscribers with
    /// the next presence broadcast.
    pub fn watch(&self, connection: &ConnectionHandle, room: &RoomName, games: &[Seq]) {
        let Some(watched) = self.rooms.get(&super::key_of(room)) else {
            return;
        };
        let mut room = watched.lock();
        // The connection may have left the room since the command checked that it is in it.
        if room.cursor(&connection.send_queue).is_none() {
            return;
        }
        let newest = room.seq;
        let games: Vec<_> = games.iter().copied().filter(|it| *it <= newest).collect();
        room.watching
            .watch(connection.user, connection.send_queue.id(), &games);
        connection
            .send_queue
            .send(&ServerFrame::Watchers(frame::Watchers {
                room: room.name.as_str().to_owned(),
                games: room.watching.counts(),
            }));
        let has_changed = room.watching.has_changed();
        drop(room);
        if has_changed {
            self.presence_changed([&watched]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_counted_and_not_their_connections() {
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
    fn watched_games_and_frames_are_bounded() {
        let mut watching = Watching::default();
        for user in 0..100 {
            let games: Vec<_> = (0..50).map(|nth| user * 50 + nth).collect();
            watching.watch(UserId(user as i64), user, &games);
        }
        assert_eq!(watching.games.len(), GAMES_WATCHED_IN_A_ROOM);
        assert_eq!(watching.counts().len(), limits::GAMES_WATCHED);
        let mut broadcast = 0;
        while watching.has_changed() {
            broadcast += watching.take_changed().len();
        }
        assert_eq!(broadcast, GAMES_WATCHED_IN_A_ROOM);
    }
}
