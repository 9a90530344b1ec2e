//! Counts the open sockets of each user. The writer does this, so that closing the last socket and
//! starting the expiry of the nickname's reservation have one order with sign-ins and sign-outs.

use std::collections::HashMap;

use protocol::UserId;

/// The counts, and the changes of the current batch, which are undone if the batch fails.
#[derive(Default)]
pub struct ConnectionCounts {
    counts: HashMap<UserId, usize>,
    batch: Vec<(UserId, SocketChange)>,
}

#[derive(Clone, Copy)]
enum SocketChange {
    Opened,
    Closed,
}

impl ConnectionCounts {
    pub fn of(&self, user: UserId) -> usize {
        self.counts.get(&user).copied().unwrap_or(0)
    }

    pub fn open(&mut self, user: UserId) {
        self.batch.push((user, SocketChange::Opened));
        self.add(user);
    }

    /// Returns how many sockets of the user are still open.
    pub fn close(&mut self, user: UserId) -> usize {
        self.batch.push((user, SocketChange::Closed));
        self.remove(user)
    }

    /// Makes the changes of the batch final.
    pub fn committed(&mut self) {
        self.batch.clear();
    }

    /// Undoes the changes of the batch.
    pub fn undo(&mut self) {
        for (user, change) in std::mem::take(&mut self.batch).into_iter().rev() {
            match change {
                SocketChange::Opened => {
                    self.remove(user);
                }
                SocketChange::Closed => self.add(user),
            }
        }
    }

    fn add(&mut self, user: UserId) {
        *self.counts.entry(user).or_default() += 1;
    }

    fn remove(&mut self, user: UserId) -> usize {
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
        sockets.open(toto);
        sockets.committed();
        sockets.open(titi);
        assert_eq!(sockets.close(toto), 0);
        sockets.open(toto);
        sockets.undo();
        assert_eq!((sockets.of(toto), sockets.of(titi)), (1, 0));
    }
}
