//! A token bucket: limits how often something may be done. Callers pass in the time.

use std::time::{Duration, Instant};

/// A bucket that fills at a constant rate up to its size. Each action takes one token.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    size: f64,
    per_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl TokenBucket {
    /// Creates a full bucket. A rate of 0 means that there is no limit.
    pub fn new(size: u32, per_second: f64, now: Instant) -> Self {
        Self {
            size: f64::from(size),
            per_second,
            tokens: f64::from(size),
            filled_at: now,
        }
    }

    /// Creates a full bucket for `per_minute` actions at once, and as many in each minute.
    pub fn per_minute(per_minute: u32, now: Instant) -> Self {
        Self::new(per_minute, f64::from(per_minute) / 60.0, now)
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until the next token, if the bucket is empty.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        self.fill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            Ok(())
        } else {
            let wait = (1.0 - self.tokens) / self.per_second;
            Err(Duration::from_secs_f64(wait))
        }
    }

    /// Returns a token whose action was not done.
    pub fn refund(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.size);
    }

    /// Whether the bucket is full. Then it is the same as a new one and may be dropped.
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.size
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.size);
        self.filled_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_at_once_and_then_the_rate_applies() {
        let start = Instant::now();
        let mut messages = TokenBucket::new(20, 10.0, start);
        for _ in 0..20 {
            assert_eq!(messages.take(start), Ok(()));
        }
        let wait = messages.take(start).expect_err("the bucket is empty");
        assert_eq!(wait, Duration::from_millis(100));
        assert_eq!(messages.take(start + wait), Ok(()));
        assert!(messages.take(start + wait).is_err());
    }

    #[test]
    fn a_refunded_token_can_be_taken_again() {
        let start = Instant::now();
        let mut rooms = TokenBucket::per_minute(1, start);
        assert!(rooms.take(start).is_ok());
        rooms.refund();
        assert!(rooms.is_full(start));
        assert!(rooms.take(start).is_ok());
        assert!(rooms.take(start).is_err());
    }

    #[test]
    fn a_rate_of_zero_means_no_limit() {
        let start = Instant::now();
        let mut unlimited = TokenBucket::new(0, 0.0, start);
        assert!((0..1_000).all(|_| unlimited.take(start).is_ok()));
    }
}
