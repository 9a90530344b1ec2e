//! Reads new messages aloud, for those who listen. The log itself is silent: it would read history,
//! too, whenever some of it is drawn.

use leptos::prelude::*;
use protocol::games::Played;

use crate::chat_context::use_chat_context;
use crate::components::game::status;
use crate::i18n::words;
use crate::reactive::{effect, memo};
use crate::state::ChatState;

/// More than so many at a time are counted instead of read.
const READ: usize = 3;

/// Polite: whatever is being read is read to its end first.
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
        // Of a room that has just been opened, what comes from now on.
        let (Some((room, seq)), Some((here, _))) = (before, now) else {
            return;
        };
        if room == here && !document().hidden() {
            let news = ctx.with_untracked(|chat| chat.messages_from_others(seq));
            let read = |(from, text): &(String, String)| [from, ": ", text].concat();
            let mut news = match news.len() {
                0 => return,
                1..=READ => news.iter().map(read).collect::<Vec<_>>().join("\n"),
                many => (words.new_below)(many as u64),
            };
            // The same again is another announcement, so it has to be another text.
            if said.get_untracked() == news {
                news.push('\u{a0}');
            }
            said.set(news);
        }
    });
    // With the event's number before it: how a game stands is no news by itself.
    let played = memo(move || ctx.with(|chat| aloud(chat).unwrap_or_default()));
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

/// What was played last in a game, behind the event's number, and how the game stands now.
fn aloud(chat: &ChatState) -> Option<String> {
    let words = &words().games;
    let news = chat.last_game_event()?;
    let game = chat.game(&news.room, news.of)?.game;
    let mut aloud = [&news.event.seq.to_string(), " "].concat();
    if let Some(Played::Moved { at, .. }) = news.event.played.as_deref() {
        let place = (words.place)(game.game, at);
        let seat = game.seat_of(news.event.author).unwrap_or(0);
        aloud.push_str(&(words.played)(&news.event.from, &place));
        aloud.push_str(", ");
        aloud.push_str((words.piece)(game.game, seat));
        aloud.push_str("; ");
    }
    aloud.push_str(&status(&game, chat.user));
    Some(aloud)
}
