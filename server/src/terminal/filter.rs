//! A line in is a message out, and a message in a line out: for pipes.

use std::{collections::HashSet, io, time::Duration};

use protocol::{Message, ServerFrame};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
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
/// Of what is on its way when standard input has ended nothing more is expected after so long.
pub const LAST_WORDS: Duration = Duration::from_secs(60);

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
                log::complain("not everything was confirmed");
                return Ok(Outcome::Away);
            }
        };
        match event {
            Event::Message(message) => {
                if is_read && printer.print(&message).is_err() {
                    // Nobody reads any more, so no more is read. What was sent is still waited for.
                    is_read = false;
                    has_ended = true;
                    last_words.as_mut().reset(Instant::now() + LAST_WORDS);
                }
            }
            Event::Stored { id, .. } => drop(unsettled.remove(&id)),
            Event::Refused { draft, refusal } => {
                log::complain(&refusal.message);
                unsettled.remove(&draft.id);
                outcome = Outcome::Refused;
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
        let mut line = Vec::new();
        // What is not UTF-8 is said as far as it is.
        while input
            .read_until(b'\n', &mut line)
            .await
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            if sender.send(text).await.is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
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
