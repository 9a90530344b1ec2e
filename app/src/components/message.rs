//! The rows of a message list: a message, who joined and left, the beginning of a day and of the
//! unread messages.
//!
//! A message is one HTML string: hundreds may come in a second, and hundreds be there at hydration.
//! The message list handles the events of all its rows, with [`press`], [`unfold_focused`] and
//! [`show_times_in`].

use std::sync::Arc;

use client::PendingMessage;
use leptos::prelude::*;
use protocol::games::Game;
use protocol::{EventBody, Message, UserId};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::avatar::{hue, initial};
use crate::components::game::GameView;
use crate::components::scroll;
use crate::datetime::{Date, Moment, Zone, datetime};
use crate::html_builder::{MessageHtml, MessageTime};
use crate::i18n::words;
use crate::join::join;
use crate::markdown::{html, is_emoji_only, parse};
use crate::timeline::membership_lines::MembershipLine;
use crate::{focus, intl, reactive};

/// Texts with more lines or characters than this are folded.
const LONG: (usize, usize) = (24, 2_400);

/// A message. The user's own are recognized by their author, whatever the nickname was. The first
/// message of a group (`leads`) shows its author.
pub fn message_row(message: &Message, leads: bool, namesake: usize) -> impl IntoView + use<> {
    let ctx = use_chat_context();
    let (me, nickname) = viewer(ctx);
    let class = match message.author == me {
        true => "message own",
        false => "message",
    };
    let is_deleted = message.body == EventBody::Deleted;
    let class = [class, if is_deleted { " deleted" } else { "" }].concat();
    let text = if is_deleted {
        words().deleted
    } else {
        message.text()
    };
    let seq = message.seq.to_string();
    // In the zone of the first HTML; after hydration, in the zone of the browser.
    let (title, clock) = time_in(ctx.zone.get_untracked(), message.at);
    let link = ["#", &seq].concat();
    let at = datetime(message.at);
    let time = MessageTime::SentAt {
        link: &link,
        title: &title,
        machine: &at,
        time: &clock,
    };
    let author = Author::of(message, leads, namesake);
    let content = content(&nickname, author, time, text, None);
    row(&class, leads, Some(seq), None, content)
}

/// A message that began a game, with the game.
#[component]
pub fn GameMessage(message: Arc<Message>, namesake: usize) -> impl IntoView {
    let ctx = use_chat_context();
    let (_, nickname) = viewer(ctx);
    let (title, clock) = time_in(ctx.zone.get_untracked(), message.at);
    let seq = message.seq.to_string();
    let link = ["#", &seq].concat();
    let at = datetime(message.at);
    let time = MessageTime::SentAt {
        link: &link,
        title: &title,
        machine: &at,
        time: &clock,
    };
    let author = Author::of(&message, true, namesake);
    let content = content(&nickname, author, time, message.text(), None);
    let present = message.game_state().cloned();
    let game = present.or_else(|| Game::of(&*message));
    let game = game.map(|game| {
        let (room, of) = (message.room.clone(), message.seq);
        view! { <GameView room of initial=Arc::new(game) is_large=false /> }
    });
    view! {
        <li class="message leads game-message" id=seq tabindex="-1">
            <div class="message-content" inner_html=content></div>
            {game}
        </li>
    }
}

/// A message on its way, or refused. It is as high as the message that it becomes.
pub fn pending_row(draft: &PendingMessage, leads: bool) -> impl IntoView + use<> {
    let (me, nickname) = viewer(use_chat_context());
    let words = words();
    let refused = draft.refused.as_deref();
    let (class, state) = match refused {
        None => ("message own pending", words.sending),
        Some(_) => ("message own refused", words.not_sent),
    };
    let refused = refused.map(|why| [why, words.try_again, words.discard]);
    let time = MessageTime::Pending(state);
    let author = Author {
        user: me,
        name: &nickname,
        leads,
        namesake: 0,
        is_bot: false,
    };
    let content = content(&nickname, author, time, draft.text(), refused);
    row(class, leads, None, Some(draft.id.clone()), content)
}

fn viewer(ctx: ChatContext) -> (UserId, String) {
    ctx.with_untracked(|chat| (chat.user, chat.nickname.clone()))
}

fn row(
    class: &str,
    leads: bool,
    id: Option<String>,
    draft: Option<String>,
    content: String,
) -> impl IntoView + use<> {
    let class = [class, if leads { " leads" } else { "" }].concat();
    view! { <li class=class id=id data-draft=draft tabindex="-1" inner_html=content></li> }
}

/// The author of a message.
struct Author<'a> {
    user: UserId,
    name: &'a str,
    /// The message begins a group.
    leads: bool,
    /// How many other users wrote under this name before.
    namesake: usize,
    is_bot: bool,
}

impl<'a> Author<'a> {
    fn of(message: &'a Message, leads: bool, namesake: usize) -> Self {
        Self {
            user: message.author,
            namesake,
            name: &message.from,
            leads,
            is_bot: message.bot,
        }
    }
}

/// The content of a row: the author (visible where a group begins, always for screen readers), the
/// time and the text. A very long text is folded.
fn content(
    reader: &str,
    author: Author,
    time: MessageTime,
    text: &str,
    refused: Option<[&str; 3]>,
) -> String {
    let is_long = text.chars().count() > LONG.1 || text.lines().nth(LONG.0).is_some();
    MessageHtml {
        name: author.name,
        leads: author
            .leads
            .then(|| [hue(author.user), initial(author.name)]),
        namesake: (author.namesake > 0).then(|| {
            [
                (author.namesake + 1).to_string(),
                words().namesake.to_owned(),
            ]
        }),
        mark: if author.is_bot { words().bot } else { "" },
        time,
        is_large: is_emoji_only(text),
        unfold: is_long.then_some(words().whole),
        text: html(&parse(text, reader)),
        refused,
    }
    .build()
}

/// The date and time in words, and the time of day.
fn time_in(zone: Zone, at: i64) -> (String, String) {
    let (date, time) = match zone {
        Zone::Offset(minutes) => {
            let moment = Moment::new(at, minutes.into());
            ((words().date)(moment.date), moment.time())
        }
        Zone::Browser => (intl::date(at), intl::time(at)),
    };
    ([&date, ", ", &time].concat(), time)
}

/// Updates the times of messages that were drawn in another zone.
pub fn show_times_in(zone: Zone, messages: &[Arc<Message>]) {
    for message in messages {
        let line = document().get_element_by_id(&message.seq.to_string());
        let link = line.and_then(|line| line.query_selector(".time").ok().flatten());
        if let Some(link) = link {
            let (title, clock) = time_in(zone, message.at);
            let _ = link.set_attribute("title", &title);
            if let Some(shown) = link.first_element_child() {
                shown.set_text_content(Some(&clock));
            }
        }
    }
}

/// Runs the action of the button that was pressed.
pub fn press(ctx: ChatContext, event: &Event) {
    if let Some(button) = closest(event, ".fold")
        && let Some(text) = button.previous_element_sibling()
    {
        let is_folded = text.class_list().contains("folded");
        if is_folded {
            scroll::keep_top(text.clone());
        }
        set_folded(&text, !is_folded);
    }
    if let Some(button) = closest(event, ".message-actions button")
        && let Some(line) = closest(event, ".message")
        && let Some(draft) = line.get_attribute("data-draft")
    {
        let again = button.class_list().contains("again");
        ctx.dispatch(|chat| match again {
            true => chat.try_again(&draft),
            false => chat.remove_pending(&draft),
        });
        focus::to_composer();
    }
}

/// Unfolds a text in which a link gets the focus.
pub fn unfold_focused(event: &Event) {
    if let Some(text) = closest(event, ".text.folded") {
        set_folded(&text, false);
    }
}

fn set_folded(text: &Element, is_folded: bool) {
    let words = words();
    let classes = text.class_list();
    let (expanded, name) = match is_folded {
        true => ("false", words.whole),
        false => ("true", words.less),
    };
    let _ = match is_folded {
        true => classes.add_1("folded"),
        false => classes.remove_1("folded"),
    };
    if let Some(button) = text.next_element_sibling() {
        let _ = button.set_attribute("aria-expanded", expanded);
        button.set_text_content(Some(name));
    }
}

fn closest(event: &Event, what: &str) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(what).ok().flatten()
}

/// A day begins.
#[component]
pub fn DayLine(day: i64) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let name = reactive::text(move || {
        let zone = ctx.zone.get();
        match (zone.day(ctx.now.get()) - day, zone) {
            (0, _) => words.today.to_owned(),
            (1, _) => words.yesterday.to_owned(),
            (_, Zone::Offset(_)) => (words.date)(Date::new(day)),
            (_, Zone::Browser) => intl::date_of_day(day),
        }
    });
    view! {
        <li class="day">
            <time datetime=Date::new(day).iso()>{name}</time>
        </li>
    }
}

/// The unread messages begin.
#[component]
pub fn UnreadLine() -> impl IntoView {
    view! {
        <li class="unread-line">
            <span>{words().new_begin}</span>
        </li>
    }
}

/// Users joined or left.
#[component]
pub fn JoinsAndLeaves(membership: Arc<MembershipLine>) -> impl IntoView {
    let words = words();
    let sentence =
        |say: fn(&[String]) -> String, names: &[String]| (!names.is_empty()).then(|| say(names));
    let came = sentence(words.came, &membership.came);
    let went = sentence(words.went, &membership.went);
    let both: Vec<String> = came.into_iter().chain(went).collect();
    view! { <li class="membership-line">{join(&both, " · ")}</li> }
}
