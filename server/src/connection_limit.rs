//! How many connections may be open, in all and from one address.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    limits::{MOST_RESERVED_DESCRIPTORS, RESERVED_DESCRIPTORS},
    peer::Peer,
    rate_limit::{Budget, OpenCount, OpenGuard, RateLimiter, Requester, TooManyOpen},
};

/// The most connections that a process with this limit on open files can have. Some descriptors
/// stay reserved: without one, the database could not be opened.
pub fn most_connections(open_files: u64) -> u64 {
    let reserved = (open_files / 4).clamp(RESERVED_DESCRIPTORS, MOST_RESERVED_DESCRIPTORS);
    open_files.saturating_sub(reserved).max(1)
}

/// Counts the open connections. A clone shares the counts.
#[derive(Clone)]
pub struct ConnectionLimit {
    most: u64,
    open: Arc<AtomicU64>,
    by_address: OpenCount,
    rate_limiter: Arc<RateLimiter>,
    is_exempt: ExemptPeers,
}

/// Says which peers do not count for their address, because many people may be behind it.
pub type ExemptPeers = Arc<dyn Fn(&Peer) -> bool + Send + Sync>;

/// Counts one connection until it is dropped.
pub struct ConnectionPermit {
    open: Arc<AtomicU64>,
    _of_address: OpenGuard,
}

/// Why a connection is not served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionRefusal {
    /// There are as many connections as the server may have.
    ServerFull,
    /// The peer's address has as many connections as one address may have, or opens them too fast.
    AddressFull,
}

impl ConnectionLimit {
    /// Allows so many connections in all, and so many from one address; 0 means that an address has
    /// no limit.
    pub fn new(
        most: u64,
        most_per_address: u32,
        rate_limiter: Arc<RateLimiter>,
        is_exempt: ExemptPeers,
    ) -> Self {
        Self {
            most,
            open: Arc::default(),
            by_address: OpenCount::new(most_per_address),
            rate_limiter,
            is_exempt,
        }
    }

    /// Counts a connection of this peer.
    ///
    /// # Errors
    /// [`ConnectionRefusal`]: one of the limits is reached.
    pub fn admit(&self, peer: &Peer) -> Result<ConnectionPermit, ConnectionRefusal> {
        let counted = peer.ip().filter(|_| !(self.is_exempt)(peer));
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err(ConnectionRefusal::ServerFull);
        }
        let from = Requester::at(counted);
        let rate = self.rate_limiter.take(from, Budget::Connections, 1);
        match (self.by_address.admit(from.address), rate) {
            (Ok(of_address), Ok(())) => Ok(ConnectionPermit {
                open: Arc::clone(&self.open),
                _of_address: of_address,
            }),
            (Err(TooManyOpen), _) | (_, Err(_)) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
                Err(ConnectionRefusal::AddressFull)
            }
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::*;

    fn peer(ip: &str) -> Peer {
        let ip: IpAddr = ip.parse().expect("an address");
        Peer::from(SocketAddr::from((ip, 1)))
    }

    fn limit(most: u64, most_per_address: u32) -> ConnectionLimit {
        ConnectionLimit::new(
            most,
            most_per_address,
            Arc::default(),
            Arc::new(Peer::is_local),
        )
    }

    #[test]
    fn descriptors_stay_reserved_whatever_the_limit_is() {
        assert_eq!(
            [0, 64, 1024, 1 << 20].map(most_connections),
            [1, 24, 768, (1 << 20) - 256]
        );
    }

    #[test]
    fn an_address_is_refused_until_one_of_its_connections_closes_and_others_are_not() {
        let limit = limit(100, 2);
        let mut open: Vec<_> = (0..2).map(|_| limit.admit(&peer("192.0.2.1"))).collect();
        let refused = limit.admit(&peer("::ffff:192.0.2.1"));
        assert_eq!(refused.err(), Some(ConnectionRefusal::AddressFull));
        assert!(limit.admit(&peer("192.0.2.2")).is_ok());
        open.pop();
        assert!(limit.admit(&peer("192.0.2.1")).is_ok());
    }

    #[test]
    fn exempt_peers_count_only_for_the_server() {
        let limit = limit(3, 1);
        let local = [peer("127.0.0.1"), peer("127.0.0.1"), Peer::UNIX];
        let open: Vec<_> = local.iter().map(|it| limit.admit(it)).collect();
        assert!(open.iter().all(Result::is_ok));
        for peer in [peer("127.0.0.1"), peer("192.0.2.1")] {
            let refused = limit.admit(&peer);
            assert_eq!(refused.err(), Some(ConnectionRefusal::ServerFull));
        }
        drop(open);
        assert!(limit.admit(&peer("192.0.2.1")).is_ok());
        assert_eq!(limit.open.load(Ordering::Relaxed), 0, "nothing is left");
    }
}
