//! The full screen: places on the left, what is said in the middle, who is here on the right, and below
//! it the line that one types. [`state`] is all that it shows, a pure value that events and keys
//! change; [`view`] draws it, [`wrap`] breaks lines, [`command`] reads what begins with a slash.

mod command;
mod composer;
mod state;
mod view;
mod wrap;

use std::io::stdout;

use anyhow::Context as _;
use crossterm::{
    event::{DisableBracketedPaste, EnableBracketedPaste, Event as Input, EventStream},
    execute,
};
use futures_util::{FutureExt, StreamExt};
use protocol::ClientFrame;
use ratatui::DefaultTerminal;
use tokio::signal::unix::{SignalKind, signal};

use self::state::{Errand, State};
use super::{Outcome, Who, outcome_of};
use crate::{
    client::{Client, Ended},
    log,
};

/// Goes on until the user leaves, or the server sends them away.
pub async fn run(who: &Who, rooms: Vec<String>) -> anyhow::Result<Outcome> {
    let client = match who.sign_in().await {
        Ok(client) => client,
        Err(ended) => {
            log::complain(&ended);
            return Ok(outcome_of(&ended));
        }
    };
    // It gives the terminal back as it was, also if this panics.
    let mut terminal = ratatui::try_init().context("cannot use this terminal")?;
    // What is pasted is one text, whatever lines it has. A terminal that cannot tell types it.
    let _ = execute!(stdout(), EnableBracketedPaste);
    let ended = talk(&mut terminal, client, rooms).await;
    let _ = execute!(stdout(), DisableBracketedPaste);
    // A terminal that has gone away needs nothing back.
    let _ = ratatui::try_restore();
    match ended? {
        None => Ok(Outcome::Stored),
        Some(ended) => {
            log::complain(&ended);
            Ok(outcome_of(&ended))
        }
    }
}

async fn talk(
    terminal: &mut DefaultTerminal,
    mut client: Client,
    rooms: Vec<String>,
) -> anyhow::Result<Option<Ended>> {
    let mut state = State::new(client.nickname().to_owned(), client.user());
    for room in &rooms {
        state.enter(room);
        client.join(room);
    }
    client.ask(ClientFrame::Rooms);
    let mut input = EventStream::new();
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        terminal.draw(|frame| view::draw(frame, &mut state))?;
        let errands = tokio::select! {
            event = client.next() => {
                let mut event = event;
                let mut errands = Vec::new();
                // All that is here already is drawn together.
                loop {
                    match event {
                        Ok(event) => errands.extend(state.hear(event)),
                        Err(ended) => return Ok(Some(ended)),
                    }
                    match client.next().now_or_never() {
                        Some(next) => event = next,
                        None => break errands,
                    }
                }
            }
            input = input.next() => match input {
                Some(Ok(Input::Key(key))) => state.press(key),
                Some(Ok(Input::Paste(text))) => state.paste(&text),
                Some(Ok(_)) => Vec::new(),
                // The terminal is gone.
                Some(Err(_)) | None => vec![Errand::Quit],
            },
            _ = terminate.recv() => vec![Errand::Quit],
        };
        for errand in errands {
            match errand {
                Errand::Join(room) => client.join(&room),
                Errand::Leave(room) => client.leave(&room),
                Errand::Say { to, text } => drop(client.say(&to, text)),
                Errand::Whisper { to, text } => drop(client.whisper(&to, text)),
                Errand::Play { room, act } => drop(client.play(&room, act)),
                Errand::Ask(frame) => client.ask(frame),
                Errand::Quit => {
                    client.close().await;
                    return Ok(None);
                }
            }
        }
    }
}
