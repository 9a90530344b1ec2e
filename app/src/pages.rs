//! One file a page.

pub mod chat;
pub mod not_found;
pub mod sign_in;
