//! Limits for what one user, one address, and all of them together may do.
//!
//! Each [`Budget`] has a token bucket for each user, for each [`AddressBlock`], or for the whole
//! server; some have several. A request is allowed if all of its buckets hold enough, and then
//! takes from all of them. `governor` computes the buckets (GCRA). A direct connection from the
//! server's own machine has no address: only its user is limited.

mod address_block;
mod bucket_store;
mod budget;
mod limiter;
mod open_count;
mod requester;

use protocol::{Code, Refusal};

use self::budget::BudgetBuckets;
pub use self::{
    address_block::AddressBlock,
    budget::{Budget, Rates, message_quota},
    limiter::Limiter,
    open_count::{OpenCount, OpenGuard, TooManyOpen},
    requester::Requester,
};
use crate::limits;

/// All budgets.
pub struct RateLimiter {
    /// In the order of [`Budget::ALL`].
    budgets: [BudgetBuckets; Budget::ALL.len()],
    /// The open sockets of each address.
    pub sockets: OpenCount,
    /// The HTTP requests of each address that are not answered yet.
    pub requests: OpenCount,
}

/// A bucket that is not full.
pub struct BucketUse {
    /// A user's id, an address, or “everybody”.
    pub of: String,
    pub budget: &'static str,
    /// The used part of the bucket; 100 or more if requests are refused.
    pub percent: u32,
}

impl BucketUse {
    fn new(of: String, budget: &'static str, part: f64) -> Self {
        // A cast from a float saturates.
        let percent = (part * 100.0).ceil() as u32;
        Self {
            of,
            budget,
            percent,
        }
    }
}

/// Without the limits that the operator can change.
impl Default for RateLimiter {
    fn default() -> Self {
        Self::new(Rates::default())
    }
}

impl RateLimiter {
    pub fn new(rates: Rates) -> Self {
        Self {
            budgets: Budget::ALL.map(|budget| BudgetBuckets::new(budget, rates)),
            sockets: OpenCount::new(rates.sockets_per_address),
            requests: OpenCount::new(limits::REQUESTS_IN_PROGRESS),
        }
    }

    /// Takes tokens from each bucket of the requester, or from none.
    ///
    /// # Errors
    /// [`Code::TooFast`], [`Code::TooManyNewRooms`] or [`Code::TooManySignIns`], with the time to
    /// wait.
    pub fn take(&self, from: Requester, budget: Budget, tokens: usize) -> Result<(), Refusal> {
        let taken = self.of(budget).take(from, count(tokens));
        taken.map_err(|wait| Refusal::retry_after(budget.code(), wait))
    }

    /// Returns tokens of something that was not done.
    pub fn refund(&self, to: Requester, budget: Budget, tokens: usize) {
        self.of(budget).refund(to, count(tokens));
    }

    /// Returns whether a token is left in each bucket of the requester.
    ///
    /// # Errors
    /// Those of [`RateLimiter::take`].
    pub fn check(&self, from: Requester, budget: Budget) -> Result<(), Refusal> {
        let checked = self.of(budget).check(from);
        checked.map_err(|wait| Refusal::retry_after(budget.code(), wait))
    }

    /// Waits until a token is left in each bucket of the requester.
    pub async fn wait(&self, from: Requester, budget: Budget) {
        while let Err(wait) = self.of(budget).check(from) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token for a request or a frame. If none is left, waits for one: a refusal would cost
    /// as much as most answers, and a client could go on at once.
    pub async fn pace(&self, from: Requester) {
        while let Err(wait) = self.of(Budget::Requests).take(from, 1) {
            // Boxed, because it is part of every session, and hardly any ever waits.
            Box::pin(tokio::time::sleep(wait)).await;
        }
    }

    /// Takes tokens for something that was done before its size was known. The requester may owe
    /// them.
    pub fn charge(&self, from: Requester, budget: Budget, tokens: usize) {
        self.of(budget).charge(from, count(tokens));
    }

    /// Takes the tokens of a message of this many bytes.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn take_message(&self, from: Requester, bytes: usize) -> Result<(), Refusal> {
        self.take(from, Budget::Messages, 1)?;
        self.take(from, Budget::MessageBytes, bytes)
            .inspect_err(|_| self.refund(from, Budget::Messages, 1))
    }

    /// Returns the tokens of a message that was not stored.
    pub fn refund_message(&self, to: Requester, bytes: usize) {
        self.refund(to, Budget::Messages, 1);
        self.refund(to, Budget::MessageBytes, bytes);
    }

    /// Takes a token for a sign-in under a nickname, which may add a user.
    ///
    /// # Errors
    /// [`Code::TooManySignIns`], with the time to wait.
    pub fn take_sign_in(&self, from: Requester) -> Result<(), Refusal> {
        self.take(from, Budget::SignIns, 1)?;
        self.take(from, Budget::NewUsers, 1)
            .inspect_err(|_| self.refund(from, Budget::SignIns, 1))
    }

    /// A secret that is not valid counts as a sign-in. A valid one costs nothing, so that all users
    /// of an address can reconnect at once, and nobody can lock them out. Returns the refusal to
    /// answer with.
    pub fn charge_refusal(&self, from: Requester, refusal: Refusal) -> Refusal {
        match refusal.code {
            Code::BadToken => match self.take(from, Budget::SignIns, 1) {
                Ok(()) => refusal,
                Err(too_many) => too_many,
            },
            _ => refusal,
        }
    }

    /// Takes a token for a query, if the requester may read more.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn take_query(&self, from: Requester) -> Result<(), Refusal> {
        self.check(from, Budget::ReadBytes)?;
        self.take(from, Budget::Queries, 1)
    }

    /// The buckets of which the largest part is used, at most `most` of them. The sockets of an
    /// address are like a bucket that holds as many as the address may open.
    pub fn busiest(&self, most: usize) -> Vec<BucketUse> {
        let budgets = Budget::ALL.iter().zip(&self.budgets);
        let buckets = budgets.flat_map(|(budget, buckets)| {
            let used = buckets.used().into_iter();
            used.map(|(of, part)| BucketUse::new(of, budget.name(), part))
        });
        let sockets = self.sockets.used().into_iter();
        let sockets = sockets.map(|(of, part)| BucketUse::new(of.to_string(), "sockets", part));
        let mut used: Vec<_> = buckets.chain(sockets).collect();
        used.sort_by_key(|it| std::cmp::Reverse(it.percent));
        used.truncate(most);
        used
    }

    fn of(&self, budget: Budget) -> &BudgetBuckets {
        // `ALL` has the variants in their order.
        &self.budgets[budget as usize]
    }
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
