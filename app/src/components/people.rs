//! Who is in the room, oneself first. Choosing somebody else writes to them in private.

use leptos::either::Either;
use leptos::prelude::*;

use crate::house::House;
use crate::i18n::words;
use crate::outbox::To;
use crate::tab::use_tab;

/// The people of what the reader looks at.
#[component]
pub fn People() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let people = Memo::new(move |_| {
        let place = tab.place.get();
        let me = tab.house.with(|house| house.nickname.clone());
        let mut people = match place {
            None => Vec::new(),
            Some(To::Person(nickname)) => vec![me.clone(), nickname],
            Some(to) => tab.house.with(|house| {
                let timeline = house.timeline(&to);
                timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
            }),
        };
        people.sort();
        if let Some(place) = people.iter().position(|name| *name == me) {
            people[..=place].rotate_right(1);
        }
        people
    });
    let more = Memo::new(move |_| {
        let place = tab.place.get()?;
        let online = tab
            .house
            .with(|house: &House| house.timeline(&place).map(|t| t.online()))?;
        let more = online.saturating_sub(people.with(Vec::len));
        (more > 0).then_some(more)
    });
    view! {
        <h2 id="people-title">{words.people}</h2>
        <ul role="list" class="people" aria-labelledby="people-title">
            <For each=move || people.get() key=String::clone let:name>
                <Person name />
            </For>
        </ul>
        <p class="hint">{move || more.get().map(words.and_more_people)}</p>
    }
}

#[component]
fn Person(name: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let is_me = tab.house.with_untracked(|house| house.nickname == name);
    if is_me {
        return Either::Left(view! {
            <li>
                <span class="person">{name} " " <small>{words.you}</small></span>
            </li>
        });
    }
    let title = (words.write_to)(&name);
    let shown = name.clone();
    Either::Right(view! {
        <li>
            <button
                type="button"
                class="person"
                title=title
                on:click=move |_| tab.write_to(name.clone())
            >
                {shown}
            </button>
        </li>
    })
}
