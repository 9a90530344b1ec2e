//! Says one thing.

use std::io::{Read, stdin};

use anyhow::Context;
use tokio::time::timeout;

use super::{
    Outcome, Send,
    filter::{INPUT_BYTES, LAST_WORDS},
    outcome_of,
};
use crate::{
    client::{Client, Ended, Event},
    log,
};

/// Signs in, says it, and waits until it is stored.
pub async fn run(send: Send) -> anyhow::Result<Outcome> {
    let text = match &send.text {
        Some(text) => text.clone(),
        None => {
            let mut text = Vec::new();
            // Of what is far too long the beginning will do to be refused.
            let read = stdin().take(INPUT_BYTES).read_to_end(&mut text);
            read.context("cannot read standard input")?;
            String::from_utf8_lossy(&text).trim_end().to_owned()
        }
    };
    let said = async {
        let client = send.who.sign_in().await?;
        say(client, &send, text).await
    };
    let Ok(outcome) = timeout(LAST_WORDS, said).await else {
        log::complain("the message was not confirmed");
        return Ok(Outcome::Away);
    };
    Ok(outcome.unwrap_or_else(|ended| {
        log::complain(&ended);
        outcome_of(&ended)
    }))
}

async fn say(mut client: Client, send: &Send, text: String) -> Result<Outcome, Ended> {
    let said = match (&send.to, &send.room) {
        (Some(nickname), _) => client.whisper(nickname, text),
        (None, room) => {
            let room = room.clone().unwrap_or_default();
            client.join(&room);
            client.say(&room, text)
        }
    };
    let outcome = loop {
        match client.next().await? {
            Event::Stored { id, .. } if id == said => break Outcome::Stored,
            Event::Refused { refusal, .. } | Event::NotJoined { refusal, .. } => {
                log::complain(&refusal.message);
                break Outcome::Refused;
            }
            _ => {}
        }
    };
    client.close().await;
    Ok(outcome)
}
