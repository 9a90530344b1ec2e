//! Whether the database works, judged by the last write and the last read, and how often a failure
//! is logged.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::Error;
use crate::log::OncePerMinute;

/// The database's health, as `/readyz` reports it. The failure of a single request does not change
/// it.
#[derive(Default)]
pub struct Health(Mutex<HealthState>);

#[derive(Default)]
struct HealthState {
    cannot_write: bool,
    cannot_read: bool,
    outages: OncePerMinute,
    /// Failures of single requests.
    faults: OncePerMinute,
}

impl Health {
    /// Returns whether the last write and the last read succeeded.
    pub fn is_healthy(&self) -> bool {
        let state = self.state();
        !state.cannot_write && !state.cannot_read
    }

    /// Returns whether the last write succeeded.
    pub fn can_write(&self) -> bool {
        !self.state().cannot_write
    }

    /// Records that a batch was written.
    pub fn record_write(&self) {
        self.state().cannot_write = false;
    }

    /// Records that a batch could not be written.
    pub fn record_failed_write(&self, error: &Error) {
        let mut state = self.state();
        state.cannot_write = true;
        state.log_outage(error, "failed to write to the database");
    }

    /// Records that a single request could not be written and was refused.
    pub fn record_fault(&self, error: &Error) {
        self.state().log_fault(error, "failed to write a request");
    }

    /// Records the result of a query.
    pub fn record_read<T>(&self, result: &Result<T, Error>) {
        let mut state = self.state();
        match result {
            Ok(_) => state.cannot_read = false,
            Err(error) if error.is_outage() => {
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

    /// Faults have a limit of their own: clients can cause them, and must not be able to hide an
    /// outage from the log.
    fn log_fault(&mut self, error: &Error, what: &str) {
        if let Some(since_last) = self.faults.is_due(Instant::now()) {
            tracing::error!(%error, since_last, "{what}; logged at most once a minute");
        }
    }
}
