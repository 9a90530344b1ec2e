//! Announces new messages to screen readers. The message list itself is silent: it would also
//! announce history whenever some of it is drawn.

use leptos::prelude::*;
use protocol::games::Played;

use crate::chat_context::use_chat_context;
use crate::components::game::status;
use crate::i18n::words;
use crate::join::join;
use crate::reactive::{effect, memo};
use crate::state::ChatState;

/// If more than this many messages come at a time, only their number is announced.
const MAX_READ: usize = 3;

/// The region is polite: a screen reader finishes its sentence first.
#[component]
pub fn LiveRegion() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let newest = memo(move || ctx.with(ChatState::open_newest));
    let said = RwSignal::new(String::new());
    let mut before: Option<(String, u64)> = None;
    effect(move || {
        let now = newest.get();
        let before = std::mem::replace(&mut before, now.clone());
        // In a room that has just been opened, only what comes from now on is announced.
        let (Some((room, seq)), Some((here, _))) = (before, now) else {
            return;
        };
        if room == here && !document().hidden() {
            let messages = ctx.with_untracked(|chat| chat.messages_from_others(seq));
            let read = |(from, text): &(String, String)| [from, ": ", text].concat();
            let mut sentence = match messages.len() {
                0 => return,
                1..=MAX_READ => join(&messages.iter().map(read).collect::<Vec<_>>(), "\n"),
                many => (words.new_below)(many as u64),
            };
            // The text must change, or the same sentence would not be announced again.
            if said.get_untracked() == sentence {
                sentence.push('\u{a0}');
            }
            said.set(sentence);
        }
    });
    // It begins with the event's number: the state of a game alone is not announced.
    let played = memo(move || ctx.with(|chat| game_announcement(chat).unwrap_or_default()));
    let mut before = played.get_untracked();
    effect(move || {
        let now = played.get();
        let nth = |words: &str| words.split_once(' ').map(|(nth, _)| nth.to_owned());
        if let Some((_, words)) = now.split_once(' ')
            && nth(&before) != nth(&now)
        {
            said.set(words.to_owned());
        }
        before = now;
    });
    view! {
        <p class="visually-hidden" aria-live="polite">
            {said}
        </p>
    }
}

/// The last event of a game after its number, and the state of the game.
fn game_announcement(chat: &ChatState) -> Option<String> {
    let words = &words().games;
    let last = chat.last_game_event()?;
    let game = chat.game(&last.room, last.of)?.game;
    let mut text = [&last.event.seq.to_string(), " "].concat();
    if let Some(Played::Moved { at, .. }) = last.event.played() {
        let its = game.rules().words();
        let player = game.player_index(last.event.author).unwrap_or(0);
        text.push_str(&(words.played)(&last.event.from, &(its.cell)(at)));
        let piece = (its.piece)(player);
        if !piece.is_empty() {
            text.push_str(", ");
            text.push_str(piece);
        }
        text.push_str("; ");
    }
    text.push_str(&status(&game, chat.user));
    Some(text)
}
