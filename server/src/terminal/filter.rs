//! A line in is a message out, and a message in a line out: for pipes.

use std::{collections::HashSet, io, time::Duration};

use protocol::{Message, ServerFrame};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader},
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Outcome, Who, outcome_of};
use crate::{
    client::{Client, Ended, Event},
    log,
};

/// Lines that wait to be said; beyond that no more are read.
const LINES: usize = 64;
/// When standard input has ended, nothing more is expected of what is on its way after so long without
/// an answer.
pub const LAST_WORDS: Duration = Duration::from_secs(60);

/// Bytes of standard input that are kept to be said at once: far more than may be.
pub const INPUT_BYTES: u64 = 1024 * 1024;

/// Goes on until standard input has ended and all of it is stored.
pub async fn run(who: &Who, rooms: Vec<String>, is_json: bool) -> anyhow::Result<Outcome> {
    let outcome = match who.sign_in().await {
        Ok(client) => pass(client, &rooms, is_json).await,
        Err(ended) => Err(ended),
    };
    Ok(outcome.unwrap_or_else(|ended| {
        log::complain(&ended);
        outcome_of(&ended)
    }))
}

async fn pass(mut client: Client, rooms: &[String], is_json: bool) -> Result<Outcome, Ended> {
    for room in rooms {
        client.join(room);
    }
    let first = rooms.first().cloned().unwrap_or_default();
    let printer = Printer {
        is_json,
        has_rooms: rooms.len() > 1,
    };
    let mut lines = read_lines();
    let last_words = sleep_until(Instant::now());
    tokio::pin!(last_words);
    let mut unsettled = HashSet::new();
    let (mut has_ended, mut is_read, mut outcome) = (false, true, Outcome::Stored);
    while !(has_ended && unsettled.is_empty()) {
        let event = tokio::select! {
            line = lines.recv(), if !has_ended && unsettled.len() < LINES => {
                match line {
                    // A blank line says nothing.
                    Some(line) if line.trim().is_empty() => {}
                    Some(line) => drop(unsettled.insert(client.say(&first, line))),
                    None => {
                        has_ended = true;
                        last_words.as_mut().reset(Instant::now() + LAST_WORDS);
                    }
                }
                continue;
            }
            event = client.next() => event?,
            () = &mut last_words, if has_ended => {
                log::complain("some messages were not confirmed");
                return Ok(Outcome::Away);
            }
        };
        match event {
            Event::Message(message) => {
                if is_read && let Err(error) = printer.print(&message) {
                    // Without a reader no more is said. What was sent is still waited for.
                    log::complain(format_args!("standard output: {error}"));
                    outcome = Outcome::Refused;
                    (is_read, has_ended) = (false, true);
                    last_words.as_mut().reset(Instant::now() + LAST_WORDS);
                }
            }
            Event::Stored { id, .. } => {
                unsettled.remove(&id);
                last_words.as_mut().reset(Instant::now() + LAST_WORDS);
            }
            Event::Refused { draft, refusal } => {
                log::complain(&refusal.message);
                unsettled.remove(&draft.id);
                outcome = Outcome::Refused;
                last_words.as_mut().reset(Instant::now() + LAST_WORDS);
            }
            Event::NotJoined { refusal, .. } => {
                log::complain(&refusal.message);
                outcome = Outcome::Refused;
                break;
            }
            Event::Other(ServerFrame::Error(refusal)) => log::complain(&refusal.message),
            Event::Welcome(_) | Event::Lost | Event::Joined { .. } | Event::Other(_) => {}
        }
    }
    client.close().await;
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

/// The next line, as far as it is UTF-8; none at the end. Of one that is far too long to be said only
/// the beginning is kept in memory.
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
    /// Several rooms, so that each line has to say which.
    has_rooms: bool,
}

impl Printer {
    fn print(&self, message: &Message) -> io::Result<()> {
        if self.is_json {
            return log::print(ServerFrame::Message(message.clone()).encode());
        }
        let room = match self.has_rooms {
            true => format!("#{} ", message.room),
            false => String::new(),
        };
        // What was said cannot look like another line, nor command the terminal.
        let text = message.text.replace(|c: char| c.is_control(), " ");
        log::print(format_args!("{room}{}: {text}", message.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_without_an_end_is_read_away_and_the_next_one_is_whole() {
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
