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
    cannot_write: bool,
    cannot_read: bool,
    told_at: Option<Instant>,
    /// Failures since that was logged.
    untold: u64,
}

impl Health {
    /// Could the last write be written and the last question be answered?
    pub fn is_well(&self) -> bool {
        let state = self.state();
        !state.cannot_write && !state.cannot_read
    }

    /// Could the last write be written?
    pub fn can_write(&self) -> bool {
        !self.state().cannot_write
    }

    /// Something was written.
    pub fn written(&self) {
        self.state().cannot_write = false;
    }

    /// Something could not be written.
    pub fn not_written(&self, error: &super::Error) {
        let mut state = self.state();
        state.cannot_write = true;
        state.complain("could not write", error);
    }

    /// A question was answered, or could not be.
    pub fn read<T>(&self, answer: &Result<T, super::Error>) {
        let mut state = self.state();
        state.cannot_read = answer.is_err();
        if let Err(error) = answer {
            state.complain("could not read", error);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Logs a failure, unless that was done less than a minute ago.
    fn complain(&mut self, what: &str, error: &super::Error) {
        let now = Instant::now();
        let is_due = self
            .told_at
            .is_none_or(|told| now.saturating_duration_since(told) >= REPEATED);
        if is_due {
            tracing::error!(%error, since_last = self.untold, "{what}; told once a minute");
            self.told_at = Some(now);
            self.untold = 0;
        } else {
            self.untold += 1;
        }
    }
}
