//! Who is in the room, oneself first. Choosing somebody else writes to them in private; the bell
//! beside them tells when they come in.

use leptos::prelude::*;

use crate::by_room::put_in_order;
use crate::components::avatar::Avatar;
use crate::components::glyph::{Glyph, Icon};
use crate::i18n::words;
use crate::notification;
use crate::outbox::To;
use crate::reactive::{flag, maybe, memo, state};
use crate::tab::use_tab;

/// The people of what the reader looks at, and the way out of a public room.
#[component]
pub fn People() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let people = memo(move || {
        let place = tab.place.get();
        let me = tab.with(|house| house.nickname.clone());
        let mut people = match place {
            None => Vec::new(),
            Some(To::Person(nickname)) => vec![me.clone(), nickname],
            Some(to) => tab.with(|house| {
                let timeline = house.timeline(&to);
                timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
            }),
        };
        put_in_order(&mut people);
        if let Some(place) = people.iter().position(|name| *name == me) {
            people[..=place].rotate_right(1);
        }
        people
    });
    let more = maybe(move || {
        let place = tab.place.get()?;
        let online = tab.with(|house| house.timeline(&place).map(|t| t.online()))?;
        let more = online.saturating_sub(people.with(Vec::len));
        (more > 0).then(|| (words.and_more_people)(more))
    });
    let leave = move |_| {
        if let Some(room) = tab.public_room() {
            tab.act(|house| house.leave(&room));
        }
    };
    view! {
        <h2 id="people-title">{words.people}</h2>
        <ul role="list" class="people" aria-labelledby="people-title">
            <For each=move || people.get() key=String::clone let:name>
                <Person name />
            </For>
        </ul>
        <p class="hint">{more}</p>
        <button
            type="button"
            class="leave"
            hidden=flag(move || tab.public_room().is_none())
            on:click=leave
        >
            {words.leave}
        </button>
    }
}

#[component]
fn Person(name: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let is_me = tab.with_untracked(|house| house.nickname == name);
    let label = |words: fn(&str) -> String| (!is_me).then(|| words(&name));
    let (title, bell) = (label(words.write_to), label(words.bell));
    let path = {
        let name = name.clone();
        Signal::derive(move || (!is_me).then(|| tab.path_to(&name)))
    };
    let rings = {
        let name = name.clone();
        flag(move || tab.with(|house| house.has_bell(&name)))
    };
    let turn = {
        let name = name.clone();
        move |_| {
            tab.update(|house| house.turn_bell(&name));
            if rings.get_untracked() {
                notification::ask();
            }
        }
    };
    view! {
        <li>
            <a href=path class="person" title=title>
                <Avatar name=name.clone() />
                <span class="name">{name}</span>
                <small>{if is_me { words.you } else { "" }}</small>
            </a>
            <button
                type="button"
                class="quiet bell"
                hidden=is_me
                aria-label=bell.clone()
                title=bell
                aria-pressed=state(move || rings.get())
                on:click=turn
            >
                <Icon glyph=Glyph::Bell />
            </button>
        </li>
    }
}
