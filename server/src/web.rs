//! What HTTP asks for: pages, the sign-in form, the socket's handshake, the browser's bundle.
//!
//! [`account_slot`] says which of a browser's people is asking and [`preferences`] how it wants its pages, both
//! from [`cookies`]; [`client_info`] where from. [`origin`], [`panic_page`] and [`security_headers`] stand at the
//! door for every request; [`pages`], [`sign_in`], [`assets`], [`icons`] and [`health`] answer.
//! [`render`] lets Leptos draw. Bots have the [`api`], a [`incoming_webhook`] for each tool that can do no more
//! than post.

pub mod account_slot;
pub mod api;
pub mod assets;
pub mod client_info;
pub mod cookies;
pub mod health;
pub mod icons;
pub mod incoming_webhook;
pub mod origin;
pub mod pages;
pub mod panic_page;
pub mod preferences;
pub mod render;
pub mod security_headers;
pub mod sign_in;
pub mod status;
