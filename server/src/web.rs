//! HTTP: pages, forms, the HTTP API, incoming webhooks and the page's files.
//!
//! Every request passes [`identify`], [`security_headers`] and [`panic_page`]; pages, forms, files
//! and sockets also pass [`host_check`] and [`origin_check`]. Extractors read a request's context:
//! [`client_info`] the address, the host and the origin, from what [`forwarded`] and
//! [`request_host`] find in its headers, [`account_slot`] the account, [`preferences`] the device's
//! settings; the last two come from [`cookies`].
//!
//! Handlers for browsers are in [`pages`], [`sign_in`], [`assets`] and [`icons`]; [`render`] draws
//! pages with Leptos, and [`error_page`] says what went wrong. Bots use the [`api`], and services
//! that can only post use an [`incoming_webhook`]. [`health`] is for monitoring.

pub mod account_slot;
pub mod admission;
pub mod api;
pub mod assets;
pub mod client_info;
pub mod cookies;
pub mod error_page;
pub mod forwarded;
pub mod health;
pub mod host_check;
pub mod https_redirect;
pub mod icons;
pub mod identify;
pub mod incoming_webhook;
pub mod origin_check;
pub mod pages;
pub mod panic_page;
pub mod preferences;
pub mod read_budget;
pub mod render;
pub mod request_host;
pub mod route_list;
pub mod security_headers;
pub mod session_cookie;
pub mod sign_in;
pub mod static_files;
pub mod status;
mod viewer;
