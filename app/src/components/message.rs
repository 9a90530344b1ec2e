//! One message, and the quiet line about who came or went.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;
use protocol::Message;

use crate::clock::{Moment, datetime, minutes_ahead};
use crate::i18n::words;
use crate::links::{Piece, pieces};
use crate::tab::use_tab;
use crate::timeline::Passing;

/// What somebody said; one's own is told apart by its author, whatever the nickname.
#[component]
pub fn MessageLine(message: Arc<Message>) -> impl IntoView {
    let tab = use_tab();
    let is_mine = tab
        .house
        .with_untracked(|house| house.person == message.author);
    view! {
        <li class=if is_mine { "message own" } else { "message" }>
            <span class="author">{message.from.clone()}</span>
            <Time at=message.at />
            <Text text=message.text.clone() />
        </li>
    }
}

/// People came or went.
#[component]
pub fn PassingLine(passing: Arc<Passing>) -> impl IntoView {
    let words = words();
    let sentence = if passing.came { words.came } else { words.went };
    view! { <li class="passing">{sentence(&passing.names)}</li> }
}

/// What was said, as text; its links can be followed.
#[component]
pub fn Text(text: String) -> impl IntoView {
    let pieces = pieces(&text).into_iter().map(|piece| match piece {
        Piece::Plain(text) => Either::Left(text.to_owned()),
        Piece::Link(url) => Either::Right(view! {
            <a href=url.to_owned() target="_blank" rel="noopener noreferrer nofollow">
                {url.to_owned()}
            </a>
        }),
    });
    view! {
        <p class="text" dir="auto">
            {pieces.collect_view()}
        </p>
    }
}

/// The time of day: in UTC as the server draws it, in the reader's zone once the page is alive.
#[component]
fn Time(at: i64) -> impl IntoView {
    let alive = use_tab().alive;
    let moment = move || match alive.get() {
        true => Moment::new(at, minutes_ahead(at)),
        false => Moment::new(at, 0),
    };
    let exact = move || [&moment().date(), " ", &moment().time()].concat();
    view! {
        <time datetime=datetime(at) title=exact>
            {move || moment().time()}
        </time>
    }
}
