//! Counts what one address holds open at the same time, such as sockets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::AddressBlock;

/// How many are open for each address. A clone shares the counts.
#[derive(Clone)]
pub struct OpenCount {
    /// The most for one address; 0 means that there is no limit.
    most: u32,
    open: Arc<Mutex<HashMap<AddressBlock, u32>>>,
}

/// Counts one until it is dropped.
pub struct OpenGuard {
    /// `None` for an exempt client, which is not counted. Boxed, because every open socket has two
    /// of these guards.
    counted: Option<Box<(AddressBlock, OpenCount)>>,
}

impl OpenCount {
    pub fn new(most: u32) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    /// Counts one more. `None` as address is exempt.
    ///
    /// # Errors
    /// The address has as many as it may.
    pub fn admit(&self, address: Option<AddressBlock>) -> Result<OpenGuard, TooManyOpen> {
        let Some(address) = address else {
            return Ok(OpenGuard { counted: None });
        };
        let mut open = self.open();
        let count = open.entry(address).or_default();
        if self.most > 0 && *count >= self.most {
            return Err(TooManyOpen);
        }
        *count += 1;
        Ok(OpenGuard {
            counted: Some(Box::new((address, self.clone()))),
        })
    }

    /// Each address that has some open, with the part of its limit.
    pub fn used(&self) -> Vec<(AddressBlock, f64)> {
        if self.most == 0 {
            return Vec::new();
        }
        let open = self.open();
        let used = open
            .iter()
            .map(|(address, count)| (*address, f64::from(*count) / f64::from(self.most)));
        used.collect()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<AddressBlock, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address has as many open as it may.
#[derive(Debug)]
pub struct TooManyOpen;

impl Drop for OpenGuard {
    fn drop(&mut self) {
        let Some(counted) = self.counted.take() else {
            return;
        };
        let (address, count) = *counted;
        let mut open = count.open();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[test]
    fn an_address_may_have_so_many_open_and_the_machine_itself_any_number() {
        let address = AddressBlock::from(IpAddr::from(Ipv4Addr::new(203, 0, 113, 7)));
        let sockets = OpenCount::new(200);
        let mut open: Vec<_> = (0..200)
            .map(|_| sockets.admit(Some(address)).expect("is admitted"))
            .collect();
        assert!(sockets.admit(Some(address)).is_err());
        assert_eq!(sockets.used(), [(address, 1.0)]);
        open.pop();
        open.push(sockets.admit(Some(address)).expect("is admitted"));
        open.clear();
        assert_eq!(sockets.used(), []);
        let local: Vec<_> = (0..1_000).map(|_| sockets.admit(None)).collect();
        assert!(local.iter().all(Result::is_ok));
    }
}
