//! Where a limiter's buckets are stored.
//!
//! `governor` computes how full a bucket is, and leaves the storage to a [`StateStore`]. This one
//! can also refund, charge without asking, and say which buckets are the emptiest. `governor`'s own
//! stores can do none of these.

use std::{
    collections::HashMap,
    convert::Infallible,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use governor::{nanos::Nanos, state::StateStore};

/// Buckets are spread over this many locks, so that connections rarely wait for each other.
const SHARDS: usize = 16;

/// The number of buckets in a shard at which the full ones are dropped for the first time.
const FIRST_SWEEP: usize = 64;

/// Buckets by key. A clone shares them. Times are durations since the limiter was created.
pub struct BucketStore<K>(Arc<Shards<K>>);

struct Shards<K> {
    shards: [Mutex<Shard<K>>; SHARDS],
    hasher: RandomState,
}

/// When each bucket will be full again (in GCRA, the “theoretical arrival time”). A bucket that is
/// missing is full.
struct Shard<K> {
    full_at: HashMap<K, Nanos>,
    /// The number of buckets at which the full ones are dropped. Each sweep sets it to twice the
    /// number of those that remain, so that a request costs the same with many of them.
    sweep_at: usize,
}

impl<K> Clone for BucketStore<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for BucketStore<K> {
    fn default() -> Self {
        let shard = |_| {
            Mutex::new(Shard {
                full_at: HashMap::new(),
                sweep_at: FIRST_SWEEP,
            })
        };
        Self(Arc::new(Shards {
            shards: std::array::from_fn(shard),
            hasher: RandomState::new(),
        }))
    }
}

impl<K: Clone + Eq + Hash> BucketStore<K> {
    /// Delays the time at which a bucket is full, whatever it holds.
    pub fn charge(&self, key: &K, cost: Nanos, now: Nanos) {
        // The closure has no error.
        let _ = self.measure_and_replace(key, |full_at| {
            let full_at = full_at.unwrap_or(now).max(now);
            Ok::<_, Infallible>(((), full_at + cost))
        });
    }

    /// Takes back a charge.
    pub fn refund(&self, key: &K, cost: Nanos) {
        if let Some(full_at) = self.shard(key).full_at.get_mut(key) {
            *full_at = Nanos::new(full_at.as_u64().saturating_sub(cost.as_u64()));
        }
    }

    /// Drops full buckets if there are many in this key's shard.
    pub fn sweep(&self, key: &K, now: Nanos) {
        let mut shard = self.shard(key);
        if shard.full_at.len() >= shard.sweep_at {
            shard.full_at.retain(|_, full_at| *full_at > now);
            shard.sweep_at = FIRST_SWEEP.max(2 * shard.full_at.len());
        }
    }

    /// Each bucket that is not full, with the nanoseconds until it is.
    pub fn used(&self, now: Nanos) -> Vec<(K, u64)> {
        let shards = self.0.shards.iter().map(lock);
        let used = shards.flat_map(|shard| {
            let entries = shard.full_at.iter().map(|(key, full_at)| {
                let missing = full_at.as_u64().saturating_sub(now.as_u64());
                (key.clone(), missing)
            });
            entries.collect::<Vec<_>>()
        });
        used.filter(|(_, missing)| *missing > 0).collect()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        let shards = self.0.shards.iter().map(lock);
        shards.map(|shard| shard.full_at.len()).sum()
    }

    fn shard(&self, key: &K) -> MutexGuard<'_, Shard<K>> {
        // The remainder is less than `SHARDS`, so it fits.
        let index = self.0.hasher.hash_one(key) % SHARDS as u64;
        lock(&self.0.shards[index as usize])
    }
}

fn lock<K>(shard: &Mutex<Shard<K>>) -> MutexGuard<'_, Shard<K>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Clone + Eq + Hash> StateStore for BucketStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(key);
        let stored = shard.full_at.get_mut(key);
        let (answer, full_at) = measure(stored.as_deref().copied())?;
        match stored {
            Some(stored) => *stored = full_at,
            None => {
                shard.full_at.insert(key.clone(), full_at);
            }
        }
        Ok(answer)
    }
}
