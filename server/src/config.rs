//! The settings of a running server.
//!
//! A setting comes from its flag, its environment variable, the file that `--config` names, or its
//! default, in this order. [`Fallbacks`] has the values that apply without a flag and a variable:
//! those of variables with old names, and those of the file. This module does not know which
//! subcommands have these settings.

mod fallbacks;
mod file;
mod limits;
mod listening;
mod proxies;
mod storage;
mod tls;

use std::{path::PathBuf, time::Duration};

use clap::Args;

pub use self::{
    fallbacks::Fallbacks, limits::LimitOptions, listening::ListeningOptions, proxies::ProxyOptions,
    storage::StorageOptions, tls::CertificateSource,
};
use crate::store::Durability;

/// Every option of a running Parlor.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// A TOML file with any of these options, under their long names
    #[arg(long, env = "PARLOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(flatten)]
    pub listening: ListeningOptions,

    /// The data directory, where everything is stored
    #[arg(
        long,
        env = "PARLOR_DATA",
        value_name = "DIRECTORY",
        default_value = "./parlor-data"
    )]
    pub data: PathBuf,

    /// How safely a message is stored before it is delivered: `full`, on the disk; `normal`, in
    /// the operating system, so a power failure may lose the most recent messages
    #[arg(
        long,
        env = "PARLOR_DURABILITY",
        value_name = "LEVEL",
        default_value = "full"
    )]
    pub durability: Durability,

    /// Let people join with just a nickname
    #[arg(long, env = "PARLOR_GUESTS", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub guests: bool,

    #[command(flatten)]
    pub limits: LimitOptions,

    /// Milliseconds to delay a busy room's messages so that they are written together; 0 for
    /// no delay
    #[arg(
        long,
        alias = "linger-ms",
        env = "PARLOR_FLUSH_DELAY_MS",
        value_name = "MILLISECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(..=1_000)
    )]
    pub flush_delay_ms: u16,

    #[command(flatten)]
    pub proxies: ProxyOptions,

    /// Seconds to reserve a nickname after the user's last connection closes
    #[arg(
        long,
        alias = "hold-seconds",
        env = "PARLOR_NICKNAME_RESERVATION_SECONDS",
        value_name = "SECONDS",
        default_value_t = 24 * 60 * 60
    )]
    pub nickname_reservation_seconds: u32,

    /// Seconds to reserve a nickname after a bot's last connection closes
    #[arg(
        long,
        alias = "program-hold-seconds",
        env = "PARLOR_BOT_RESERVATION_SECONDS",
        value_name = "SECONDS",
        default_value_t = 60
    )]
    pub bot_reservation_seconds: u32,

    /// Seconds to keep showing a user as online after their last connection closes
    #[arg(
        long,
        env = "PARLOR_PRESENCE_GRACE_SECONDS",
        value_name = "SECONDS",
        default_value_t = 10
    )]
    pub presence_grace_seconds: u32,

    #[command(flatten)]
    pub storage: StorageOptions,

    /// What to log on standard error, such as `info` or `parlor=debug`
    #[arg(
        long,
        env = "PARLOR_LOG",
        value_name = "FILTER", value_parser = console::check_filter,
        default_value = "info"
    )]
    pub log: String,
}

impl Config {
    /// How long a user's nickname stays reserved after the user's last connection.
    pub fn nickname_reservation(&self) -> Duration {
        Duration::from_secs(self.nickname_reservation_seconds.into())
    }

    /// How long a bot's nickname stays reserved after the bot's last connection.
    pub fn bot_reservation(&self) -> Duration {
        Duration::from_secs(self.bot_reservation_seconds.into())
    }

    /// How long frames for a busy room may wait for more.
    pub fn flush_delay(&self) -> Duration {
        Duration::from_millis(self.flush_delay_ms.into())
    }

    /// How long a disconnected user still shows as online.
    pub fn presence_grace(&self) -> Duration {
        Duration::from_secs(self.presence_grace_seconds.into())
    }
}

#[cfg(test)]
impl Config {
    /// The default settings, on this data directory.
    pub fn on(data: &std::path::Path) -> Self {
        let command = Self::augment_args(clap::Command::new("serve"));
        let matches = command.get_matches_from(["serve".as_ref(), "--data".as_ref(), data]);
        clap::FromArgMatches::from_arg_matches(&matches).expect("valid options")
    }
}
