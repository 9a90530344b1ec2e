//! Where the server listens, and how many connections it accepts.

use clap::Args;

use super::tls::TlsOptions;
use crate::accept::ListenAddress;

/// The options of the listeners.
#[derive(Args, Clone, Debug)]
pub struct ListeningOptions {
    /// The addresses to listen on: an IP address and a port, where port 0 picks a free one, or
    /// `unix:` and the path of a socket
    #[arg(
        long,
        env = "PARLOR_LISTEN",
        value_name = "ADDRESS:PORT|unix:PATH",
        value_delimiter = ',',
        default_value = "127.0.0.1:3000"
    )]
    pub listen: Vec<ListenAddress>,

    /// Connections that may be open at the same time [default: 100000, or as many as the limit on
    /// open files allows]
    #[arg(
        long,
        env = "PARLOR_MAX_CONNECTIONS",
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub max_connections: Option<u64>,

    /// Connections that one IPv4 address or IPv6 /64 block may have at the same time; 0 for no
    /// limit. This machine and trusted proxies are exempt
    #[arg(
        long,
        env = "PARLOR_CONNECTIONS_PER_ADDRESS",
        value_name = "N",
        default_value_t = 300
    )]
    pub connections_per_address: u32,

    /// Serve `/echo`, a socket for testing clients and proxies
    #[arg(
        long,
        env = "PARLOR_ECHO",
        value_name = "BOOL",
        default_value_t = true,
        action = clap::ArgAction::Set
    )]
    pub echo: bool,

    #[command(flatten)]
    pub tls: TlsOptions,
}
