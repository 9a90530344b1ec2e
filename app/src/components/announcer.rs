//! Reads new messages aloud, for those who listen. The log itself is silent: it would read history,
//! too, whenever some of it is drawn.

use leptos::prelude::*;

use crate::house::House;
use crate::i18n::words;
use crate::reactive::memo;
use crate::tab::use_tab;

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
            match news.len() {
                0 => {}
                1..=READ => said.set(
                    news.iter()
                        .map(|(from, text)| [from, ": ", text].concat())
                        .collect::<Vec<_>>()
                        .join("\n"),
                ),
                many => said.set((words.new_below)(many as u64)),
            }
        }
        now
    });
    view! {
        <p class="unseen" aria-live="polite">
            {said}
        </p>
    }
}
