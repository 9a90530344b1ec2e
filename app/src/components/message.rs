//! The lines of a log: a message, who came and went, where a day and where the unread begin.

use std::sync::Arc;

use leptos::either::Either;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::Message;

use crate::clock::{Date, datetime};
use crate::components::avatar::{Avatar, hue};
use crate::components::scroll;
use crate::i18n::words;
use crate::prose::{html, is_emoji_only, parse};
use crate::reactive::{self, flag, state};
use crate::tab::use_tab;
use crate::timeline::passing::Passing;

/// From so many lines or characters on, a text is folded.
const LONG: (usize, usize) = (24, 2_400);

/// What somebody said; one's own is told apart by its author, whatever the nickname.
#[component]
pub fn MessageLine(message: Arc<Message>, leads: bool) -> impl IntoView {
    let tab = use_tab();
    let is_mine = tab.with_untracked(|house| house.person == message.author);
    let time = view! { <Time at=message.at seq=message.seq /> };
    view! {
        <li
            class="message"
            class:leads=leads
            class:own=is_mine
            id=message.seq.to_string()
            tabindex="-1"
        >
            <Author name=message.from.clone() leads />
            {time}
            <Text text=message.text.clone() />
        </li>
    }
}

/// Who speaks: for the eye where a group begins, for the ear always.
#[component]
pub fn Author(name: String, leads: bool) -> impl IntoView {
    match leads {
        true => Either::Left(view! {
            <Avatar name=name.clone() />
            <bdi class="author" data-hue=hue(&name)>
                {name.clone()}
            </bdi>
        }),
        false => Either::Right(view! { <bdi class="author unseen">{name}</bdi> }),
    }
}

/// A day begins.
#[component]
pub fn DayLine(day: i64) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let name = reactive::text(move || (words.day)(day, tab.zone.get().day(tab.now.get())));
    view! {
        <li class="day">
            <time datetime=Date::new(day).iso()>{name}</time>
        </li>
    }
}

/// The unread begin.
#[component]
pub fn UnreadLine() -> impl IntoView {
    view! {
        <li class="unread-line">
            <span>{words().new_begin}</span>
        </li>
    }
}

/// People came or went.
#[component]
pub fn PassingLine(passing: Arc<Passing>) -> impl IntoView {
    let words = words();
    let sentence =
        |say: fn(&[String]) -> String, names: &[String]| (!names.is_empty()).then(|| say(names));
    let came = sentence(words.came, &passing.came);
    let went = sentence(words.went, &passing.went);
    let both: Vec<String> = came.into_iter().chain(went).collect();
    view! { <li class="passing">{both.join(" · ")}</li> }
}

/// What was said, as it is meant. A very long text is folded until the reader wants all of it.
#[component]
pub fn Text(text: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let reader = tab.with_untracked(|house| house.nickname.clone());
    let is_large = is_emoji_only(&text);
    let is_long = text.chars().count() > LONG.1 || text.lines().nth(LONG.0).is_some();
    let is_folded = RwSignal::new(is_long);
    let area = NodeRef::<Div>::new();
    let html = html(&parse(&text, &reader));
    let fold = is_long.then(|| {
        view! {
            <button
                type="button"
                class="fold"
                aria-expanded=state(move || !is_folded.get())
                on:click=move |_| {
                    is_folded.update(|is_folded| *is_folded = !*is_folded);
                    if !is_folded.get_untracked()
                        && let Some(area) = area.get_untracked()
                    {
                        scroll::hold(area.into());
                    }
                }
            >
                {reactive::text(move || {
                    if is_folded.get() { words.whole.to_owned() } else { words.less.to_owned() }
                })}
            </button>
        }
    });
    view! {
        <div
            node_ref=area
            class="text"
            class:large=is_large
            class:folded=flag(move || is_folded.get())
            // A link that Tab reaches is never out of sight.
            on:focusin=move |_| is_folded.set(false)
            inner_html=html
        ></div>
        {fold}
    }
}

/// The time of day, which is also the way to this message: in the zone that the device told, then
/// in the reader's own.
#[component]
fn Time(at: i64, seq: protocol::Seq) -> impl IntoView {
    let tab = use_tab();
    let exact = reactive::text(move || {
        let moment = tab.zone.get().moment(at);
        [&(words().date)(moment.date), ", ", &moment.time()].concat()
    });
    let time = reactive::text(move || tab.zone.get().moment(at).time());
    view! {
        <a class="time" href=["#", &seq.to_string()].concat() tabindex="-1" title=exact>
            <time datetime=datetime(at)>{time}</time>
        </a>
    }
}
