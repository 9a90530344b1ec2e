//! Limits how often the same event is logged.

use std::time::{Duration, Instant};

/// Limits a log event to once a minute, however often it occurs.
#[derive(Debug, Default)]
pub struct OncePerMinute {
    logged_at: Option<Instant>,
    /// How many times the event has occurred since without being logged.
    unlogged: u64,
}

impl OncePerMinute {
    /// Counts an occurrence. If it has to be logged, returns how many occurrences were not logged
    /// since the last one that was.
    pub fn is_due(&mut self, now: Instant) -> Option<u64> {
        let is_due = self
            .logged_at
            .is_none_or(|it| now.saturating_duration_since(it) >= Duration::from_secs(60));
        if !is_due {
            self.unlogged += 1;
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_logged_once_a_minute_with_the_count() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut often = OncePerMinute::default();
        assert_eq!(often.is_due(start), Some(0));
        assert_eq!(often.is_due(start + second), None);
        assert_eq!(often.is_due(start + 59 * second), None);
        assert_eq!(often.is_due(start + 60 * second), Some(2));
        assert_eq!(often.is_due(start + 200 * second), Some(0));
    }
}
