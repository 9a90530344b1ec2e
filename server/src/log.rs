//! Where the log goes, and what else is printed.
//!
//! The reader may go away while the program runs (`parlor serve 2> >(head -1)`). `println!`,
//! `eprintln!` and the log's own writer would panic then; nothing here does, and nothing else may print
//! (clippy holds that).

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt::MakeWriter};

/// Logs on standard error whatever passes the filter, as in `info` or `parlor=debug`.
/// [`check_filter`] comes first: of a filter that cannot be read, errors alone pass.
pub fn to_standard_error(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(read_filter(filter).unwrap_or_default())
        .with_writer(StandardError)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .init();
}

/// A filter, as it was, if it can be read (see [`EnvFilter`]).
///
/// # Errors
/// What is wrong with it.
pub fn check_filter(filter: &str) -> Result<String, ParseError> {
    read_filter(filter).map(|_| filter.to_owned())
}

fn read_filter(filter: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(filter)
}

/// Prints a line on standard output.
///
/// # Errors
/// If nobody reads it any more, or the disk that it goes to is full.
pub fn print(line: impl Display) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Tells whoever started the program something, on standard error; if nobody reads that, nobody is told.
pub fn complain(sentence: impl Display) {
    let _ = StandardError.write_all(format!("parlor: {sentence}\n").as_bytes());
}

/// Standard error, on which writing never fails.
#[derive(Clone, Copy)]
struct StandardError;

impl io::Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // There is nowhere to tell of a failure.
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for StandardError {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Lets the log tell of something once a minute, however often it happens.
#[derive(Debug, Default)]
pub struct OncePerMinute {
    told_at: Option<Instant>,
    /// How often it has happened since.
    untold: u64,
}

impl OncePerMinute {
    /// It happened: if that is to be told, how often it happened untold since the last time.
    pub fn is_due(&mut self, now: Instant) -> Option<u64> {
        let is_due = self
            .told_at
            .is_none_or(|told| now.saturating_duration_since(told) >= Duration::from_secs(60));
        if !is_due {
            self.untold += 1;
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_told_once_a_minute_with_how_often() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut often = OncePerMinute::default();
        assert_eq!(often.is_due(start), Some(0));
        assert_eq!(often.is_due(start + second), None);
        assert_eq!(often.is_due(start + 59 * second), None);
        assert_eq!(often.is_due(start + 60 * second), Some(2));
        assert_eq!(often.is_due(start + 200 * second), Some(0));
    }
}
