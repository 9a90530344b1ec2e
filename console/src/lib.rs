//! Printing on standard output and standard error, and the log.
//!
//! A reader may exit while the process runs (`parlor serve 2> >(head -1)`). `println!`, `eprintln!`
//! and the default writer of the log would panic then. The functions here do not panic, and no
//! other code may print (clippy checks that).
//!
//! `server` and `cli` use this crate, because they may not name each other.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
};

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt::MakeWriter};

/// Prints a line on standard output.
///
/// # Errors
/// If the reader has exited, or the disk with the output is full.
pub fn print(line: impl Display) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Prints a sentence for the user on standard error.
pub fn print_error(sentence: impl Display) {
    let _ = StandardError.write_all(format!("parlor: {sentence}\n").as_bytes());
}

/// Logs on standard error what passes the filter, such as `info` or `parlor=debug`. Check it with
/// [`check_filter`] first: with a filter that cannot be parsed, only errors pass.
pub fn log_to_standard_error(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(parse_filter(filter).unwrap_or_default())
        .with_writer(StandardError)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .init();
}

/// Returns the filter unchanged if it can be parsed (see [`EnvFilter`]).
///
/// # Errors
/// What is wrong with it.
pub fn check_filter(filter: &str) -> Result<String, ParseError> {
    parse_filter(filter).map(|_| filter.to_owned())
}

fn parse_filter(filter: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(filter)
}

/// Standard error, on which a write never fails.
#[derive(Clone, Copy)]
struct StandardError;

impl io::Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // There is nowhere to report a failure.
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
