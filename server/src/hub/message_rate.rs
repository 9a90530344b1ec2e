//! How busy a room is, and so for how long its frames may flush_delay on their way: not at all while it
//! is quiet, for then there is nothing to be gathered.

use std::time::{Duration, Instant};

/// Events a second up to which a room is quiet …
const QUIET: f64 = 40.0;
/// … and from which on its frames flush_delay as long as any may.
const BUSY: f64 = 80.0;

/// Events a second, averaged over about a second: what was counted loses a factor of e in that time.
#[derive(Default)]
pub struct MessageRate {
    events: f64,
    counted_at: Option<Instant>,
}

impl MessageRate {
    /// So many events are about to be delivered. Returns for how long they may flush_delay: `most` in a
    /// busy room, nothing in a hidden one.
    pub fn count(&mut self, events: usize, most: Duration, now: Instant) -> Duration {
        let flush_delay = self.flush_delay(most, now);
        self.events += events as f64;
        flush_delay
    }

    /// For how long what is no event may flush_delay.
    pub fn flush_delay(&mut self, most: Duration, now: Instant) -> Duration {
        let passed = self.counted_at.replace(now).map_or(0.0, |last| {
            now.saturating_duration_since(last).as_secs_f64()
        });
        self.events *= (-passed).exp();
        most.mul_f64(((self.events - QUIET) / (BUSY - QUIET)).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(10);

    #[test]
    fn what_is_said_in_a_hidden_room_never_lingers() {
        let mut pace = MessageRate::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(pace.count(10, MOST, now), Duration::ZERO);
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn in_a_busy_room_it_lingers_until_it_is_hidden_again() {
        let mut pace = MessageRate::default();
        let mut now = Instant::now();
        for _ in 0..1_000 {
            pace.count(1, MOST, now);
            now += Duration::from_millis(10);
        }
        assert_eq!(pace.count(1, MOST, now), MOST);
        assert_eq!(pace.count(1, Duration::ZERO, now), Duration::ZERO);
        now += Duration::from_secs(2);
        assert_eq!(pace.count(1, MOST, now), Duration::ZERO);
    }
}
