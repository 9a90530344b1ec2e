//! Lists the modules that declare statements. The statements of a module that is not in the list
//! cannot be run.

use super::Sql;
use crate::store::{
    bots, directory, events, game_messages, games, read_markers, removed_rooms, room_use, rooms,
    server_clock, users, webhooks,
};

macro_rules! modules {
    ($($module:ident),+ $(,)?) => {
        $(impl<const N: usize> From<$module::sql::Statement<N>> for Sql<N> {
            fn from(statement: $module::sql::Statement<N>) -> Self {
                Self { text: statement.text() }
            }
        })+

        /// Every statement of the store.
        #[cfg(test)]
        pub fn all() -> impl Iterator<Item = &'static str> {
            let modules: &[&[&'static str]] = &[$($module::sql::ALL),+];
            modules.iter().copied().flatten().copied()
        }
    };
}

modules!(
    bots,
    directory,
    events,
    game_messages,
    games,
    read_markers,
    removed_rooms,
    room_use,
    rooms,
    server_clock,
    users,
    webhooks,
);
