//! The log of one place: what was said, who came and went, and what is on its way.

use leptos::either::EitherOf3;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::is_direct;

use crate::components::draft::DraftLine;
use crate::components::message::{MessageLine, PassingLine};
use crate::house::House;
use crate::i18n::words;
use crate::outbox::To;
use crate::tab::{Tab, use_tab};
use crate::timeline::{Line, Timeline};

/// Nearer to its end than this, in CSS pixels, the log counts as read to its end.
const NEAR: i32 = 80;

/// What one place shows. The scroller is drawn from its end (`column-reverse`): so it stands at the
/// newest message without any script, and stays there unless the reader scrolls up.
#[component]
pub fn Log(to: To, scroller: NodeRef<Div>) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let shown = StoredValue::new(to.clone());
    let lines = Memo::new(move |_| {
        tab.house
            .with(|house| shown.with_value(|to| house.lines(to)))
    });
    let older = Memo::new(move |_| {
        let timeline = |house: &House| shown.with_value(|to| known(house, to, Timeline::has_older));
        tab.house.with(timeline).unwrap_or(false)
    });
    // Older messages are put before those that are read. The log is drawn from its end, so it stays
    // in place by itself, unless the browser anchors it to a line that is being moved.
    let turning = RwSignal::new(false);
    let oldest = Memo::new(move |_| lines.with(|lines| lines.first().map(Line::key)));
    Effect::new(move |before: Option<_>| {
        let now = oldest.get();
        if before.is_some_and(|before| before != now) {
            // Two frames on, the new lines are laid out.
            request_animation_frame(move || request_animation_frame(move || turning.set(false)));
        }
        now
    });
    Effect::new(move |_| {
        let long = lines.with(Vec::len) > crate::house::KEPT;
        let near_end = |scroller: web_sys::HtmlDivElement| scroller.scroll_top() > -NEAR;
        if long && scroller.get_untracked().is_some_and(near_end) {
            tab.house.update(House::trim);
        }
    });
    view! {
        <div
            class="log"
            class:turning=turning
            role="log"
            tabindex="0"
            aria-label=move || tab.place_name()
            node_ref=scroller
        >
            <div class="log-end">
                <Show when=move || older.get()>
                    <button
                        type="button"
                        class="older"
                        on:click=move |_| {
                            turning.set(true);
                            tab.act(House::older);
                        }
                    >
                        {words.older}
                    </button>
                </Show>
                <p class="greeting">{move || shown.with_value(|to| greeting(tab, to))}</p>
                <ol role="list" class="lines">
                    <For each=move || lines.get() key=Line::key let:line>
                        {match line {
                            Line::Said(message) => EitherOf3::A(view! { <MessageLine message /> }),
                            Line::Passed(passing) => EitherOf3::B(view! { <PassingLine passing /> }),
                            Line::Draft(draft) => EitherOf3::C(view! { <DraftLine draft /> }),
                        }}
                    </For>
                </ol>
            </div>
        </div>
    }
}

/// What stands before the first message: where the log begins, or that it is still on its way.
fn greeting(tab: Tab, to: &To) -> Option<String> {
    let words = words();
    let room = match to {
        To::Person(nickname) => return Some((words.beginning_to)(nickname)),
        To::Room(room) => room,
    };
    let fetched = |timeline: &Timeline| !timeline.is_empty() || timeline.is_untouched();
    let (is_here, has_older, is_untouched, with) = tab.house.with(|house| {
        (
            known(house, to, fetched).unwrap_or(false),
            known(house, to, Timeline::has_older).unwrap_or(false),
            known(house, to, Timeline::is_untouched).unwrap_or(false),
            house.with(room).unwrap_or_default().to_owned(),
        )
    });
    if !is_here {
        return Some(words.loading.to_owned());
    }
    if has_older {
        return None;
    }
    let beginning = if is_direct(room) {
        (words.beginning_with)(&with)
    } else {
        (words.beginning_of_room)(room)
    };
    if is_untouched {
        return Some([&beginning, " ", words.say_hello].concat());
    }
    Some(beginning)
}

fn known<T>(house: &House, to: &To, of: impl Fn(&Timeline) -> T) -> Option<T> {
    house.timeline(to).map(of)
}
