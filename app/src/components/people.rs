//! The users in the room; the viewer comes first. Each of the others has a link that opens a
//! private conversation, and a bell that notifies the user when they come online.

use client::To;
use leptos::prelude::*;
use protocol::UserId;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::avatar::avatar;
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::notification;
use crate::reactive::{flag, list, maybe, memo};
use crate::sorted_map::sort_names;

/// The people of the open conversation, and the button to leave a public room.
#[component]
pub fn People() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let people = memo(move || {
        let current = ctx.current.get();
        let me = ctx.with(|chat| chat.nickname.clone());
        let mut people = match current {
            None => Vec::new(),
            Some(To::User(nickname)) => vec![me.clone(), nickname],
            Some(to) => ctx.with(|chat| {
                let timeline = chat.timeline(&to);
                timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
            }),
        };
        sort_names(&mut people);
        if let Some(at) = people.iter().position(|name| *name == me) {
            people[..=at].rotate_right(1);
        }
        people
    });
    let more = maybe(move || {
        let current = ctx.current.get()?;
        let online = ctx.with(|chat| chat.timeline(&current).map(|it| it.online()))?;
        let more = online.saturating_sub(people.with(Vec::len));
        (more > 0).then(|| (words.and_more_people)(more))
    });
    let leave = move |_| {
        if let Some(room) = ctx.public_room() {
            ctx.dispatch(|chat| chat.leave(&room));
        }
    };
    view! {
        <h2 id="people-title">{words.people}</h2>
        <div class="people">
            <ul role="list" aria-labelledby="people-title">
                {list(people, person)}
            </ul>
        </div>
        <p class="hint">{more}</p>
        <button
            type="button"
            class="leave"
            hidden=flag(move || ctx.public_room().is_none())
            on:click=leave
        >
            {words.leave}
        </button>
    }
}

/// What the list shows of a user beside the name.
#[derive(Clone, Debug, PartialEq)]
struct Person {
    name: String,
    user: UserId,
    /// Where to write to them; none for the user of this page.
    path: Option<String>,
    has_bell: bool,
}

fn person(name: String) -> impl IntoView {
    let ctx = use_chat_context();
    let person = memo(move || Person {
        name: name.clone(),
        user: ctx.with(|chat| chat.user_named(&name)),
        path: (ctx.with(|chat| chat.nickname != name)).then(|| ctx.path_to(&name)),
        has_bell: ctx.with(|chat| chat.has_bell(&name)),
    });
    view! { <li>{move || person.get().entry(ctx)}</li> }
}

impl Person {
    fn entry(self, ctx: ChatContext) -> impl IntoView {
        let words = words();
        let is_me = self.path.is_none();
        let you = is_me.then(|| view! { <small>{words.you}</small> });
        let title = (!is_me).then(|| (words.write_to)(&self.name));
        let avatar = avatar(&self.name, self.user);
        let name = self.name.clone();
        let bell = (!is_me).then(|| {
            let label = (words.bell)(&self.name);
            view! {
                <button
                    type="button"
                    class="subtle bell"
                    aria-label=label.clone()
                    title=label
                    aria-pressed=if self.has_bell { "true" } else { "false" }
                    on:click=move |_| toggle_bell(ctx, &self.name)
                >
                    <Icon name=IconName::Bell />
                </button>
            }
        });
        view! {
            <a class="user" href=self.path title=title>
                {avatar}
                <span class="name">{name}</span>
                {you}
            </a>
            {bell}
        }
    }
}

fn toggle_bell(ctx: ChatContext, name: &str) {
    ctx.update(|chat| chat.toggle_bell(name));
    if ctx.with_untracked(|chat| chat.has_bell(name)) {
        notification::ask();
    }
}
