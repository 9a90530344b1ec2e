//! The list of private conversations.

use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::i18n::words;
use crate::outbox::To;
use crate::tab::use_tab;

/// The most recently used first.
#[component]
pub fn Directs() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let rooms = Memo::new(move |_| tab.house.with(|house| house.direct_rooms()));
    let begun = Memo::new(move |_| tab.house.with(|house| house.outbox.persons()));
    view! {
        <section class="places">
            <h2 id="directs-title">{words.private_messages}</h2>
            <ul role="list" aria-labelledby="directs-title">
                <For each=move || begun.get() key=String::clone let:nickname>
                    <Begun nickname />
                </For>
                <For each=move || rooms.get() key=String::clone let:room>
                    <Direct room />
                </For>
            </ul>
            <Show when=move || rooms.with(Vec::is_empty) && begun.with(Vec::is_empty)>
                <p class="hint">{words.no_private_messages}</p>
            </Show>
        </section>
    }
}

/// A conversation whose first message is on its way, or was refused.
#[component]
fn Begun(nickname: String) -> impl IntoView {
    let tab = use_tab();
    let shown = nickname.clone();
    let to = To::Person(nickname.clone());
    let is_open = Memo::new(move |_| tab.place.with(|place| place.as_ref() == Some(&to)));
    view! {
        <li>
            <button
                type="button"
                class="mine"
                aria-current=move || is_open.get().then_some("page")
                on:click=move |_| tab.write_to(nickname.clone())
            >
                <span class="name">{shown}</span>
            </button>
        </li>
    }
}

#[component]
fn Direct(room: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let path = tab.path(&room);
    let entry = Memo::new(move |_| tab.house.with(|house| house.direct_entry(&room)));
    view! {
        <li>
            <a
                href=path
                class="mine"
                aria-current=move || entry.with(|entry| entry.is_open).then_some("page")
                on:click=move |_| tab.stop_writing()
            >
                <span class="name">
                    {move || entry.with(|entry| entry.with.clone())}
                    {move || {
                        let has_left = entry.with(|entry| !entry.holds);
                        has_left.then(|| view! { " " <small>{words.has_left}</small> })
                    }}
                </span>
                <Badge count=Signal::derive(move || entry.with(|entry| entry.unread)) />
            </a>
        </li>
    }
}
