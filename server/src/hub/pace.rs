//! How busy a room is, and so for how long its frames may linger on their way: not at all while it
//! is quiet, for then there is nothing to be gathered.

use std::time::{Duration, Instant};

/// Events a second up to which a room is quiet …
const QUIET: f64 = 40.0;
/// … and from which on its frames linger as long as any may.
const BUSY: f64 = 80.0;

/// Events a second, averaged over about a second: what was counted loses a factor of e in that time.
#[derive(Default)]
pub struct Pace {
    events: f64,
    counted_at: Option<Instant>,
}

impl Pace {
    /// So many events are about to be delivered. Returns for how long they may linger: `most` in a
    /// busy room, nothing in a hidden one.
    pub fn count(&mut self, events: usize, most: Duration, now: Instant) -> Duration {
        let linger = self.linger(most, now);
        self.events += events as f64;
        linger
    }

    /// For how long what is no event may linger.
    pub fn linger(&mut self, most: Duration, now: Instant) -> Duration {
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
        let mut pace = Pace::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(pace.count(10, MOST, now), Duration::ZERO);
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn in_a_busy_room_it_lingers_until_it_is_hidden_again() {
        let mut pace = Pace::default();
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
