//! How many sockets each person has open. The single writer counts them, so that "the last one
//! closed" and "the nickname's time begins to run" have one order.

use std::collections::HashMap;

use protocol::PersonId;

/// The counts, with the changes of the batch in hand, which may still fail.
#[derive(Default)]
pub struct ConnectionCounts {
    counts: HashMap<PersonId, usize>,
    batch: Vec<(PersonId, SocketChange)>,
}

#[derive(Clone, Copy)]
enum SocketChange {
    Opened,
    Closed,
}

impl ConnectionCounts {
    pub fn of(&self, person: PersonId) -> usize {
        self.counts.get(&person).copied().unwrap_or(0)
    }

    pub fn open(&mut self, person: PersonId) {
        self.batch.push((person, SocketChange::Opened));
        self.add(person);
    }

    /// Returns how many are left.
    pub fn close(&mut self, person: PersonId) -> usize {
        self.batch.push((person, SocketChange::Closed));
        self.remove(person)
    }

    /// The batch is committed.
    pub fn committed(&mut self) {
        self.batch.clear();
    }

    /// The batch did not happen.
    pub fn undo(&mut self) {
        for (person, change) in std::mem::take(&mut self.batch).into_iter().rev() {
            match change {
                SocketChange::Opened => {
                    self.remove(person);
                }
                SocketChange::Closed => self.add(person),
            }
        }
    }

    fn add(&mut self, person: PersonId) {
        *self.counts.entry(person).or_default() += 1;
    }

    fn remove(&mut self, person: PersonId) -> usize {
        let left = self.of(person).saturating_sub(1);
        if left == 0 {
            self.counts.remove(&person);
        } else {
            self.counts.insert(person, left);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_batch_leaves_the_counts_as_they_were() {
        let (toto, titi) = (PersonId(1), PersonId(2));
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
