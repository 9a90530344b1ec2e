//! What Parlor draws. The server renders the first HTML; the browser hydrates it and takes over.
//! Both run the same code. Code that needs a browser is inside an `Effect`, which never runs on the
//! server.
//!
//! Read in this order:
//!
//! - [`initial_data`]: what the server sends inside a page.
//! - [`timeline`]: what a room shows. [`client::pending`]: the messages that are not confirmed yet.
//! - [`state`]: everything that a page knows, as one value that frames and the user's actions
//!   change.
//! - [`markdown`]: how the text of a message is parsed and rendered.
//! - [`connection`]: keeps the WebSocket open; [`client::machine`] decides when to reconnect.
//! - [`chat_context`]: puts the state and the connection behind signals.
//! - [`pages`] and [`components`]: draw them, with the words of [`i18n`].
//! - [`address`], [`shortcuts`], [`focus`], [`preferences`], [`local_storage`], [`notification`]
//!   and [`favicon`]: access to the browser.
//! - [`json`]: reads JSON with little code.
//! - [`datetime`] and [`intl`]: dates and times, for the first HTML and in the browser.
//! - [`sorted_map`], [`message_id`], [`html_builder`], [`join`] and [`reactive`]: small tools.
//!
//! Up to `state`, and `markdown`, everything is pure: most of the tests are there.
//!
//! Deliberately absent: requests for data after the first HTML (everything later comes over the
//! WebSocket), `cfg` (`Cargo.toml` selects the half of Leptos that a target needs), and HTML made
//! of what users type, except in [`markdown::html`], which escapes all of it.

#![warn(clippy::print_stdout, clippy::print_stderr)]
// The type of a view contains the types of all views in it, and layouts are computed through them.
#![recursion_limit = "512"]

pub mod initial_data;

pub mod markdown;
pub mod state;
pub mod timeline;

pub mod chat_context;
pub mod connection;

pub mod components;
pub mod pages;

pub mod address;
pub mod datetime;
pub mod favicon;
pub mod focus;
pub mod html_builder;
pub mod i18n;
pub mod intl;
pub mod join;
pub mod json;
pub mod local_storage;
pub mod message_id;
pub mod notification;
pub mod preferences;
pub mod reactive;
pub mod shortcuts;
pub mod sorted_map;

use leptos::either::EitherOf4;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server::SharedValue;

use crate::i18n::words;
use crate::initial_data::{Assets, Chat, InitialData, Page, Preferences, SerializedInitialData};
use crate::pages::chat::ChatPage;
use crate::pages::error::{NotFound, ServerError};
use crate::pages::sign_in::SignInPage;

/// The whole document, for the server. Needs [`InitialData`] in the context, and a nonce for the
/// one inline script.
pub fn shell(assets: Assets) -> impl IntoView {
    let words = words();
    let initial_data = use_context::<InitialData>();
    let preferences = initial_data
        .as_ref()
        .map_or_else(Preferences::default, |initial_data| {
            initial_data.preferences
        });
    let name = match initial_data.map(|initial_data| initial_data.page) {
        Some(Page::Chat(chat)) => conversation_name(chat),
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
            data-theme=preferences::theme_name(preferences.theme)
            data-density=preferences::density_name(preferences.is_compact)
        >
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=words.description />
                <title>{(words.title)(&name, 0)}</title>
                <link rel="icon" id=favicon::ID href=favicon::PLAIN />
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
    // Without the page's whole type, which the server would otherwise have to compile.
    .into_any()
}

/// The name of the conversation that a chat page opens; empty on the start page.
fn conversation_name(chat: Chat) -> String {
    let Some(conversation) = chat.room else {
        return chat.to.unwrap_or_default();
    };
    let mut directs = chat.directs.into_iter();
    let direct = directs.find(|line| line.room == conversation.room);
    direct.map_or(conversation.room, |line| line.with)
}

/// The page that the server chose. The sign-in form always loads another page. Within the chat,
/// the address changes without that.
#[component]
pub fn App() -> impl IntoView {
    let initial_data = SharedValue::new_str(|| {
        // Without data there is no page. In the browser, the data is in the page itself.
        SerializedInitialData(use_context::<InitialData>().unwrap_or(InitialData {
            preferences: Preferences::default(),
            now: 0,
            page: Page::NotFound { account_slot: 0 },
        }))
    });
    let SerializedInitialData(InitialData {
        preferences,
        now,
        page,
    }) = initial_data.into_inner();
    match page {
        Page::SignIn(form) => EitherOf4::A(view! { <SignInPage form /> }),
        Page::Chat(chat) => EitherOf4::B(view! { <ChatPage chat preferences now /> }),
        Page::NotFound { account_slot } => EitherOf4::C(view! { <NotFound account_slot /> }),
        Page::Error {
            account_slot,
            sentence,
        } => EitherOf4::D(view! { <ServerError account_slot sentence /> }),
    }
}
