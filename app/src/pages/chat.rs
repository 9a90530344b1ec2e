//! The chat: the sidebar on the left, the conversation in the middle, the people on the right. On a
//! narrow screen, buttons in the header open the sides.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::chat_context::{ChatContext, Overlay};
use crate::components::conversation::Conversation;
use crate::components::directs::Directs;
use crate::components::game_dialog::{GameDialog, LargeGame};
use crate::components::header::{CloseSide, SIDES};
use crate::components::my_games::MyGames;
use crate::components::people::People;
use crate::components::quick_switcher::QuickSwitcher;
use crate::components::room_filter::{RoomFilter, RoomFilterField};
use crate::components::rooms::Rooms;
use crate::components::shortcut_list::ShortcutList;
use crate::components::user_menu::UserMenu;
use crate::i18n::words;
use crate::initial_data::{Chat, Preferences};
use crate::reactive::effect;
use crate::shortcuts;

/// The page of a user who is signed in, as it was drawn at this time.
#[component]
pub fn ChatPage(chat: Chat, preferences: Preferences, now: i64) -> impl IntoView {
    let ctx = ChatContext::new(chat, preferences, now);
    provide_context(ctx);
    close_sides_on_arrival(ctx);
    effect(move || shortcuts::listen(ctx));
    let words = words();
    let filter = RoomFilter::default();
    let layout = move || match ctx.current.get() {
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
                <RoomFilterField filter />
                <div class="lists" tabindex="-1">
                    <MyGames />
                    <Rooms filter />
                    <Directs filter />
                </div>
                <UserMenu />
            </nav>
            <Conversation />
            <Show when=move || ctx.current.with(Option::is_some)>
                <aside id=SIDES[1] class="side" popover="auto" aria-labelledby="people-title">
                    <CloseSide side=SIDES[1] />
                    <People />
                </aside>
            </Show>
            <Show when=move || ctx.overlay.get() == Some(Overlay::QuickSwitcher)>
                <QuickSwitcher />
            </Show>
            <Show when=move || ctx.overlay.get() == Some(Overlay::Shortcuts)>
                <ShortcutList />
            </Show>
            <Show when=move || ctx.overlay.get() == Some(Overlay::Games)>
                <GameDialog />
            </Show>
            <Show when=move || ctx.overlay.get() == Some(Overlay::LargeGame)>
                <LargeGame />
            </Show>
        </div>
    }
}

/// After a choice in an open side, the conversation is shown instead of the side.
fn close_sides_on_arrival(ctx: ChatContext) {
    effect(move || {
        ctx.current.track();
        for side in SIDES {
            if let Some(side) = document().get_element_by_id(side) {
                // Old browsers have no popovers: there, the sides are part of the page.
                let _ = side.unchecked_into::<web_sys::HtmlElement>().hide_popover();
            }
        }
    });
}
