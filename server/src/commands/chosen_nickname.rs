//! Which nicknames users and programs may choose on this server.

use protocol::{Nickname, Refusal};

use crate::config::Config;

/// Reads a nickname that somebody chooses.
///
/// # Errors
/// [`protocol::Code::BadNickname`].
pub fn parse(config: &Config, typed: &str) -> Result<Nickname, Refusal> {
    Nickname::parse_chosen(typed, config.proxies.own_hosts())
}

/// Checks a nickname that somebody may have had for long.
///
/// # Errors
/// [`protocol::Code::BadNickname`] if nobody may choose it now.
pub fn check(config: &Config, nickname: &Nickname) -> Result<(), Refusal> {
    parse(config, nickname.as_str()).map(|_| ())
}
