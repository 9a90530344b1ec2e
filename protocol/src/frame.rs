//! What travels over a socket: text frames of one or more JSON objects, separated by `\n`, each
//! tagged by `type`. Unknown fields are ignored; `docs/PROTOCOL.md` has an example of every frame.

mod client;
mod server;

pub use client::ClientFrame;
pub use server::*;
