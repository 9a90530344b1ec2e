//! The messages of one conversation, who joined and left, and what is on its way.

use client::To;
use leptos::either::EitherOf6;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::is_direct;

use crate::chat_context::use_chat_context;
use crate::components::icon::{Icon, IconName};
use crate::components::message::{self, DayLine, GameMessage, JoinsAndLeaves, UnreadLine};
use crate::components::scroll::Scroll;
use crate::i18n::words;
use crate::initial_data::room_path;
use crate::reactive::{effect, flag, maybe, memo, rows, text};
use crate::state::ChatState;
use crate::timeline::TimelineItem;

/// The messages of a conversation. The scroller is drawn from its end (`column-reverse`): so it
/// shows the newest message without any script, and stays there unless the user scrolls up.
#[component]
pub fn MessageList(to: To) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let scroller = NodeRef::<Div>::new();
    let list = NodeRef::new();
    let place = to.clone();
    let lines = memo(move || {
        let zone = ctx.zone.get();
        ctx.with(|chat| chat.items(&place, zone))
    });
    let back = text(move || match ctx.with(ChatState::open_unread) {
        0 => words.go_to_end.to_owned(),
        new => (words.new_below)(new),
    });
    let scroll = Scroll::new(ctx, to.clone(), scroller, list);
    scroll.follow(lines);
    let place = to.clone();
    let drawn_in = ctx.zone.get_untracked();
    effect(move || {
        let zone = ctx.zone.get();
        if zone != drawn_in {
            ctx.with_untracked(|chat| {
                if let Some(timeline) = chat.timeline(&place) {
                    message::show_times_in(zone, timeline.shown());
                }
            });
        }
    });
    view! {
        <div
            class="message-list"
            role="log"
            aria-live="off"
            tabindex="0"
            aria-label=text(move || ctx.current_name())
            node_ref=scroller
            on:scroll=move |_| scroll.check_soon()
            on:keydown=move |event| scroll.key(&event)
            on:click=move |event| message::press(ctx, &event)
            on:focusin=move |event| message::unfold_focused(&event)
        >
            <div class="message-list-end">
                <ol role="list" class="lines" node_ref=list>
                    <Greeting to />
                    {rows(move || lines.get(), TimelineItem::key, draw)}
                </ol>
            </div>
        </div>
        <div class="jumps">
            <button
                type="button"
                class="jump up"
                hidden=flag(move || !scroll.unread_above.get())
                on:click=move |_| scroll.to_unread()
            >
                <Icon name=IconName::Up />
                {words.to_unread}
            </button>
            <button
                type="button"
                class="jump down"
                hidden=flag(move || !scroll.is_away.get())
                on:click=move |_| scroll.go_to_end()
            >
                <Icon name=IconName::Down />
                {back}
            </button>
        </div>
    }
}

fn draw(item: TimelineItem) -> impl IntoView {
    match item {
        TimelineItem::Day { day, .. } => EitherOf6::A(view! { <DayLine day /> }),
        TimelineItem::Unread { .. } => EitherOf6::B(view! { <UnreadLine /> }),
        TimelineItem::Membership(membership) => {
            EitherOf6::C(view! { <JoinsAndLeaves membership /> })
        }
        TimelineItem::Message {
            message, namesake, ..
        } if message.played().is_some() => EitherOf6::F(view! { <GameMessage message namesake /> }),
        TimelineItem::Message {
            message,
            leads,
            namesake,
        } => EitherOf6::D(message::message_row(&message, leads, namesake)),
        TimelineItem::Pending { draft, leads } => EitherOf6::E(message::pending_row(&draft, leads)),
    }
}

/// What comes before the first message: the beginning of the conversation, or that messages are
/// being loaded. The address of a new public room is shown, to be shared; that of a private
/// conversation is useless to others.
#[component]
fn Greeting(to: To) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let place = to.clone();
    let stage = memo(move || ctx.with(|chat| Stage::of(chat, &place)));
    let greeting = maybe(move || {
        let beginning = match &to {
            To::User(nickname) => (words.beginning_to)(nickname),
            To::Room(room) if is_direct(room) => {
                let with = ctx.with(|chat| chat.direct_entry(room).with);
                (words.beginning_with)(&with)
            }
            To::Room(room) => (words.beginning_of_room)(room),
        };
        match stage.get() {
            Stage::Above => None,
            Stage::Fetching => Some(words.loading.to_owned()),
            Stage::Beginning => Some(beginning),
            Stage::Untouched => Some([&beginning, " ", words.say_hello].concat()),
        }
    });
    let address = maybe(move || {
        let room = ctx.public_room().filter(|_| ctx.is_hydrated.get())?;
        let is_new = stage.get() == Stage::Untouched;
        let origin = window().location().origin().ok().filter(|_| is_new)?;
        // Without the account slot, which means nothing in another browser.
        Some([words.share, " ", &origin, &room_path(0, &room)].concat())
    });
    view! {
        <li class="greeting">{greeting}</li>
        <li class="greeting">{address}</li>
    }
}

/// What is known of the messages before those that are drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Fetching,
    /// There are more.
    Above,
    Beginning,
    Untouched,
}

impl Stage {
    fn of(chat: &ChatState, to: &To) -> Self {
        if chat.is_gone() {
            return Self::Above;
        }
        let Some(timeline) = chat.timeline(to) else {
            return match to {
                To::Room(_) => Self::Fetching,
                To::User(_) => Self::Beginning,
            };
        };
        match timeline {
            _ if timeline.is_untouched() => Self::Untouched,
            _ if timeline.is_empty() => Self::Fetching,
            _ if timeline.has_older() => Self::Above,
            _ => Self::Beginning,
        }
    }
}
