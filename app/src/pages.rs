//! One file a page.

pub mod chat;
pub mod error;
pub mod sign_in;
