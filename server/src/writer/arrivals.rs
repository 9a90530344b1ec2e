//! How many requests to the writer come in a short time, and from how many users.

use std::time::{Duration, Instant};

use super::requests::WriteRequest;

/// No more requests than this are waited for: the transaction is already a small part of the cost of
/// such a batch.
const FULL_BATCH: usize = 256;

/// The rate is an average over about this time, in seconds: a request's weight falls by a factor of
/// e each time.
const AVERAGED_OVER: f64 = 0.25;

/// A user counts as sending for up to twice this time after a request.
const SENDING_TIME: Duration = Duration::from_millis(50);

/// Bits in the set of senders. Users who share a bit count as one.
const BITS: usize = 1_024;

/// The rate of requests and their senders.
pub struct Arrivals {
    /// Requests, each with its weight.
    requests: f64,
    recorded_at: Instant,
    /// The senders of the current [`SENDING_TIME`] …
    senders: SenderSet,
    /// … and those of the one before.
    earlier_senders: SenderSet,
    since: Instant,
}

/// A set of senders, as a bit for each hash of a sender.
type SenderSet = [u64; BITS / 64];

impl Arrivals {
    pub fn new(now: Instant) -> Self {
        Self {
            requests: 0.0,
            recorded_at: now,
            senders: [0; BITS / 64],
            earlier_senders: [0; BITS / 64],
            since: now,
        }
    }

    /// Records the requests of a batch.
    pub fn record(&mut self, batch: &[WriteRequest], now: Instant) {
        self.decay(now);
        self.requests += batch.len() as f64;
        for sender in batch.iter().filter_map(WriteRequest::sender) {
            let bit = sender as usize % BITS;
            self.senders[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// How many requests come in this time, at most one from each user who is sending and at most
    /// [`FULL_BATCH`].
    pub fn expected(&mut self, time: Duration, now: Instant) -> usize {
        self.decay(now);
        let expected = self.requests / AVERAGED_OVER * time.as_secs_f64();
        let sets = self.senders.iter().zip(&self.earlier_senders);
        let senders: u32 = sets.map(|(a, b)| (a | b).count_ones()).sum();
        (expected as usize).min(senders as usize).min(FULL_BATCH)
    }

    fn decay(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.recorded_at);
        self.requests *= (-passed.as_secs_f64() / AVERAGED_OVER).exp();
        self.recorded_at = now;
        let passed = now.saturating_duration_since(self.since);
        if passed >= SENDING_TIME {
            let senders = std::mem::take(&mut self.senders);
            // After a longer pause nobody is sending.
            self.earlier_senders = match passed < 2 * SENDING_TIME {
                true => senders,
                false => SenderSet::default(),
            };
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHER: Duration = Duration::from_millis(3);

    /// Batches of one request of each of these senders, in this interval, for a second. Returns
    /// how many requests are expected at the end.
    fn expected_after(senders: u64, interval: Duration) -> usize {
        let mut now = Instant::now();
        let mut arrivals = Arrivals::new(now);
        let end = now + Duration::from_secs(1);
        while now < end {
            let batch: Vec<_> = (0..senders).map(WriteRequest::Disconnected).collect();
            arrivals.record(&batch, now);
            now += interval;
        }
        arrivals.expected(GATHER, now)
    }

    #[test]
    fn one_user_is_never_waited_for_however_fast() {
        assert_eq!(expected_after(1, Duration::from_micros(300)), 1);
    }

    #[test]
    fn users_who_each_wait_for_their_echo_are_expected_once() {
        assert_eq!(expected_after(10, Duration::from_micros(400)), 10);
    }

    #[test]
    fn at_a_low_rate_nobody_is_expected() {
        assert_eq!(expected_after(1, Duration::from_millis(10)), 0);
        assert_eq!(expected_after(2, Duration::from_millis(20)), 0);
    }

    #[test]
    fn after_a_pause_nobody_is_expected() {
        let now = Instant::now();
        let mut arrivals = Arrivals::new(now);
        let batch: Vec<_> = (0..100).map(WriteRequest::Disconnected).collect();
        arrivals.record(&batch, now);
        assert!(arrivals.expected(GATHER, now) > 0);
        assert_eq!(arrivals.expected(GATHER, now + Duration::from_secs(1)), 0);
    }
}
