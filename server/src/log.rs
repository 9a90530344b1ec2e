//! Limits how often the same event is logged.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

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

/// The warnings that a request can cause, so that clients cannot fill the log.
#[derive(Debug, Default)]
pub struct RequestWarnings {
    /// A form or a socket of another site was refused.
    pub foreign_origin: Warning,
    /// A request for another host was refused.
    pub foreign_host: Warning,
    /// Headers of a proxy that is not trusted were ignored.
    pub untrusted_forward: Warning,
    /// A trusted proxy did not send the client's address.
    pub missing_forward: Warning,
    /// A trusted proxy sent two addresses.
    pub contradictory_forward: Warning,
}

/// A warning that is logged at most once a minute.
#[derive(Debug, Default)]
pub struct Warning(Mutex<OncePerMinute>);

impl Warning {
    /// See [`OncePerMinute::is_due`].
    pub fn is_due(&self) -> Option<u64> {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.is_due(Instant::now())
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
