//! What Parlor draws: the server renders it first, the browser then brings it to life. The same
//! code on both sides; what needs a browser stands inside an `Effect`, which no server runs.
//!
//! Read in this order. [`first_paint`] is what the server hands to a page. [`timeline`] and
//! [`outbox`] are what a room shows and what is not confirmed yet; [`house`] is everything that a
//! page knows, one value that frames and the reader's acts change: these three are pure and hold
//! most of the tests. [`connection`] stays connected, its [`connection::machine`] decides when.
//! [`tab`] puts house and connection behind signals; [`pages`] and [`components`] draw them, with
//! the words of [`i18n`]. [`links`], [`clock`], [`by_room`], [`message_id`] and [`memory`] are small
//! tools.
//!
//! Deliberately absent: a request for data after the first paint (what comes later comes over the
//! socket), `cfg` (the target's half of Leptos is chosen in `Cargo.toml`), HTML from what people
//! type (all of it is text).

// A view's type holds the types of all views in it, and layouts are computed through them.
#![recursion_limit = "256"]

pub mod first_paint;

pub mod house;
pub mod outbox;
pub mod timeline;

pub mod connection;
pub mod tab;

pub mod components;
pub mod pages;

pub mod by_room;
pub mod clock;
pub mod i18n;
pub mod links;
pub mod memory;
pub mod message_id;

use leptos::either::EitherOf4;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server::SharedValue;
use leptos_router::components::Router;

use crate::first_paint::{Assets, FirstPaint};
use crate::i18n::words;
use crate::pages::chat::ChatPage;
use crate::pages::not_found::{NotFound, Trouble};
use crate::pages::sign_in::SignInPage;

/// A speech bubble, within the page: an icon of its own would be another request.
const ICON: &str = "data:image/svg+xml,\
    %3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E\
    %3Cpath fill='%230b6b5c' d='M6 3h20a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H15l-8 6v-6H6a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5z'/%3E\
    %3C/svg%3E";

/// The whole document, for the server. Wants a [`FirstPaint`] in the context, and a nonce for the
/// one inline script.
pub fn shell(assets: Assets) -> impl IntoView {
    let words = words();
    let place = match use_context::<FirstPaint>() {
        Some(FirstPaint::Chat(chat)) => chat.room.map(|conversation| {
            let of = |line: &protocol::DirectLine| line.room == conversation.room;
            let direct = chat.directs.into_iter().find(of);
            direct.map_or(conversation.room, |line| line.with)
        }),
        _ => None,
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
        <html lang=words.tag>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=words.description />
                <title>{(words.title)(&place.unwrap_or_default(), 0)}</title>
                <link rel="icon" href=ICON />
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

/// The page: whichever the server chose. From the sign-in form on it is always a full load; within
/// the chat the address changes without one.
#[component]
pub fn App() -> impl IntoView {
    let first_paint = SharedValue::new(|| {
        // Without one there is no page; the browser finds it in the page itself.
        use_context::<FirstPaint>().unwrap_or(FirstPaint::NotFound { seat: 0 })
    });
    match first_paint.into_inner() {
        FirstPaint::SignIn(form) => EitherOf4::A(view! { <SignInPage form /> }),
        FirstPaint::Chat(chat) => EitherOf4::B(view! {
            <Router>
                <ChatPage chat />
            </Router>
        }),
        FirstPaint::NotFound { seat } => EitherOf4::C(view! { <NotFound seat /> }),
        FirstPaint::Trouble { seat, sentence } => EitherOf4::D(view! { <Trouble seat sentence /> }),
    }
}
