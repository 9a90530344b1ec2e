//! Reads new messages aloud, for those who listen. The log itself is silent: it would read history,
//! too, whenever some of it is drawn.

use leptos::prelude::*;
use protocol::games::Played;

use crate::components::game::status;
use crate::house::House;
use crate::house::games::News;
use crate::i18n::words;
use crate::reactive::memo;
use crate::tab::{Tab, use_tab};

/// More than so many at a time are counted instead of read.
const READ: usize = 3;

/// Polite: whatever is being read is read to its end first.
#[component]
pub fn Announcer() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let newest = memo(move || tab.with(House::open_newest));
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<Option<(String, u64)>>| {
        let now = newest.get();
        // Of a room that has just been opened, what comes from now on.
        let (Some(Some((room, seq))), Some((here, _))) = (before, &now) else {
            return now;
        };
        if room == *here && !document().hidden() {
            let news = tab.with_untracked(|house| house.news(seq));
            let read = |(from, text): &(String, String)| [from, ": ", text].concat();
            let mut news = match news.len() {
                0 => return now,
                1..=READ => news.iter().map(read).collect::<Vec<_>>().join("\n"),
                many => (words.new_below)(many as u64),
            };
            // The same again is another announcement, so it has to be another text.
            if said.get_untracked() == news {
                news.push('\u{a0}');
            }
            said.set(news);
        }
        now
    });
    let played = memo(move || tab.with(House::game_news));
    Effect::new(move |before: Option<Option<News>>| {
        let now = played.get();
        if let (Some(_), Some(news)) = (before, &now) {
            said.set(aloud(tab, news));
        }
        now
    });
    view! {
        <p class="unseen" aria-live="polite">
            {said}
        </p>
    }
}

/// What was played in a game, and how it stands.
fn aloud(tab: Tab, news: &News) -> String {
    let words = &words().games;
    let table = tab.with_untracked(|house| Some((house.table(&news.room, news.of)?, house.person)));
    let Some((table, me)) = table else {
        return String::new();
    };
    let status = status(&table.game, me);
    match news.event.played.as_deref() {
        Some(Played::Moved { at, .. }) => {
            let place = (words.place)(table.game.game, at);
            let seat = table.game.seat_of(news.event.author).unwrap_or(0);
            let piece = (words.piece)(table.game.game, seat);
            let played = (words.played)(&news.event.from, &place);
            [&played, ", ", piece, "; ", &status].concat()
        }
        _ => status,
    }
}
