//! The list of public rooms, and the form that makes a new one.

use leptos::prelude::*;
use protocol::limits::ROOM_CHARS;

use crate::components::badge::Badge;
use crate::house::House;
use crate::i18n::words;
use crate::tab::use_tab;

/// One's own rooms first, then the others.
#[component]
pub fn Rooms() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let names = Memo::new(move |_| tab.house.with(|house| house.room_names()));
    view! {
        <section class="places">
            <h2 id="rooms-title">{words.rooms}</h2>
            <ul role="list" aria-labelledby="rooms-title">
                <For each=move || names.get() key=String::clone let:room>
                    <Room room />
                </For>
            </ul>
            <Show when=move || names.with(Vec::is_empty)>
                <p class="hint">{words.no_rooms}</p>
            </Show>
            <EnterRoom />
        </section>
    }
}

#[component]
fn Room(room: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let path = tab.path(&room);
    let name = room.clone();
    let entry = Memo::new(move |_| tab.house.with(|house| house.room_entry(&room)));
    let count = move || entry.with(|entry| entry.online);
    view! {
        <li>
            <a
                href=path
                class=move || if entry.with(|entry| entry.is_mine) { "mine" } else { "" }
                aria-current=move || entry.with(|entry| entry.is_open).then_some("page")
                on:click=move |_| tab.stop_writing()
            >
                <span class="name" title=name.clone()>
                    {name.clone()}
                </span>
                <Badge count=Signal::derive(move || entry.with(|entry| entry.unread)) />
                <span class="count" aria-hidden="true">
                    {move || count().map(|count| count.to_string())}
                </span>
                <span class="unseen">
                    {move || count().map(words.people_here)}
                </span>
            </a>
        </li>
    }
}

/// Whether a name can be a room's name is for the server to say: the tables of Unicode that decide
/// it would be heavier than the rest of the page.
#[component]
fn EnterRoom() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let input = NodeRef::<leptos::html::Input>::new();
    let asked = RwSignal::new(false);
    let problem = Memo::new(move |_| {
        let problem = tab
            .house
            .with(|house| house.entering_problem().map(str::to_owned));
        problem.filter(|_| asked.get())
    });
    let enter = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(input) = input.get_untracked() else {
            return;
        };
        let name = input.value().trim().to_owned();
        if name.is_empty() || !tab.may_speak() {
            let _ = input.focus();
            return;
        }
        asked.set(true);
        tab.act(|house| house.enter(name));
    };
    let entering = Memo::new(move |_| tab.house.with(House::is_entering));
    // Empty again once one is there.
    Effect::new(move |before: Option<bool>| {
        let now = entering.get();
        if let (Some(true), false, Some(input)) = (before, now, input.get_untracked()) {
            input.set_value("");
        }
        now
    });
    // Who goes elsewhere need not be told any more.
    Effect::new(move |_| {
        tab.place.track();
        asked.set(false);
    });
    view! {
        <form class="enter-room" on:submit=enter>
            <label for="enter-room">{words.room_name}</label>
            <div>
                <input
                    id="enter-room"
                    node_ref=input
                    maxlength=(4 * ROOM_CHARS).to_string()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-describedby="enter-room-problem"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                />
                <button type="submit" disabled=move || !tab.alive.get()>
                    {words.join_room}
                </button>
            </div>
            <p class="problem" id="enter-room-problem" role="status">
                {move || problem.get()}
            </p>
        </form>
    }
}
