//! Whether the database works, as far as the last write and the last read tell; and how loudly to say
//! that it does not.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{Error, is_outage};
use crate::log::OncePerMinute;

/// The database's health. `/readyz` shows it. A single request that cannot be written or answered says
/// nothing of it.
#[derive(Default)]
pub struct Health(Mutex<HealthState>);

#[derive(Default)]
struct HealthState {
    cannot_write: bool,
    cannot_read: bool,
    outages: OncePerMinute,
    /// Requests that were refused alone.
    faults: OncePerMinute,
}

impl Health {
    /// Could the last write be written and the last question be answered?
    pub fn is_healthy(&self) -> bool {
        let state = self.state();
        !state.cannot_write && !state.cannot_read
    }

    /// Could the last write be written?
    pub fn can_write(&self) -> bool {
        !self.state().cannot_write
    }

    /// Something was written.
    pub fn record_write(&self) {
        self.state().cannot_write = false;
    }

    /// A batch could not be written.
    pub fn record_failed_write(&self, error: &Error) {
        let mut state = self.state();
        state.cannot_write = true;
        state.log_outage(error, "failed to write to the database");
    }

    /// A single request could not be written, and was refused.
    pub fn record_fault(&self, error: &Error) {
        self.state().log_fault(error, "failed to write a request");
    }

    /// A question was answered, or could not be.
    pub fn record_read<T>(&self, answer: &Result<T, Error>) {
        let mut state = self.state();
        match answer {
            Ok(_) => state.cannot_read = false,
            Err(error) if is_outage(error) => {
                state.cannot_read = true;
                state.log_outage(error, "failed to read the database");
            }
            Err(error) => state.log_fault(error, "a query failed"),
        }
    }

    fn state(&self) -> MutexGuard<'_, HealthState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HealthState {
    fn log_outage(&mut self, error: &Error, what: &str) {
        if let Some(since_last) = self.outages.is_due(Instant::now()) {
            tracing::error!(%error, since_last, "{what}; logged at most once a minute");
        }
    }

    /// Not as loud as an outage, and apart from it: a client may cause faults, and must not hide one.
    fn log_fault(&mut self, error: &Error, what: &str) {
        if let Some(since_last) = self.faults.is_due(Instant::now()) {
            tracing::error!(%error, since_last, "{what}; logged at most once a minute");
        }
    }
}
