//! Who watches which games of a public room. Told like presence: gathered, and kept nowhere.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use protocol::{PersonId, RoomName, Seq, ServerFrame, frame, limits};

use super::{Hub, Visitor};

/// The games of one room that are watched.
#[derive(Default)]
pub struct Watching {
    /// By game: the persons, and which of their sockets.
    games: BTreeMap<Seq, HashSet<(PersonId, u64)>>,
    changed: BTreeSet<Seq>,
}

impl Watching {
    /// From now on the socket watches these games and no others. `true` if that changes anything.
    pub fn watch(&mut self, person: PersonId, socket: u64, games: &[Seq]) -> bool {
        let watcher = (person, socket);
        let mut changed = Vec::new();
        self.games.retain(|game, watchers| {
            if !games.contains(game) && watchers.remove(&watcher) {
                changed.push(*game);
            }
            !watchers.is_empty()
        });
        for game in games {
            if self.games.entry(*game).or_default().insert(watcher) {
                changed.push(*game);
            }
        }
        let is_news = !changed.is_empty();
        self.changed.extend(changed);
        is_news
    }

    /// Is there anything to tell?
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// How many people watch each game.
    pub fn counts(&self) -> Vec<[u64; 2]> {
        let games = self.games.keys().take(limits::GAMES_WATCHED);
        games.map(|game| [*game, self.count(*game)]).collect()
    }

    /// The same, of those of which that has changed since this was asked.
    pub fn take_changed(&mut self) -> Vec<[u64; 2]> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        changed.map(|game| [game, self.count(game)]).collect()
    }

    fn count(&self, game: Seq) -> u64 {
        let watchers = self.games.get(&game).into_iter().flatten();
        let people: HashSet<_> = watchers.map(|(person, _)| person).collect();
        people.len() as u64
    }
}

impl Hub {
    /// The socket watches these games of the room and no others. It is told at once how many people
    /// watch each game, all others with the next presence.
    pub fn watch(&self, visitor: &Visitor, room: &RoomName, games: &[Seq]) {
        let key = super::key_of(room);
        let mut state = self.state();
        let state = &mut *state;
        let Some(room) = state.rooms.get_mut(&key) else {
            return;
        };
        let socket = visitor.outbox.id();
        if room.watching.watch(visitor.person, socket, games) {
            state.presence.changed(key);
            self.stirred.notify_one();
        }
        visitor.outbox.send(&ServerFrame::Watchers(frame::Watchers {
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
        let [anna, ben] = [PersonId(1), PersonId(2)];
        let mut watching = Watching::default();
        assert!(watching.watch(anna, 1, &[7, 9]));
        assert!(watching.watch(anna, 2, &[7]));
        assert!(watching.watch(ben, 3, &[7]));
        assert!(!watching.watch(ben, 3, &[7]), "nothing has changed");
        assert_eq!(watching.take_changed(), [[7, 2], [9, 1]]);
        assert!(watching.watch(anna, 1, &[]));
        assert_eq!(watching.take_changed(), [[7, 2], [9, 0]]);
        assert_eq!(watching.counts(), [[7, 2]]);
    }
}
