//! What Parlor draws: the server renders it first, the browser then brings it to life. The same
//! code on both sides; what needs a browser stands inside an `Effect`, which no server runs.
//!
//! Read in this order. [`first_paint`] is what the server hands to a page. [`timeline`] is what a room
//! shows, and [`client::pending`] what is not confirmed yet; [`state`] is everything that a
//! page knows, one value that frames and the reader's acts change; [`prose`] is what a text means:
//! these are pure and hold most of the tests. [`connection`] stays connected, its
//! [`client::machine`] decides when. [`tab`] puts state and connection behind signals;
//! [`pages`] and [`components`] draw them, with the words of [`i18n`]. [`address`], [`keys`],
//! [`focus`], [`device`], [`memory`], [`notification`] and [`icon`] are the doors to the browser,
//! [`clock`], [`by_room`], [`message_id`] and [`reactive`] small tools.
//!
//! Deliberately absent: a request for data after the first paint (what comes later comes over the
//! socket), `cfg` (the target's half of Leptos is chosen in `Cargo.toml`), HTML from what people
//! type, except in [`prose::html`], where all of it is escaped.

#![warn(clippy::print_stdout, clippy::print_stderr)]
// A view's type holds the types of all views in it, and layouts are computed through them.
#![recursion_limit = "512"]

pub mod first_paint;

pub mod patch;
pub mod prose;
pub mod state;
pub mod timeline;

pub mod connection;
pub mod tab;

pub mod components;
pub mod pages;

pub mod address;
pub mod by_room;
pub mod clock;
pub mod device;
pub mod focus;
pub mod i18n;
pub mod icon;
pub mod keys;
pub mod markup;
pub mod memory;
pub mod message_id;
pub mod notification;
pub mod reactive;

use leptos::either::EitherOf4;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server::SharedValue;

use crate::first_paint::{Assets, Chat, Device, FirstPaint, Handed, Page};
use crate::i18n::words;
use crate::pages::chat::ChatPage;
use crate::pages::not_found::{NotFound, Trouble};
use crate::pages::sign_in::SignInPage;

/// The whole document, for the server. Wants a [`FirstPaint`] in the context, and a nonce for the
/// one inline script.
pub fn shell(assets: Assets) -> impl IntoView {
    let words = words();
    let paint = use_context::<FirstPaint>();
    let device = paint
        .as_ref()
        .map_or_else(Device::default, |paint| paint.device);
    let place = match paint.map(|paint| paint.page) {
        Some(Page::Chat(chat)) => place_of(chat),
        _ => String::new(),
    };
    let start = [
        "import init, { hydrate } from \"",
        &assets.js,
        "\"; await init({ module_or_path: \"",
        &assets.wasm,
        "\" }); hydrate();",
    ]
    .concat();
    view! {
        <!DOCTYPE html>
        <html
            lang=words.tag
            data-theme=device::theme_name(device.theme)
            data-density=device::density_name(device.is_compact)
        >
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=words.description />
                <title>{(words.title)(&place, 0)}</title>
                <link rel="icon" id=icon::ID href=icon::CALM />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href=assets.css />
                <link rel="modulepreload" href=assets.js />
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    // Erased for the server's sake, which would else have to compute with the page's whole type.
    .into_any()
}

/// What a chat's page is called.
fn place_of(chat: Chat) -> String {
    let Some(conversation) = chat.room else {
        return chat.to.unwrap_or_default();
    };
    let mut directs = chat.directs.into_iter();
    let direct = directs.find(|line| line.room == conversation.room);
    direct.map_or(conversation.room, |line| line.with)
}

/// The page: whichever the server chose. From the sign-in form on it is always a full load; within
/// the chat the address changes without one.
#[component]
pub fn App() -> impl IntoView {
    let first_paint = SharedValue::new_str(|| {
        // Without one there is no page; the browser finds it in the page itself.
        Handed(use_context::<FirstPaint>().unwrap_or(FirstPaint {
            device: Device::default(),
            now: 0,
            page: Page::NotFound { seat: 0 },
        }))
    });
    let Handed(FirstPaint { device, now, page }) = first_paint.into_inner();
    match page {
        Page::SignIn(form) => EitherOf4::A(view! { <SignInPage form /> }),
        Page::Chat(chat) => EitherOf4::B(view! { <ChatPage chat device now /> }),
        Page::NotFound { seat } => EitherOf4::C(view! { <NotFound seat /> }),
        Page::Trouble { seat, sentence } => EitherOf4::D(view! { <Trouble seat sentence /> }),
    }
}
