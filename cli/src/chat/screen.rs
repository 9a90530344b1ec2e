//! The full screen: conversations on the left, messages in the middle, members on the right, and
//! the line that the user types below the messages.
//!
//! [`state`] is the state of the screen, a pure value that events and keys change. [`view`] draws
//! it, [`wrap`] breaks lines, [`composer`] edits the line, and [`slash_command`] parses commands.

mod composer;
mod slash_command;
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

use self::state::{Output, State};
use crate::{
    async_client::{Client, ClientError},
    login::LoginArgs,
    outcome::Outcome,
};

/// Runs until the user quits, or the client ends for good.
pub async fn run(login: &LoginArgs, rooms: Vec<String>) -> anyhow::Result<Outcome> {
    let client = match login.sign_in().await? {
        Ok(client) => client,
        Err(error) => {
            console::print_error(&error);
            return Ok(Outcome::from(&error));
        }
    };
    // This also installs a panic hook that restores the terminal.
    let mut terminal = ratatui::try_init().context("cannot use this terminal")?;
    // With this, a pasted text is one input, however many lines it has. Terminals that do not
    // support it send the text as keys.
    let _ = execute!(stdout(), EnableBracketedPaste);
    let ended = chat(&mut terminal, login, client, rooms).await;
    let _ = execute!(stdout(), DisableBracketedPaste);
    // A terminal that is gone cannot be restored.
    let _ = ratatui::try_restore();
    match ended? {
        None => Ok(Outcome::Stored),
        Some(error) => {
            console::print_error(&error);
            Ok(Outcome::from(&error))
        }
    }
}

async fn chat(
    terminal: &mut DefaultTerminal,
    login: &LoginArgs,
    mut client: Client,
    rooms: Vec<String>,
) -> anyhow::Result<Option<ClientError>> {
    let mut state = State::new(client.nickname().to_owned(), client.user());
    for room in &rooms {
        state.add_room(room);
        client.join(room);
    }
    client.request(ClientFrame::Rooms);
    let mut input = EventStream::new();
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        terminal.draw(|frame| view::draw(frame, &mut state))?;
        let outputs = tokio::select! {
            event = client.next() => {
                let mut event = event;
                let mut outputs = Vec::new();
                // All events that are already there are drawn together.
                loop {
                    match event {
                        Ok(event) => outputs.extend(state.apply(event)),
                        Err(error) => return Ok(Some(error)),
                    }
                    match client.next().now_or_never() {
                        Some(next) => event = next,
                        None => break outputs,
                    }
                }
            }
            input = input.next() => match input {
                Some(Ok(Input::Key(key))) => state.press(key),
                Some(Ok(Input::Paste(text))) => state.paste(&text),
                Some(Ok(_)) => Vec::new(),
                // The terminal is gone.
                Some(Err(_)) | None => vec![Output::Quit],
            },
            _ = terminate.recv() => vec![Output::Quit],
        };
        for output in outputs {
            match output {
                Output::Join(room) => client.join(&room),
                Output::Leave(room) => client.leave(&room),
                Output::Send { to, text } => drop(client.send(&to, text)),
                Output::SendDirect { to, text } => drop(client.send_direct(&to, text)),
                Output::Play { room, act } => drop(client.play(&room, act)),
                Output::Request(frame) => client.request(frame),
                Output::Quit => {
                    login.end(client).await;
                    return Ok(None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
