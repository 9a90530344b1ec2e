//! The chat: where one can go on the left, the conversation in the middle, who is there on the
//! right. On a narrow screen both sides wait behind a button of the header.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::banner::Banner;
use crate::components::conversation::Conversation;
use crate::components::directs::Directs;
use crate::components::masthead::{Masthead, SIDES};
use crate::components::people::People;
use crate::components::rooms::Rooms;
use crate::first_paint::Chat;
use crate::i18n::words;
use crate::tab::Tab;

/// The page of somebody who is signed in.
#[component]
pub fn ChatPage(chat: Chat) -> impl IntoView {
    let tab = Tab::new(chat);
    provide_context(tab);
    close_sides_on_arrival(tab);
    let layout = move || match tab.place.get() {
        Some(_) => "chat",
        None => "chat start",
    };
    view! {
        <div class=layout>
            <Masthead />
            <nav id=SIDES[0] class="side" popover="auto" aria-label=words().conversations>
                <Rooms />
                <Directs />
            </nav>
            <main>
                <Banner />
                // Keyed: what is typed into one place's composer must not turn up in another's.
                <For each=move || [tab.place.get()] key=Option::clone let:to>
                    <Conversation to />
                </For>
            </main>
            <Show when=move || tab.place.with(Option::is_some)>
                <aside id=SIDES[1] class="side" popover="auto" aria-labelledby="people-title">
                    <People />
                </aside>
            </Show>
        </div>
    }
}

/// Who chose something in an open side wants to see it, not the side.
fn close_sides_on_arrival(tab: Tab) {
    Effect::new(move |_| {
        tab.place.track();
        for side in SIDES {
            if let Some(side) = document().get_element_by_id(side) {
                // Old browsers have no popovers; there the sides stand in the page.
                let _ = side.unchecked_into::<web_sys::HtmlElement>().hide_popover();
            }
        }
    });
}
