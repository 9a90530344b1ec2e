//! Rate limits for each user, over all of the user's connections and HTTP requests.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use protocol::{Code, Refusal, UserId, limits};

use crate::rate_limit::TokenBucket;

/// Sessions and the writer take tokens at the same time. Users are spread over this many locks by
/// their id, so that they rarely wait for each other.
const SHARDS: usize = 16;

/// The number of users in a shard at which those with full buckets are dropped for the first time.
const FIRST_SWEEP: usize = 64;

/// The token buckets of the users. A user whose buckets are full takes no memory, and a user who
/// reconnects finds the buckets as they were.
pub struct UserLimiter {
    messages_per_second: u32,
    shards: [Mutex<Shard>; SHARDS],
}

struct Shard {
    users: HashMap<UserId, UserBuckets>,
    /// The number of users at which those with full buckets are dropped. Each sweep sets it to
    /// twice the number of users who remain, so that a token costs the same with many users.
    sweep_at: usize,
}

struct UserBuckets {
    messages: TokenBucket,
    new_rooms: TokenBucket,
    /// For `read`, `typing`, `watch` and `games` together.
    ephemeral: TokenBucket,
    /// For what reads the store.
    queries: TokenBucket,
}

impl UserLimiter {
    /// Creates a limiter that allows each user `messages_per_second`; 0 means no limit.
    pub fn new(messages_per_second: u32) -> Self {
        let shard = || {
            Mutex::new(Shard {
                users: HashMap::new(),
                sweep_at: FIRST_SWEEP,
            })
        };
        Self {
            messages_per_second,
            shards: std::array::from_fn(|_| shard()),
        }
    }

    /// Takes a token for one message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_message(&self, user: UserId) -> Result<(), Refusal> {
        self.take(user, Code::TooFast, |buckets| &mut buckets.messages)
    }

    /// Returns the token of a message that was a resend.
    pub fn refund(&self, user: UserId) {
        if let Some(buckets) = self.shard(user).users.get_mut(&user) {
            buckets.messages.refund();
        }
    }

    /// Takes a token for a room that does not exist yet.
    ///
    /// # Errors
    /// [`Code::TooManyNewRooms`], with the time to wait.
    pub fn allow_room(&self, user: UserId) -> Result<(), Refusal> {
        self.take(user, Code::TooManyNewRooms, |buckets| {
            &mut buckets.new_rooms
        })
    }

    /// Takes a token for one `read`, `typing`, `watch` or `games`.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_ephemeral(&self, user: UserId) -> Result<(), Refusal> {
        self.take(user, Code::TooFast, |buckets| &mut buckets.ephemeral)
    }

    /// Takes a token for one request that reads the store: `join`, `history`, `rooms`, `scores`, a
    /// page, or a page of messages over HTTP.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_query(&self, user: UserId) -> Result<(), Refusal> {
        self.take(user, Code::TooFast, |buckets| &mut buckets.queries)
    }

    fn take(
        &self,
        user: UserId,
        code: Code,
        bucket: fn(&mut UserBuckets) -> &mut TokenBucket,
    ) -> Result<(), Refusal> {
        let now = Instant::now();
        let mut shard = self.shard(user);
        shard.sweep(now);
        let buckets = shard
            .users
            .entry(user)
            .or_insert_with(|| UserBuckets::new(self.messages_per_second, now));
        bucket(buckets)
            .take(now)
            .map_err(|wait| Refusal::retry_after(code, wait))
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, Shard> {
        let index = user.0.unsigned_abs() as usize % SHARDS;
        self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn sweep(&mut self, now: Instant) {
        if self.users.len() >= self.sweep_at {
            self.users.retain(|_, buckets| !buckets.are_full(now));
            self.sweep_at = FIRST_SWEEP.max(2 * self.users.len());
        }
    }
}

impl UserBuckets {
    fn new(messages_per_second: u32, now: Instant) -> Self {
        let burst = messages_per_second * limits::BURST_SECONDS;
        let per_second = |burst, per_second| TokenBucket::new(burst, f64::from(per_second), now);
        Self {
            messages: per_second(burst, messages_per_second),
            new_rooms: TokenBucket::per_minute(limits::NEW_ROOMS_PER_MINUTE, now),
            ephemeral: per_second(limits::EPHEMERAL_BURST, limits::EPHEMERAL_PER_SECOND),
            queries: per_second(limits::QUERY_BURST, limits::QUERIES_PER_SECOND),
        }
    }

    /// Whether these buckets are the same as new ones.
    fn are_full(&mut self, now: Instant) -> bool {
        let Self {
            messages,
            new_rooms,
            ephemeral,
            queries,
        } = self;
        [messages, new_rooms, ephemeral, queries]
            .into_iter()
            .all(|bucket| bucket.is_full(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ANNA: UserId = UserId(1);

    #[test]
    fn each_user_and_each_kind_of_request_has_a_bucket_of_its_own() {
        let limiter = UserLimiter::new(1);
        for _ in 0..limits::BURST_SECONDS {
            assert_eq!(limiter.allow_message(ANNA), Ok(()));
        }
        let refusal = limiter
            .allow_message(ANNA)
            .expect_err("the bucket is empty");
        assert_eq!(refusal.code, Code::TooFast);
        assert!(refusal.retry_after_ms.is_some());
        assert_eq!(limiter.allow_message(UserId(17)), Ok(()));
        assert_eq!(limiter.allow_ephemeral(ANNA), Ok(()));
        assert_eq!(limiter.allow_query(ANNA), Ok(()));
        assert_eq!(limiter.allow_room(ANNA), Ok(()));
        limiter.refund(ANNA);
        assert_eq!(limiter.allow_message(ANNA), Ok(()));
    }

    #[test]
    fn all_rooms_of_all_sockets_can_be_joined_again_at_once() {
        let limiter = UserLimiter::new(1);
        for _ in 0..limits::SOCKETS_PER_USER * limits::ROOMS_PER_SOCKET {
            assert_eq!(limiter.allow_query(ANNA), Ok(()));
        }
    }

    #[test]
    fn only_users_with_full_buckets_are_forgotten() {
        let limiter = UserLimiter::new(1);
        // All of these users are in one shard.
        let mut users = (0..).step_by(SHARDS).map(UserId);
        let shard = || limiter.shard(UserId(0));
        for user in users.by_ref().take(2 * FIRST_SWEEP) {
            assert_eq!(limiter.allow_room(user), Ok(()));
        }
        let soon = Instant::now() + Duration::from_secs(5);
        shard().sweep(soon);
        assert_eq!(shard().users.len(), 2 * FIRST_SWEEP);
        for user in users.take(2 * FIRST_SWEEP) {
            assert_eq!(limiter.allow_room(user), Ok(()));
        }
        shard().sweep(soon + Duration::from_secs(60));
        assert_eq!(shard().users.len(), 0);
    }
}
