//! The users who joined or left a room since the last presence broadcast.

use std::collections::{HashMap, VecDeque};

use protocol::UserId;

/// Changes that wait for a presence broadcast. Each change is looked at once or twice, however many
/// wait, because a broadcast takes only as many as its frame names.
#[derive(Default)]
pub struct PresenceChanges {
    changes: HashMap<UserId, PresenceChange>,
    /// The users in `changes` who were not present at the last broadcast, and those who were, in
    /// the order in which they first changed.
    new: VecDeque<UserId>,
    old: VecDeque<UserId>,
    /// How many `joined` frames, each with a list of members, were sent.
    lists: u64,
}

struct PresenceChange {
    /// Whether the user was present at the last broadcast.
    was_here: bool,
    nickname: String,
    /// [`PresenceChanges::lists`] when this user last joined or left.
    lists: u64,
    /// Whether a list was sent between two changes of this user. Then the user must be announced
    /// even if nothing has changed since the last broadcast.
    was_listed: bool,
}

/// The changes of one broadcast.
#[derive(Default)]
pub struct BroadcastChanges {
    pub joined: Vec<(String, UserId)>,
    pub left: Vec<String>,
    /// Whether anything has changed, named or not.
    pub has_changed: bool,
}

impl PresenceChanges {
    /// Records that a list of members was sent.
    pub fn list_sent(&mut self) {
        self.lists += 1;
    }

    /// Records that a user has joined (`was_here` is false) or left.
    pub fn record(&mut self, user: UserId, was_here: bool, nickname: &str) {
        let lists = self.lists;
        let change = self.changes.entry(user).or_insert_with(|| {
            let order = match was_here {
                true => &mut self.old,
                false => &mut self.new,
            };
            order.push_back(user);
            PresenceChange {
                was_here,
                nickname: String::new(),
                lists,
                was_listed: false,
            }
        });
        change.was_listed |= change.lists != lists;
        change.lists = lists;
        nickname.clone_into(&mut change.nickname);
    }

    /// Takes changes for a frame with at most `most` names. `is_here` says whether a user is
    /// present now.
    ///
    /// In a crowd, joins beyond that are only counted: no client knows all members there. A leave
    /// is always named, because clients may know the name.
    pub fn take(
        &mut self,
        most: usize,
        is_crowd: bool,
        is_here: impl Fn(UserId) -> bool,
    ) -> BroadcastChanges {
        let mut taken = BroadcastChanges::default();
        while taken.joined.len() + taken.left.len() < most
            && let Some(user) = self.old.pop_front().or_else(|| self.new.pop_front())
        {
            if let Some(change) = self.changes.remove(&user)
                && change.is_news(is_here(user))
            {
                taken.has_changed = true;
                match is_here(user) {
                    true => taken.joined.push((change.nickname, user)),
                    false => taken.left.push(change.nickname),
                }
            }
        }
        if is_crowd {
            for user in std::mem::take(&mut self.new) {
                let change = self.changes.get(&user);
                if change.is_some_and(|change| change.was_listed) && !is_here(user) {
                    self.old.push_back(user);
                } else {
                    taken.has_changed |= is_here(user);
                    self.changes.remove(&user);
                }
            }
        }
        taken.joined.sort_unstable();
        taken.left.sort_unstable();
        taken
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl PresenceChange {
    /// A join and a leave cancel out, unless a list of members was sent in between.
    fn is_news(&self, is_here: bool) -> bool {
        is_here != self.was_here || self.was_listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_name(user: i64) -> String {
        format!("user {user}")
    }

    #[test]
    fn a_crowd_counts_joins_and_names_all_leaves() {
        let mut changes = PresenceChanges::default();
        // Users above 100 have joined, and the others have left.
        let is_here = |user: UserId| user.0 > 100;
        for user in 1..=200 {
            changes.record(UserId(user), user <= 100, &user_name(user));
        }
        // User 101 was seen by somebody, and has left.
        changes.list_sent();
        changes.record(UserId(101), true, &user_name(101));
        let is_here = |user: UserId| is_here(user) && user.0 != 101;
        let mut left = Vec::new();
        while !changes.is_empty() {
            let taken = changes.take(30, true, is_here);
            assert!(taken.has_changed && taken.joined.is_empty());
            assert!(taken.left.len() <= 30);
            left.extend(taken.left);
        }
        let mut gone: Vec<_> = (1..=101).map(user_name).collect();
        gone.sort_unstable();
        left.sort_unstable();
        assert_eq!(left, gone);
    }

    #[test]
    fn changes_that_cancel_out_are_no_news() {
        let mut changes = PresenceChanges::default();
        for was_here in [false, true] {
            changes.record(UserId(1), was_here, "Anna");
        }
        let taken = changes.take(50, false, |_| false);
        assert!(!taken.has_changed && changes.is_empty());
    }
}
