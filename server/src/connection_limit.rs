//! How many connections may be open, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    limits::{MOST_RESERVED_DESCRIPTORS, RESERVED_DESCRIPTORS},
    peer::Peer,
};

/// The most connections that a process with this limit on open files can have. Some descriptors
/// stay reserved: without one, the database could not be opened.
pub fn most_connections(open_files: u64) -> u64 {
    let reserved = (open_files / 4).clamp(RESERVED_DESCRIPTORS, MOST_RESERVED_DESCRIPTORS);
    open_files.saturating_sub(reserved).max(1)
}

/// Counts the open connections.
#[derive(Clone)]
pub struct ConnectionLimit(Arc<ConnectionCounter>);

struct ConnectionCounter {
    most: u64,
    most_per_address: u64,
    /// The peers that do not count for their address, because many people may be behind it.
    is_exempt: ExemptPeers,
    counts: Mutex<ConnectionCounts>,
}

/// Says which peers do not count for their address.
pub type ExemptPeers = Box<dyn Fn(&Peer) -> bool + Send + Sync>;

#[derive(Default)]
struct ConnectionCounts {
    total: u64,
    /// By IPv4 address or IPv6 /64 block. No entry is zero.
    by_address: HashMap<IpAddr, u64>,
}

/// Counts one connection until it is dropped.
pub struct ConnectionPermit {
    counter: ConnectionLimit,
    block: Option<IpAddr>,
}

/// Why a connection is not served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionRefusal {
    /// There are as many connections as the server may have.
    ServerFull,
    /// The peer's address has as many connections as one address may have.
    AddressFull,
}

impl ConnectionLimit {
    pub fn new(most: u64, most_per_address: u64, is_exempt: ExemptPeers) -> Self {
        Self(Arc::new(ConnectionCounter {
            most,
            most_per_address,
            is_exempt,
            counts: Mutex::default(),
        }))
    }

    /// Counts a connection of this peer.
    ///
    /// # Errors
    /// [`ConnectionRefusal`]: one of the limits is reached.
    pub fn admit(&self, peer: &Peer) -> Result<ConnectionPermit, ConnectionRefusal> {
        let block = peer.address_block().filter(|_| !(self.0.is_exempt)(peer));
        let mut counts = self.counts();
        if counts.total >= self.0.most {
            return Err(ConnectionRefusal::ServerFull);
        }
        if let Some(block) = block {
            let open = counts.by_address.get(&block).copied().unwrap_or(0);
            if open >= self.0.most_per_address {
                return Err(ConnectionRefusal::AddressFull);
            }
            counts.by_address.insert(block, open + 1);
        }
        counts.total += 1;
        drop(counts);
        Ok(ConnectionPermit {
            counter: self.clone(),
            block,
        })
    }

    fn counts(&self) -> MutexGuard<'_, ConnectionCounts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.counter.counts();
        counts.total -= 1;
        let Some(block) = self.block else {
            return;
        };
        if let Some(open) = counts.by_address.get_mut(&block) {
            *open -= 1;
            if *open == 0 {
                counts.by_address.remove(&block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn peer(ip: &str) -> Peer {
        let ip: IpAddr = ip.parse().expect("an address");
        Peer::from(SocketAddr::from((ip, 1)))
    }

    fn limit(most: u64, most_per_address: u64) -> ConnectionLimit {
        ConnectionLimit::new(most, most_per_address, Box::new(Peer::is_local))
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
    fn an_ipv6_network_counts_as_one_address() {
        let limit = limit(100, 1);
        let _open = limit.admit(&peer("2001:db8::1")).ok();
        let neighbor = limit.admit(&peer("2001:db8::ffff:1"));
        assert_eq!(neighbor.err(), Some(ConnectionRefusal::AddressFull));
        assert!(limit.admit(&peer("2001:db8:0:1::1")).is_ok());
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
        assert!(limit.counts().by_address.is_empty(), "nothing is left");
    }
}
