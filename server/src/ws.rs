//! WebSockets: [`handshake`] opens one, [`session`] runs it until its end. A session reads frames
//! from a [`socket`] and dispatches them as commands, and [`heartbeat`] notices a dead peer.
//! [`echo`] is an endpoint for testing clients, proxies and TLS.

pub mod echo;
pub mod handshake;
mod heartbeat;
mod session;
mod socket;

use protocol::Close;

/// Why a session ends, with the close code; `None` if the connection was lost.
pub enum SessionEnd {
    /// Nothing more will be written.
    WriteClosed(Option<Close>),
    /// Nothing more will be read. What waits in the send queue is still written.
    ReadClosed(Option<Close>),
}

#[cfg(test)]
mod tests;
