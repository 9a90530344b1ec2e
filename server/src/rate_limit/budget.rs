//! What requests cost, and how much of it one user, one address and the whole server have.

use std::time::Duration;

use governor::Quota;
use protocol::{Code, UserId, limits};

use super::{
    AddressBlock, Requester,
    limiter::{Limiter, quota, quota_in},
};
use crate::limits as server;

/// What a request costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Budget {
    Messages,
    /// Bytes of messages.
    MessageBytes,
    NewRooms,
    /// Sign-ins under a nickname, and tokens that are not valid.
    SignIns,
    /// Users who are added, of all addresses together.
    NewUsers,
    /// `read`, `typing`, `watch` and `games` together.
    Ephemeral,
    /// What reads the store: `join`, `history`, `rooms`, `scores`, pages, and the API's GET.
    Queries,
    /// Bytes of history and pages.
    ReadBytes,
    /// Bytes of the bundle and the icons.
    AssetBytes,
    /// Messages to `/echo`.
    Echoes,
    /// Connections that are opened.
    Connections,
    /// Requests and frames, those that are refused included.
    Requests,
}

impl Budget {
    /// All of them, in their order.
    pub const ALL: [Self; 12] = [
        Self::Messages,
        Self::MessageBytes,
        Self::NewRooms,
        Self::SignIns,
        Self::NewUsers,
        Self::Ephemeral,
        Self::Queries,
        Self::ReadBytes,
        Self::AssetBytes,
        Self::Echoes,
        Self::Connections,
        Self::Requests,
    ];

    /// The refusal of a request beyond this budget.
    pub fn code(self) -> Code {
        match self {
            Self::NewRooms => Code::TooManyNewRooms,
            Self::SignIns | Self::NewUsers => Code::TooManySignIns,
            Self::Messages
            | Self::MessageBytes
            | Self::Ephemeral
            | Self::Queries
            | Self::ReadBytes
            | Self::AssetBytes
            | Self::Echoes
            | Self::Connections
            | Self::Requests => Code::TooFast,
        }
    }

    /// The budget in the words of `parlor status`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::MessageBytes => "bytes of messages",
            Self::NewRooms => "new rooms",
            Self::SignIns => "sign-ins",
            Self::NewUsers => "new users",
            Self::Ephemeral => "read markers and typing",
            Self::Queries => "queries",
            Self::ReadBytes => "bytes read",
            Self::AssetBytes => "bytes of assets",
            Self::Echoes => "echoes",
            Self::Connections => "new connections",
            Self::Requests => "requests",
        }
    }
}

/// The rates that the operator can change; 0 means that there is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Messages of one user in a second.
    pub messages_per_user: u32,
    /// Messages from one address in a second.
    pub messages_per_address: u32,
    /// Sign-ins from one address in a minute.
    pub sign_ins_per_address: u32,
    /// Rooms that one address may create in an hour.
    pub rooms_per_address: u32,
    /// Requests and frames of one address in a second.
    pub requests_per_address: u32,
    /// Queries of one address in a second.
    pub queries_per_address: u32,
    /// KiB of history and pages that one address may read in a second.
    pub kib_read_per_address: u32,
    /// Sockets of one address at the same time.
    pub sockets_per_address: u32,
}

/// The buckets of one budget.
pub struct BudgetBuckets {
    users: Limiter<UserId>,
    addresses: Limiter<AddressBlock>,
    /// Not for direct connections from the server's own machine.
    server: Limiter<()>,
}

/// The quota of a user who may send so many messages per second.
pub fn message_quota(per_second: u32) -> Option<Quota> {
    quota(per_second, per_second.saturating_mul(limits::BURST_SECONDS))
}

impl BudgetBuckets {
    /// The buckets of a budget, at these rates.
    pub fn new(budget: Budget, rates: Rates) -> Self {
        let minute = Duration::from_secs(60);
        let hour = 60 * minute;
        let burst = limits::BURST_SECONDS;
        let address_burst = server::ADDRESS_BURST_SECONDS;
        let per_user = rates.messages_per_user;
        let per_address = rates.messages_per_address;
        let (user, address, everybody) = match budget {
            Budget::Messages => (
                message_quota(per_user),
                quota(per_address, per_address.saturating_mul(address_burst)),
                None,
            ),
            // In the long run, messages are short. A user's burst may have the longest ones. All
            // sockets of an address may be in one room, so its burst is smaller.
            Budget::MessageBytes => {
                let bytes = |messages: u32, burst: u32, longest: u32| {
                    let burst = messages.saturating_mul(burst).saturating_mul(longest);
                    quota(
                        messages.saturating_mul(server::MEAN_MESSAGE_BYTES),
                        burst.max(server::LONGEST_MESSAGE_BYTES),
                    )
                };
                (
                    bytes(per_user, burst, server::LONGEST_MESSAGE_BYTES),
                    bytes(per_address, address_burst, 2 * server::MEAN_MESSAGE_BYTES),
                    None,
                )
            }
            Budget::NewRooms => (
                quota_in(limits::NEW_ROOMS_PER_MINUTE, minute),
                quota_in(rates.rooms_per_address, hour),
                quota_in(server::NEW_ROOMS_PER_HOUR, hour),
            ),
            Budget::SignIns => (None, quota_in(rates.sign_ins_per_address, minute), None),
            Budget::NewUsers => (
                None,
                None,
                quota(server::NEW_USERS_PER_SECOND, server::NEW_USER_BURST),
            ),
            Budget::Ephemeral => (
                quota(limits::EPHEMERAL_PER_SECOND, limits::EPHEMERAL_BURST),
                None,
                None,
            ),
            Budget::Queries => (
                quota(limits::QUERIES_PER_SECOND, limits::QUERY_BURST),
                quota(
                    rates.queries_per_address,
                    rates
                        .queries_per_address
                        .saturating_mul(server::QUERY_BURST_SECONDS),
                ),
                None,
            ),
            Budget::ReadBytes => {
                let per_second = rates.kib_read_per_address.saturating_mul(1024);
                let burst = per_second.saturating_mul(server::READ_BURST_SECONDS);
                (None, quota(per_second, burst), None)
            }
            Budget::AssetBytes => {
                let reading = rates.kib_read_per_address.saturating_mul(1024);
                let per_second = reading.saturating_mul(server::ASSET_FACTOR);
                let burst = per_second.saturating_mul(server::READ_BURST_SECONDS);
                (None, quota(per_second, burst), None)
            }
            Budget::Connections => (
                None,
                quota(server::CONNECTIONS_PER_SECOND, server::CONNECTION_BURST),
                None,
            ),
            Budget::Requests => {
                let per_second = rates.requests_per_address;
                let burst = per_second.saturating_mul(address_burst);
                (None, quota(per_second, burst), None)
            }
            Budget::Echoes => (
                None,
                quota(per_address, per_address.saturating_mul(address_burst)),
                None,
            ),
        };
        Self {
            users: Limiter::new(user),
            addresses: Limiter::new(address),
            server: Limiter::new(everybody),
        }
    }

    /// Takes tokens from each bucket of the requester, or from none.
    ///
    /// # Errors
    /// The time until the first bucket that lacks some has enough.
    pub fn take(&self, from: Requester, tokens: u32) -> Result<(), Duration> {
        if let Some(user) = from.user {
            self.users.take(&user, tokens)?;
        }
        let Some(address) = from.address else {
            return Ok(());
        };
        let taken = self.addresses.take(&address, tokens).and_then(|()| {
            let taken = self.server.take(&(), tokens);
            taken.inspect_err(|_| self.addresses.refund(&address, tokens))
        });
        taken.inspect_err(|_| {
            if let Some(user) = from.user {
                self.users.refund(&user, tokens);
            }
        })
    }

    /// Returns whether each bucket of the requester holds a token.
    ///
    /// # Errors
    /// The time until the first bucket that is empty holds one.
    pub fn check(&self, from: Requester) -> Result<(), Duration> {
        if let Some(user) = from.user {
            self.users.check(&user)?;
        }
        if let Some(address) = from.address {
            self.addresses.check(&address)?;
            self.server.check(&())?;
        }
        Ok(())
    }

    /// Takes tokens that the requester may owe.
    pub fn charge(&self, from: Requester, tokens: u32) {
        if let Some(user) = from.user {
            self.users.charge(&user, tokens);
        }
        if let Some(address) = from.address {
            self.addresses.charge(&address, tokens);
            self.server.charge(&(), tokens);
        }
    }

    /// Returns tokens.
    pub fn refund(&self, to: Requester, tokens: u32) {
        if let Some(user) = to.user {
            self.users.refund(&user, tokens);
        }
        if let Some(address) = to.address {
            self.addresses.refund(&address, tokens);
            self.server.refund(&(), tokens);
        }
    }

    /// Each bucket that is not full: whose it is, and the part of it that is missing.
    pub fn used(&self) -> Vec<(String, f64)> {
        let users = self.users.used().into_iter();
        let users = users.map(|(user, used)| (format!("user {}", user.0), used));
        let addresses = self.addresses.used().into_iter();
        let addresses = addresses.map(|(address, used)| (address.to_string(), used));
        let server = self.server.used().into_iter();
        let server = server.map(|((), used)| ("everybody".to_owned(), used));
        users.chain(addresses).chain(server).collect()
    }
}
