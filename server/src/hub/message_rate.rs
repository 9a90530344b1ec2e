//! The rate of events in a room, and the flush delay that follows from it. Frames of a quiet room
//! are not delayed, because there would be nothing to write together with them.

use std::time::{Duration, Instant};

/// Up to this many events a second, frames are not delayed.
const QUIET: f64 = 40.0;
/// From this many events a second on, frames may be delayed for the longest time.
const BUSY: f64 = 80.0;

/// Events a second, averaged over about one second: an event's weight falls by a factor of e each
/// second.
#[derive(Default)]
pub struct MessageRate {
    events: f64,
    updated_at: Option<Instant>,
}

impl MessageRate {
    /// Counts events that are about to be delivered. Returns how long their frames may be delayed:
    /// not at all in a quiet room, `longest` in a busy one.
    pub fn record(&mut self, events: usize, longest: Duration, now: Instant) -> Duration {
        let flush_delay = self.flush_delay(longest, now);
        self.events += events as f64;
        flush_delay
    }

    /// How long a frame without events may be delayed, at most `longest`.
    pub fn flush_delay(&mut self, longest: Duration, now: Instant) -> Duration {
        let passed = self.updated_at.replace(now).map_or(0.0, |last| {
            now.saturating_duration_since(last).as_secs_f64()
        });
        self.events *= (-passed).exp();
        longest.mul_f64(((self.events - QUIET) / (BUSY - QUIET)).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_millis(10);

    #[test]
    fn frames_of_a_quiet_room_are_never_delayed() {
        let mut rate = MessageRate::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(rate.record(10, LONGEST, now), Duration::ZERO);
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn frames_of_a_busy_room_are_delayed_until_it_is_quiet_again() {
        let mut rate = MessageRate::default();
        let mut now = Instant::now();
        for _ in 0..1_000 {
            rate.record(1, LONGEST, now);
            now += Duration::from_millis(10);
        }
        assert_eq!(rate.record(1, LONGEST, now), LONGEST);
        assert_eq!(rate.record(1, Duration::ZERO, now), Duration::ZERO);
        now += Duration::from_secs(2);
        assert_eq!(rate.record(1, LONGEST, now), Duration::ZERO);
    }
}
