//! The options that limit what one client may do.

use clap::Args;

use crate::rate_limit::Rates;

/// The highest value of an option, more than any server can do.
const MOST: i64 = 1_000_000;

/// Limits for each IP address. An IPv6 address counts as its /64 block. Direct connections from the
/// server's own machine are exempt.
#[derive(Args, Clone, Debug)]
pub struct LimitOptions {
    /// Messages a user may send per second, with bursts of twice as many; 0 for no limit
    #[arg(long, env = "PARLOR_MESSAGES_PER_SECOND", value_name = "N", default_value_t = protocol::limits::MESSAGES_PER_SECOND, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub messages_per_second: u32,

    /// Messages all users of one IP address may send per second, with bursts of ten times as many;
    /// 0 for no limit
    #[arg(long, env = "PARLOR_MESSAGES_PER_ADDRESS", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub messages_per_address: u32,

    /// Sign-ins one IP address may make per minute; 0 for no limit
    #[arg(long, env = "PARLOR_SIGN_INS_PER_ADDRESS", value_name = "N", default_value_t = protocol::limits::SIGN_INS_PER_MINUTE, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub sign_ins_per_address: u32,

    /// Sockets one IP address may have open; 0 for no limit
    #[arg(long, env = "PARLOR_SOCKETS_PER_ADDRESS", value_name = "N", default_value_t = protocol::limits::SOCKETS_PER_ADDRESS, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub sockets_per_address: u32,

    /// Rooms one IP address may create per hour; 0 for no limit
    #[arg(
        long,
        env = "PARLOR_ROOMS_PER_ADDRESS",
        value_name = "N",
        default_value_t = 60, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub rooms_per_address: u32,

    /// Requests and frames one IP address may send per second, with bursts of ten times as many;
    /// beyond that they are answered later. 0 for no limit
    #[arg(
        long,
        env = "PARLOR_REQUESTS_PER_ADDRESS",
        value_name = "N",
        default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub requests_per_address: u32,

    /// Pages, joins, and other queries one IP address may make per second, with bursts of 25 times
    /// as many; 0 for no limit
    #[arg(
        long,
        env = "PARLOR_QUERIES_PER_ADDRESS",
        value_name = "N",
        default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub queries_per_address: u32,

    /// KiB of messages and pages one IP address may read per second, with bursts of fifteen times
    /// as much; 0 for no limit
    #[arg(
        long,
        env = "PARLOR_READ_KIB_PER_ADDRESS",
        value_name = "KIB",
        default_value_t = 2048, value_parser = clap::value_parser!(u32).range(..=MOST))]
    pub read_kib_per_address: u32,
}

impl LimitOptions {
    /// The rates of the server.
    pub fn rates(&self) -> Rates {
        Rates {
            messages_per_user: self.messages_per_second,
            messages_per_address: self.messages_per_address,
            sign_ins_per_address: self.sign_ins_per_address,
            rooms_per_address: self.rooms_per_address,
            requests_per_address: self.requests_per_address,
            queries_per_address: self.queries_per_address,
            kib_read_per_address: self.read_kib_per_address,
            sockets_per_address: self.sockets_per_address,
        }
    }
}
