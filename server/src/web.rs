//! What HTTP asks for: pages, the sign-in form, the socket's handshake, the browser's bundle.
//!
//! [`seat`] says which of a browser's people is asking and [`device`] how it wants its pages, both
//! from [`cookies`]; [`client`] where from. [`origin`], [`mishap`] and [`headers`] stand at the
//! door for every request; [`pages`], [`sign_in`], [`assets`], [`icons`] and [`health`] answer.
//! [`render`] lets Leptos draw. Bots have the [`api`], a [`hook`] for each tool that can do no more
//! than post.

pub mod api;
pub mod assets;
pub mod client;
pub mod cookies;
pub mod device;
pub mod headers;
pub mod health;
pub mod hook;
pub mod icons;
pub mod mishap;
pub mod origin;
pub mod pages;
pub mod render;
pub mod seat;
pub mod sign_in;
pub mod status;
