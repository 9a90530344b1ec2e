//! The other end of an accepted connection.

use std::net::{IpAddr, SocketAddr};

/// The peer of a connection, as the listener sees it: a client or a proxy. Every request has it as
/// the extension `ConnectInfo<Peer>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// None for a connection to a Unix socket.
    pub address: Option<SocketAddr>,
    /// Whether the connection is encrypted by this server.
    pub is_tls: bool,
}

impl Peer {
    /// The peer of a connection to a Unix socket.
    pub const UNIX: Self = Self {
        address: None,
        is_tls: false,
    };

    /// The peer's IP address in its canonical form: IPv4 if it is mapped into IPv6.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.map(|address| address.ip().to_canonical())
    }

    /// Whether the peer is on this machine.
    pub fn is_local(&self) -> bool {
        self.ip().is_none_or(|ip| ip.is_loopback())
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self {
            address: Some(address),
            is_tls: false,
        }
    }
}
