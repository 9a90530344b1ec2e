//! WebSockets: [`handshake`] opens one, [`session`] runs it until its end. A session reads frames
//! from a [`socket`] and dispatches them as commands, and [`heartbeat`] notices a dead peer.
//! [`echo`] is an endpoint for testing clients, proxies and TLS.

pub mod echo;
pub mod handshake;
mod heartbeat;
mod session;
mod socket;

#[cfg(test)]
mod tests;
