//! Which sockets are open, and how many each user has. The writer records this, so that closing the
//! last socket and starting the expiry of the nickname's reservation have one order with sign-ins
//! and sign-outs.

use std::collections::HashMap;

use protocol::UserId;

/// The open sockets, and the changes of the current batch, which are undone if the batch fails.
#[derive(Default)]
pub struct ConnectionCounts {
    /// The user of each socket, by the socket's id.
    sockets: HashMap<u64, UserId>,
    counts: HashMap<UserId, usize>,
    batch: Vec<(UserId, u64, SocketChange)>,
}

#[derive(Clone, Copy)]
enum SocketChange {
    Opened,
    Closed,
}

impl ConnectionCounts {
    /// Returns how many sockets of the user are open.
    pub fn of(&self, user: UserId) -> usize {
        self.counts.get(&user).copied().unwrap_or(0)
    }

    pub fn open(&mut self, user: UserId, socket: u64) {
        self.batch.push((user, socket, SocketChange::Opened));
        self.add(user, socket);
    }

    /// Returns the socket's user, and how many of the user's sockets are still open. `None` if the
    /// socket was never opened, because its authentication was refused.
    pub fn close(&mut self, socket: u64) -> Option<(UserId, usize)> {
        let user = *self.sockets.get(&socket)?;
        self.batch.push((user, socket, SocketChange::Closed));
        Some((user, self.remove(user, socket)))
    }

    /// Makes the changes of the batch final.
    pub fn committed(&mut self) {
        self.batch.clear();
    }

    /// Undoes the changes of the batch.
    pub fn undo(&mut self) {
        for (user, socket, change) in std::mem::take(&mut self.batch).into_iter().rev() {
            match change {
                SocketChange::Opened => {
                    self.remove(user, socket);
                }
                SocketChange::Closed => self.add(user, socket),
            }
        }
    }

    fn add(&mut self, user: UserId, socket: u64) {
        self.sockets.insert(socket, user);
        *self.counts.entry(user).or_default() += 1;
    }

    fn remove(&mut self, user: UserId, socket: u64) -> usize {
        self.sockets.remove(&socket);
        let left = self.of(user).saturating_sub(1);
        if left == 0 {
            self.counts.remove(&user);
        } else {
            self.counts.insert(user, left);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoing_a_batch_restores_the_counts() {
        let (toto, titi) = (UserId(1), UserId(2));
        let mut sockets = ConnectionCounts::default();
        sockets.open(toto, 10);
        sockets.committed();
        sockets.open(titi, 20);
        assert_eq!(sockets.close(10), Some((toto, 0)));
        sockets.open(toto, 11);
        sockets.undo();
        assert_eq!((sockets.of(toto), sockets.of(titi)), (1, 0));
        assert_eq!(sockets.close(10), Some((toto, 0)), "it is known again");
        assert_eq!(sockets.close(20), None, "it was never opened");
    }
}
