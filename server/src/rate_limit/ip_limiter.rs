//! Limits for each IP address, which apply before the user is known: sign-ins, and connections that
//! have not signed in. Direct connections from the server's own machine are exempt.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use protocol::{Code, Refusal, limits};

use crate::rate_limit::TokenBucket;

/// The number of token buckets at which the full ones are dropped.
const MAX_BUCKETS: usize = 10_000;

/// Counts sign-ins and pending connections by address. An IPv6 address counts as its /64 block,
/// which is what one customer gets.
#[derive(Clone, Default)]
pub struct IpLimiter(Arc<Mutex<IpCounters>>);

#[derive(Default)]
struct IpCounters {
    sign_ins: HashMap<IpAddr, TokenBucket>,
    pending: HashMap<IpAddr, usize>,
}

/// Counts a connection that has not signed in yet, until it is dropped.
pub struct PendingConnection {
    /// `None` for an exempt connection, which is not counted.
    counted: Option<(IpAddr, IpLimiter)>,
}

impl IpLimiter {
    /// Takes a token for one sign-in, by form or by `login`. `None` as address is exempt.
    ///
    /// # Errors
    /// [`Code::TooManySignIns`] beyond [`limits::SIGN_INS_PER_MINUTE`], with the time to wait.
    pub fn allow_sign_in(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        let Some(block) = address.map(block_of) else {
            return Ok(());
        };
        let now = Instant::now();
        let mut counters = self.counters();
        if counters.sign_ins.len() >= MAX_BUCKETS {
            counters.sign_ins.retain(|_, bucket| !bucket.is_full(now));
        }
        counters
            .sign_ins
            .entry(block)
            .or_insert_with(|| TokenBucket::per_minute(limits::SIGN_INS_PER_MINUTE, now))
            .take(now)
            .map_err(|wait| Refusal::retry_after(Code::TooManySignIns, wait))
    }

    /// Counts a connection that has not signed in yet. `None` as address is exempt.
    ///
    /// # Errors
    /// [`Code::TooManySockets`] beyond [`limits::PENDING_PER_ADDRESS`].
    pub fn admit(&self, address: Option<IpAddr>) -> Result<PendingConnection, Refusal> {
        let Some(block) = address.map(block_of) else {
            return Ok(PendingConnection { counted: None });
        };
        let mut counters = self.counters();
        let pending = counters.pending.entry(block).or_default();
        if *pending >= limits::PENDING_PER_ADDRESS {
            let sentence =
                "Too many connections from your address are waiting to sign in. Try again later.";
            return Err(Refusal::new(Code::TooManySockets, sentence));
        }
        *pending += 1;
        Ok(PendingConnection {
            counted: Some((block, self.clone())),
        })
    }

    fn counters(&self) -> MutexGuard<'_, IpCounters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PendingConnection {
    fn drop(&mut self) {
        let Some((block, ip_limiter)) = self.counted.take() else {
            return;
        };
        let mut counters = ip_limiter.counters();
        if let Some(pending) = counters.pending.get_mut(&block) {
            *pending -= 1;
            if *pending == 0 {
                counters.pending.remove(&block);
            }
        }
    }
}

/// The address under which the limits are counted.
fn block_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    const REMOTE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));

    #[test]
    fn an_address_may_sign_in_thirty_times_a_minute() {
        let limiter = IpLimiter::default();
        for _ in 0..limits::SIGN_INS_PER_MINUTE {
            assert!(limiter.allow_sign_in(REMOTE).is_ok());
        }
        let refusal = limiter
            .allow_sign_in(REMOTE)
            .expect_err("the bucket is empty");
        assert_eq!(refusal.code, Code::TooManySignIns);
        assert!(refusal.retry_after_ms.is_some());
        assert!(limiter.allow_sign_in(Some(address("203.0.113.8"))).is_ok());
    }

    #[test]
    fn the_addresses_of_an_ipv6_block_count_as_one() {
        assert_eq!(
            block_of(address("2001:db8:1:2:3::4")),
            block_of(address("2001:db8:1:2:ffff::1"))
        );
        assert_ne!(
            block_of(address("2001:db8:1:2::1")),
            block_of(address("2001:db8:1:3::1"))
        );
    }

    #[test]
    fn an_address_may_have_a_thousand_pending_connections() {
        let limiter = IpLimiter::default();
        let mut pending: Vec<_> = (0..limits::PENDING_PER_ADDRESS)
            .map(|_| limiter.admit(REMOTE).map_err(|refusal| refusal.code))
            .collect();
        assert!(pending.iter().all(Result::is_ok));
        assert!(limiter.admit(REMOTE).is_err());
        pending.pop();
        assert!(limiter.admit(REMOTE).is_ok());
    }

    #[test]
    fn connections_from_the_machine_itself_are_exempt() {
        let limiter = IpLimiter::default();
        assert!((0..1_000).all(|_| limiter.allow_sign_in(None).is_ok()));
        assert!((0..2_000).all(|_| limiter.admit(None).is_ok()));
    }
}
