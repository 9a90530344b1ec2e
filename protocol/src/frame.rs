//! The frames of a socket: each line of a text frame is a JSON object with a `type`.
//!
//! Unknown fields are ignored. docs/PROTOCOL.md has an example of every frame.

mod client;
mod server;

pub use client::ClientFrame;
pub use server::*;
