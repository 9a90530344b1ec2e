//! Whether the database works, as far as the last one who tried knows; and how loudly to say that it
//! does not.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A trouble that lasts is logged so often.
const REPEATED: Duration = Duration::from_secs(60);

/// The database's health. `/readyz` shows it.
#[derive(Default)]
pub struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    is_failing: bool,
    told_at: Option<Instant>,
    /// Failures since that was logged.
    untold: u64,
}

impl Health {
    /// Could the last write be written?
    pub fn is_well(&self) -> bool {
        !self.state().is_failing
    }

    /// Something was written.
    pub fn well(&self) {
        let mut state = self.state();
        if state.is_failing {
            tracing::warn!("the database can be written again");
            *state = State::default();
        }
    }

    /// Something could not be written.
    pub fn failed(&self, error: &super::Error) {
        self.state().is_failing = true;
        self.complain("could not write", error);
    }

    /// Logs a failure, unless that was done less than a minute ago.
    pub fn complain(&self, what: &str, error: &super::Error) {
        let now = Instant::now();
        let mut state = self.state();
        let is_due = state
            .told_at
            .is_none_or(|told| now.saturating_duration_since(told) >= REPEATED);
        if is_due {
            tracing::error!(%error, since_last = state.untold, "{what}; told once a minute");
            state.told_at = Some(now);
            state.untold = 0;
        } else {
            state.untold += 1;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
