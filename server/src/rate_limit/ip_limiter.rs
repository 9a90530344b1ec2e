//! What one address may do before anybody knows who is there. Direct connections from the machine
//! itself are exempt.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use protocol::{Code, Refusal, limits};

use crate::rate_limit::TokenBucket;

/// Addresses remembered before those with a full allowance are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts sign-ins and strangers by address; IPv6 by its /64, which is what one customer gets.
#[derive(Clone, Default)]
pub struct IpLimiter(Arc<Mutex<Ledger>>);

#[derive(Default)]
struct Ledger {
    sign_ins: HashMap<IpAddr, TokenBucket>,
    pending: HashMap<IpAddr, usize>,
}

/// A socket that has not signed in yet; dropped when it has, or is gone.
pub struct PendingConnection {
    place: Option<(IpAddr, IpLimiter)>,
}

impl IpLimiter {
    /// Uses the address's allowance for one sign-in, by form or by frame.
    ///
    /// # Errors
    /// [`Code::TooManySignIns`] beyond [`limits::SIGN_INS_PER_MINUTE`].
    pub fn allow_sign_in(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        let Some(block) = address.map(block_of) else {
            return Ok(());
        };
        let now = Instant::now();
        let mut ledger = self.ledger();
        if ledger.sign_ins.len() >= REMEMBERED {
            ledger.sign_ins.retain(|_, bucket| !bucket.is_full(now));
        }
        ledger
            .sign_ins
            .entry(block)
            .or_insert_with(|| TokenBucket::per_minute(limits::SIGN_INS_PER_MINUTE, now))
            .take(now)
            .map_err(|wait| Refusal::retry_after(Code::TooManySignIns, wait))
    }

    /// Counts a socket that has not signed in.
    ///
    /// # Errors
    /// [`Code::TooManySockets`] beyond [`limits::PENDING_PER_ADDRESS`].
    pub fn admit(&self, address: Option<IpAddr>) -> Result<PendingConnection, Refusal> {
        let Some(block) = address.map(block_of) else {
            return Ok(PendingConnection { place: None });
        };
        let mut ledger = self.ledger();
        let waiting = ledger.pending.entry(block).or_default();
        if *waiting >= limits::PENDING_PER_ADDRESS {
            let sentence =
                "Too many connections from your address are waiting to sign in. Try again later.";
            return Err(Refusal::new(Code::TooManySockets, sentence));
        }
        *waiting += 1;
        Ok(PendingConnection {
            place: Some((block, self.clone())),
        })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PendingConnection {
    fn drop(&mut self) {
        let Some((block, ip_limiter)) = self.place.take() else {
            return;
        };
        let mut ledger = ip_limiter.ledger();
        if let Some(waiting) = ledger.pending.get_mut(&block) {
            *waiting -= 1;
            if *waiting == 0 {
                ledger.pending.remove(&block);
            }
        }
    }
}

/// The block that an address is counted with.
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

    const FAR: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));

    #[test]
    fn thirty_sign_ins_a_minute_from_one_address_and_no_more() {
        let door = IpLimiter::default();
        for _ in 0..limits::SIGN_INS_PER_MINUTE {
            assert!(door.allow_sign_in(FAR).is_ok());
        }
        let refusal = door.allow_sign_in(FAR).expect_err("the bucket is used up");
        assert_eq!(refusal.code, Code::TooManySignIns);
        assert!(refusal.retry_after_ms.is_some());
        assert!(door.allow_sign_in(Some(address("203.0.113.8"))).is_ok());
    }

    #[test]
    fn a_customers_whole_ipv6_block_is_one_address() {
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
    fn a_thousand_strangers_may_wait_and_one_who_goes_makes_room() {
        let door = IpLimiter::default();
        let mut waiting: Vec<_> = (0..limits::PENDING_PER_ADDRESS)
            .map(|_| door.admit(FAR).map_err(|r| r.code))
            .collect();
        assert!(waiting.iter().all(Result::is_ok));
        assert!(door.admit(FAR).is_err());
        waiting.pop();
        assert!(door.admit(FAR).is_ok());
    }

    #[test]
    fn the_machine_itself_is_exempt() {
        let door = IpLimiter::default();
        assert!((0..1_000).all(|_| door.allow_sign_in(None).is_ok()));
        assert!((0..2_000).all(|_| door.admit(None).is_ok()));
    }
}
