//! Printing on standard output and standard error, and the log.
//!
//! A reader may exit while the process runs (`parlor serve 2> >(head -1)`). `println!`, `eprintln!`
//! and the default writer of the log would panic then. The functions here do not panic, and no
//! other code may print (clippy checks that).
//!
//! `server` and `cli` use this crate, because they may not name each other.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
    io::{self, IsTerminal as _, Write as _},
};

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt::MakeWriter};

/// Prints a line on standard output. Whatever it contains, it is one line, and a terminal shows it
/// as text: see [`harmless`]. Only tabs are kept.
///
/// # Errors
/// If the reader has exited, or the disk with the output is full.
pub fn print(line: impl Display) -> io::Result<()> {
    print_line(&harmless(&line.to_string()))
}

/// Prints a JSON document of one line on standard output. What would not be [`harmless`] can only
/// be inside of a string, so it is escaped there and has the same value.
///
/// # Errors
/// Those of [`print`].
pub fn print_json(document: &str) -> io::Result<()> {
    let mut line = String::with_capacity(document.len());
    for c in document.chars() {
        match is_command(c) || is_direction(c) {
            // All of these characters have four digits.
            true => drop(write!(line, "\\u{:04x}", u32::from(c))),
            false => line.push(c),
        }
    }
    print_line(&line)
}

/// Prints a sentence for the user on standard error, as one line that is [`harmless`].
pub fn print_error(sentence: impl Display) {
    let sentence = sentence.to_string();
    let _ = StandardError.write_all(format!("parlor: {}\n", harmless(&sentence)).as_bytes());
}

fn print_line(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// The text without anything that a terminal may take for a command, or that rearranges what is
/// around it. Control characters (C0, C1, DEL) other than tabs become spaces; the embeddings,
/// overrides and isolates of UAX 9 (sections 2.1, 2.2 and 2.4), which have no width, are removed.
///
/// What comes from a server, from its database, or from the network is printed only in this form.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_command(c) || is_direction(c)) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().filter(|c| !is_direction(*c));
    Cow::Owned(shown.map(|c| if is_command(c) { ' ' } else { c }).collect())
}

fn is_command(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_harmless_text_is_a_command() {
        assert_eq!(harmless("a\tb, Ťuťa, 日本"), "a\tb, Ťuťa, 日本");
        assert_eq!(harmless("\u{1b}[2J\u{9b}31m\r\n\u{7f}x"), " [2J 31m   x");
        assert_eq!(harmless("a\u{202e}b\u{2066}c\u{2028}d"), "abc d");
        for c in (0..=char::MAX as u32).filter_map(char::from_u32) {
            let text = c.to_string();
            let shown = harmless(&text);
            assert!(
                !shown.contains(|c: char| c.is_control() && c != '\t'),
                "{c:?}"
            );
            assert_eq!(harmless(&shown), shown, "{c:?}");
        }
    }
}
