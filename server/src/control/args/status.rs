//! `parlor status`, and what it prints.

use std::io;

use clap::Args;

use super::{DataArg, print_row, run};
use crate::control::{Answer, Request, ServerStatus};

/// How a running server is.
#[derive(Args, Clone, Debug)]
pub struct StatusCommand {
    #[command(flatten)]
    data: DataArg,
}

impl StatusCommand {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`]; also if no server uses the data directory.
    pub fn run(self) -> anyhow::Result<()> {
        run(&self.data, Request::Status, |answer| match answer {
            Answer::Status(status) => print(&status),
            _ => Ok(()),
        })
    }
}

/// Prints a line for each fact, then one for each of the busiest entries of the rate limiter.
fn print(status: &ServerStatus) -> io::Result<()> {
    print_row(&[&"version", &status.version])?;
    print_row(&[&"health", &status.health])?;
    print_row(&[&"uptime-seconds", &status.uptime_seconds])?;
    print_row(&[&"connections", &status.connections])?;
    print_row(&[&"users-online", &status.users_online])?;
    print_row(&[&"rooms", &status.rooms])?;
    print_row(&[&"messages", &status.messages])?;
    print_row(&[&"data-bytes", &status.data_bytes])?;
    print_row(&[&"free-disk-bytes", &status.free_disk_bytes])?;
    for entry in &status.busiest {
        print_row(&[&"busiest", &entry.who, &entry.budget, &entry.percent_used])?;
    }
    Ok(())
}
