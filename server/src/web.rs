//! HTTP: pages, forms, the HTTP API, incoming webhooks and the page's files.
//!
//! Every request passes [`security_headers`] and [`panic_page`]; pages and sockets also pass
//! [`origin_check`]. Extractors read a request's context: [`client_info`] the address and the
//! origin, [`account_slot`] the account, [`preferences`] the device's settings; the last two come
//! from [`cookies`].
//!
//! Handlers for browsers are in [`pages`], [`sign_in`], [`assets`] and [`icons`]; [`render`] draws
//! pages with Leptos, and [`error_page`] says what went wrong. Bots use the [`api`], and services that can only post use an
//! [`incoming_webhook`]. [`health`] is for monitoring.

pub mod account_slot;
pub mod api;
pub mod assets;
pub mod client_info;
pub mod cookies;
pub mod error_page;
pub mod health;
pub mod icons;
pub mod incoming_webhook;
pub mod origin_check;
pub mod pages;
pub mod panic_page;
pub mod preferences;
pub mod read_budget;
pub mod render;
pub mod security_headers;
pub mod sign_in;
pub mod static_files;
pub mod status;
mod viewer;
