//! Chat in a pipe: each line of standard input is sent as a message, and each received message is
//! printed as a line on standard output.

use std::{collections::HashSet, io, time::Duration};

use protocol::{Message, ServerFrame};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    async_client::{Client, ClientError, Event},
    login::LoginArgs,
    outcome::Outcome,
};

/// The most unconfirmed messages. While there are so many, no line is read.
const UNCONFIRMED: usize = 64;
/// How long to wait for the next answer after standard input has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of standard input that are read for one message: far more than a message may
/// have.
pub const INPUT_BYTES: u64 = 1024 * 1024;

/// Runs until standard input has ended and all of it is stored.
pub async fn run(login: &LoginArgs, rooms: Vec<String>, is_json: bool) -> anyhow::Result<Outcome> {
    let outcome = match login.sign_in().await? {
        Ok(client) => chat(login, client, &rooms, is_json).await,
        Err(error) => Err(error),
    };
    Ok(outcome.unwrap_or_else(|error| {
        console::print_error(&error);
        Outcome::from(&error)
    }))
}

async fn chat(
    login: &LoginArgs,
    mut client: Client,
    rooms: &[String],
    is_json: bool,
) -> Result<Outcome, ClientError> {
    for room in rooms {
        client.join(room);
    }
    let first = rooms.first().cloned().unwrap_or_default();
    let printer = Printer {
        is_json,
        has_rooms: rooms.len() > 1,
    };
    let mut lines = read_lines();
    let drain_timeout = sleep_until(Instant::now());
    tokio::pin!(drain_timeout);
    let mut unconfirmed = HashSet::new();
    let (mut has_ended, mut has_reader, mut outcome) = (false, true, Outcome::Stored);
    while !(has_ended && unconfirmed.is_empty()) {
        let event = tokio::select! {
            line = lines.recv(), if !has_ended && unconfirmed.len() < UNCONFIRMED => {
                match line {
                    // A blank line is no message.
                    Some(line) if line.trim().is_empty() => {}
                    Some(line) => drop(unconfirmed.insert(client.send(&first, line))),
                    None => {
                        has_ended = true;
                        drain_timeout.as_mut().reset(Instant::now() + DRAIN_TIMEOUT);
                    }
                }
                continue;
            }
            event = client.next() => event?,
            () = &mut drain_timeout, if has_ended => {
                console::print_error("some messages were not confirmed");
                return Ok(Outcome::Unreachable);
            }
        };
        match event {
            Event::Message(message) => {
                if has_reader && let Err(error) = printer.print(&message) {
                    // Without a reader no more lines are sent. The answers to those that were sent
                    // are still awaited.
                    console::print_error(format_args!("standard output: {error}"));
                    outcome = Outcome::Refused;
                    (has_reader, has_ended) = (false, true);
                    drain_timeout.as_mut().reset(Instant::now() + DRAIN_TIMEOUT);
                }
            }
            Event::Stored { id, .. } => {
                unconfirmed.remove(&id);
                drain_timeout.as_mut().reset(Instant::now() + DRAIN_TIMEOUT);
            }
            Event::Refused { message, refusal } => {
                console::print_error(&refusal.message);
                unconfirmed.remove(&message.id);
                outcome = Outcome::Refused;
                drain_timeout.as_mut().reset(Instant::now() + DRAIN_TIMEOUT);
            }
            Event::JoinRefused { refusal, .. } => {
                console::print_error(&refusal.message);
                outcome = Outcome::Refused;
                break;
            }
            Event::Other(ServerFrame::Error(refusal)) => console::print_error(&refusal.message),
            Event::Welcome(_) | Event::Disconnected | Event::Joined { .. } | Event::Other(_) => {}
        }
    }
    login.end(client).await;
    Ok(outcome)
}

/// Standard input, line by line.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut input = BufReader::new(tokio::io::stdin());
        while let Some(line) = read_line(&mut input).await {
            if sender.send(line).await.is_err() {
                return;
            }
        }
    });
    lines
}

/// The next line, with replacement characters where it is not UTF-8; `None` at the end. If a line
/// is far too long for a message, its end is dropped.
async fn read_line(input: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = Vec::new();
    let mut kept = (&mut *input).take(INPUT_BYTES);
    if kept.read_until(b'\n', &mut line).await.ok()? == 0 {
        return None;
    }
    while line.len() as u64 == INPUT_BYTES && line.last() != Some(&b'\n') {
        let rest = input.fill_buf().await.ok()?;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (read, is_over) = (end.map_or(rest.len(), |at| at + 1), end.is_some());
        input.consume(read);
        if is_over || read == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&line);
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// How messages are printed.
struct Printer {
    is_json: bool,
    /// Whether there are several rooms, so that each line names its room.
    has_rooms: bool,
}

impl Printer {
    fn print(&self, message: &Message) -> io::Result<()> {
        if self.is_json {
            return console::print_json(&ServerFrame::Message(message.clone()).encode());
        }
        let room = match self.has_rooms {
            true => format!("#{} ", message.room),
            false => String::new(),
        };
        console::print(format_args!("{room}{}: {}", message.from, message.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_too_long_is_cut_and_the_next_line_is_whole() {
        let most = INPUT_BYTES as usize;
        let lengths = [0, 5, most - 1, most, most + 1, 3 * most];
        let mut bytes = Vec::new();
        for length in lengths {
            bytes.extend(std::iter::repeat_n(b'x', length));
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"a \xff\n\nthe end");
        let mut input = &bytes[..];
        for length in lengths {
            let line = read_line(&mut input).await.expect("a line");
            assert_eq!(line.len(), length.min(most));
        }
        for expected in ["a \u{fffd}", "", "the end"] {
            assert_eq!(read_line(&mut input).await.as_deref(), Some(expected));
        }
        assert_eq!(read_line(&mut input).await, None);
    }
}
