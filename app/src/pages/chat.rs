//! The chat: where one can go on the left, the conversation in the middle, who is there on the
//! right. On a narrow screen the sides wait behind a button of the heading.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::conversation::Conversation;
use crate::components::directs::Directs;
use crate::components::finder::{Finder, FinderField};
use crate::components::heading::{CloseSide, SIDES};
use crate::components::key_list::KeyList;
use crate::components::oneself::Oneself;
use crate::components::palette::Palette;
use crate::components::people::People;
use crate::components::play::{LargeGame, PlayDialog};
use crate::components::rooms::Rooms;
use crate::components::shelf::Shelf;
use crate::first_paint::{Chat, Device};
use crate::i18n::words;
use crate::reactive::effect;
use crate::tab::{Overlay, Tab};

/// The page of somebody who is signed in, as it was drawn at this time.
#[component]
pub fn ChatPage(chat: Chat, device: Device, now: i64) -> impl IntoView {
    let tab = Tab::new(chat, device, now);
    provide_context(tab);
    close_sides_on_arrival(tab);
    let words = words();
    let finder = Finder::default();
    let layout = move || match tab.place.get() {
        Some(_) => "chat",
        None => "chat start",
    };
    view! {
        <div class=layout>
            <nav id=SIDES[0] class="side" popover="auto" aria-label=words.conversations>
                <div class="side-top">
                    <p class="product">{words.product}</p>
                    <CloseSide side=SIDES[0] />
                </div>
                <FinderField finder />
                <div class="lists" tabindex="-1">
                    <Shelf />
                    <Rooms finder />
                    <Directs finder />
                </div>
                <Oneself />
            </nav>
            <Conversation />
            <Show when=move || tab.place.with(Option::is_some)>
                <aside id=SIDES[1] class="side" popover="auto" aria-labelledby="people-title">
                    <CloseSide side=SIDES[1] />
                    <People />
                </aside>
            </Show>
            <Show when=move || tab.overlay.get() == Some(Overlay::Palette)>
                <Palette />
            </Show>
            <Show when=move || tab.overlay.get() == Some(Overlay::Keys)>
                <KeyList />
            </Show>
            <Show when=move || tab.overlay.get() == Some(Overlay::Play)>
                <PlayDialog />
            </Show>
            <Show when=move || tab.overlay.get() == Some(Overlay::Game)>
                <LargeGame />
            </Show>
        </div>
    }
}

/// Who chose something in an open side wants to see it, not the side.
fn close_sides_on_arrival(tab: Tab) {
    effect(move || {
        tab.place.track();
        for side in SIDES {
            if let Some(side) = document().get_element_by_id(side) {
                // Old browsers have no popovers; there the sides stand in the page.
                let _ = side.unchecked_into::<web_sys::HtmlElement>().hide_popover();
            }
        }
    });
}
