//! A limiter: one bucket for each key, all of the same size and rate.

use std::{hash::Hash, num::NonZeroU32, time::Duration};

use governor::{
    Quota,
    clock::{Clock, MonotonicClock, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
};

use super::bucket_store::BucketStore;

/// Limits how often something is done for each key, or how much. Without a quota there is no limit.
pub struct Limiter<K, C: Clock = MonotonicClock>(Option<QuotaLimiter<K, C>>)
where
    K: Clone + Eq + Hash;

struct QuotaLimiter<K, C: Clock>
where
    K: Clone + Eq + Hash,
{
    limiter: governor::RateLimiter<K, BucketStore<K>, C, NoOpMiddleware<C::Instant>>,
    buckets: BucketStore<K>,
    started: C::Instant,
    quota: Quota,
}

/// A bucket that holds `burst` and fills with `per_second`; `None` if either is 0, which means that
/// there is no limit.
pub fn quota(per_second: u32, burst: u32) -> Option<Quota> {
    let per_second = Quota::per_second(NonZeroU32::new(per_second)?);
    Some(per_second.allow_burst(NonZeroU32::new(burst)?))
}

/// A bucket that holds `count` and takes `period` to fill; `None` if `count` is 0, which means that
/// there is no limit.
pub fn quota_in(count: u32, period: Duration) -> Option<Quota> {
    let burst = NonZeroU32::new(count)?;
    Some(Quota::with_period(period / count)?.allow_burst(burst))
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    pub fn new(quota: Option<Quota>) -> Self {
        Self::with_clock(quota, MonotonicClock)
    }
}

impl<K: Clone + Eq + Hash, C: Clock> Limiter<K, C> {
    fn with_clock(quota: Option<Quota>, clock: C) -> Self {
        Self(quota.map(|quota| {
            let buckets = BucketStore::default();
            QuotaLimiter {
                started: clock.now(),
                limiter: governor::RateLimiter::new(quota, buckets.clone(), clock),
                buckets,
                quota,
            }
        }))
    }

    /// Takes this many tokens from the key's bucket, but no more than fit into one: what costs more
    /// takes a full bucket.
    ///
    /// # Errors
    /// The time until the bucket holds enough.
    pub fn take(&self, key: &K, tokens: u32) -> Result<(), Duration> {
        let Some(it) = &self.0 else {
            return Ok(());
        };
        let Some(tokens) = NonZeroU32::new(tokens.min(it.quota.burst_size().get())) else {
            return Ok(());
        };
        it.buckets.sweep(key, it.now());
        let taken = it.limiter.check_key_n(key, tokens);
        // It fits into a bucket, so the outer result is never an error.
        match taken.unwrap_or(Ok(())) {
            Ok(()) => Ok(()),
            Err(not_until) => Err(not_until.wait_time_from(it.limiter.clock().now())),
        }
    }

    /// Returns whether the key's bucket holds a token.
    ///
    /// # Errors
    /// The time until it does.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        self.take(key, 1)?;
        self.refund(key, 1);
        Ok(())
    }

    /// Takes this many tokens even if the bucket does not hold them. The key has to wait until what
    /// is owed has been refilled.
    pub fn charge(&self, key: &K, tokens: u32) {
        if let Some(it) = &self.0 {
            it.buckets.charge(key, it.cost(tokens), it.now());
        }
    }

    /// Returns tokens that [`Limiter::take`] took for something that was not done.
    pub fn refund(&self, key: &K, tokens: u32) {
        if let Some(it) = &self.0 {
            let tokens = tokens.min(it.quota.burst_size().get());
            it.buckets.refund(key, it.cost(tokens));
        }
    }

    /// Each key whose bucket is not full, with the part of it that is missing: 1 for an empty
    /// bucket, more if the key owes tokens.
    pub fn used(&self) -> Vec<(K, f64)> {
        let Some(it) = &self.0 else {
            return Vec::new();
        };
        let full = it.cost(it.quota.burst_size().get()).as_u64() as f64;
        let used = it.buckets.used(it.now()).into_iter();
        used.map(|(key, missing)| (key, missing as f64 / full))
            .collect()
    }
}

impl<K: Clone + Eq + Hash, C: Clock> QuotaLimiter<K, C> {
    fn now(&self) -> Nanos {
        self.limiter.clock().now().duration_since(self.started)
    }

    fn cost(&self, tokens: u32) -> Nanos {
        // As `governor` rounds it.
        let interval = self.quota.replenish_interval().max(Duration::from_nanos(1));
        Nanos::from(interval) * u64::from(tokens)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(quota: Option<Quota>) -> (Limiter<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::with_clock(quota, clock.clone()), clock)
    }

    #[test]
    fn a_burst_is_allowed_at_once_and_then_the_rate_applies() {
        let (messages, clock) = limiter(quota(10, 20));
        for _ in 0..20 {
            assert_eq!(messages.take(&1, 1), Ok(()));
        }
        assert_eq!(messages.take(&1, 1), Err(Duration::from_millis(100)));
        assert_eq!(messages.take(&2, 1), Ok(()), "each key has its own bucket");
        clock.advance(Duration::from_millis(100));
        assert_eq!(messages.take(&1, 1), Ok(()));
        assert!(messages.take(&1, 1).is_err());
    }

    #[test]
    fn refunded_tokens_can_be_taken_again_and_never_overfill_a_bucket() {
        let (rooms, clock) = limiter(quota_in(2, Duration::from_secs(60)));
        assert_eq!(rooms.take(&1, 2), Ok(()));
        rooms.refund(&1, 2);
        rooms.refund(&1, 2);
        rooms.refund(&3, 1);
        clock.advance(Duration::from_secs(1));
        assert_eq!(rooms.take(&1, 2), Ok(()));
        assert!(rooms.take(&1, 1).is_err());
    }

    #[test]
    fn what_costs_more_than_a_bucket_takes_a_full_one() {
        let (bytes, clock) = limiter(quota(10, 20));
        assert_eq!(bytes.take(&1, 1_000), Ok(()));
        assert!(bytes.take(&1, 1).is_err());
        clock.advance(Duration::from_secs(2));
        assert_eq!(bytes.take(&1, 20), Ok(()));
    }

    #[test]
    fn what_was_charged_is_owed() {
        let (bytes, clock) = limiter(quota(10, 20));
        assert_eq!(bytes.check(&1), Ok(()));
        bytes.charge(&1, 40);
        assert_eq!(bytes.used(), [(1, 2.0)]);
        clock.advance(Duration::from_secs(2));
        assert_eq!(bytes.check(&1), Err(Duration::from_millis(100)));
        clock.advance(Duration::from_millis(100));
        assert_eq!(bytes.check(&1), Ok(()));
        assert_eq!(bytes.check(&1), Ok(()), "a check takes nothing");
    }

    #[test]
    fn without_a_quota_there_is_no_limit() {
        for quota in [quota(0, 20), quota_in(0, Duration::from_secs(60))] {
            let (unlimited, _) = limiter(quota);
            assert!((0..1_000).all(|_| unlimited.take(&1, 100).is_ok()));
            unlimited.charge(&1, 100);
            assert_eq!(unlimited.used(), []);
        }
    }

    #[test]
    fn a_rate_that_is_faster_than_the_clock_ticks_is_counted_all_the_same() {
        let (bytes, _) = limiter(quota(u32::MAX, 1_000));
        assert_eq!(bytes.take(&1, 1_000), Ok(()));
        assert!(bytes.take(&1, 1).is_err());
        assert_eq!(bytes.used(), [(1, 1.0)]);
        bytes.refund(&1, 1_000);
        assert_eq!(bytes.take(&1, 1_000), Ok(()));
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let (rooms, clock) = limiter(quota_in(2, Duration::from_secs(60)));
        let stored = || rooms.0.as_ref().map_or(0, |it| it.buckets.len());
        for user in 0..10_000 {
            assert_eq!(rooms.take(&user, 1), Ok(()));
        }
        assert_eq!(stored(), 10_000);
        clock.advance(Duration::from_secs(60));
        for user in 10_000..30_000 {
            assert_eq!(rooms.take(&user, 1), Ok(()));
        }
        assert!(stored() <= 20_000, "{}", stored());
    }
}
