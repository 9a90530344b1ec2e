//! The connected users. They are spread over several locks by their id, so that their requests
//! rarely wait for each other.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::UserId;

use super::{
    ConnectionHandle,
    user::{UserConnection, UserState},
};

const SHARDS: usize = 64;

pub struct UserMap([Mutex<HashMap<UserId, UserState>>; SHARDS]);

impl Default for UserMap {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl UserMap {
    /// The user, and others with the same lock.
    pub fn lock(&self, user: UserId) -> MutexGuard<'_, HashMap<UserId, UserState>> {
        let index = user.0.unsigned_abs() as usize % SHARDS;
        self.0[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `act` on the user. `None` if the user is not known.
    pub fn with<T>(&self, user: UserId, act: impl FnOnce(&mut UserState) -> T) -> Option<T> {
        self.lock(user).get_mut(&user).map(act)
    }

    /// Runs `act` on the connection. `None` if it is not registered.
    pub fn with_connection<T>(
        &self,
        connection: &ConnectionHandle,
        act: impl FnOnce(&mut UserConnection) -> T,
    ) -> Option<T> {
        self.lock(connection.user)
            .get_mut(&connection.user)?
            .connection(&connection.send_queue)
            .map(act)
    }

    /// Runs `act` on each user, in no order.
    pub fn for_each(&self, mut act: impl FnMut(&mut UserState)) {
        for shard in &self.0 {
            let mut users = shard.lock().unwrap_or_else(PoisonError::into_inner);
            users.values_mut().for_each(&mut act);
        }
    }
}
