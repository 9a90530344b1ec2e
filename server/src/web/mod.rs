//! What HTTP asks for: pages, the sign-in form, the socket's handshake, the browser's bundle.
//!
//! [`seat`] says which of a browser's people is asking, [`client`] where from; [`origin`] and
//! [`headers`] stand at the door for every request; [`pages`], [`sign_in`], [`socket`] and [`assets`]
//! answer. [`render`] lets Leptos draw.

pub mod assets;
pub mod client;
pub mod headers;
pub mod origin;
pub mod pages;
pub mod render;
pub mod seat;
pub mod sign_in;
pub mod socket;
