//! The source of a request, as limits see it: a user, an address, or both.

use std::net::IpAddr;

use protocol::UserId;

use super::AddressBlock;

/// The user and the address that a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requester {
    /// `None` before sign-in.
    pub user: Option<UserId>,
    /// `None` for a direct connection from the server's own machine.
    pub address: Option<AddressBlock>,
}

impl Requester {
    /// A client that has not signed in.
    pub fn at(address: Option<IpAddr>) -> Self {
        Self {
            user: None,
            address: address.map(AddressBlock::from),
        }
    }
}

/// A user, whose address has paid its part already.
impl From<UserId> for Requester {
    fn from(user: UserId) -> Self {
        Self {
            user: Some(user),
            address: None,
        }
    }
}
