//! Where the log goes.

use std::io::IsTerminal as _;

/// Logs on standard error whatever passes the filter, as in `info` or `parlor=debug`.
pub fn to_standard_error(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
