//! The options of `parlor room`, and what it prints.

use clap::{Args, Subcommand};

use super::{DataArg, print_row, run, time};
use crate::control::{Answer, Request};

/// Public rooms.
#[derive(Args, Clone, Debug)]
pub struct RoomCommand {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: RoomSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum RoomSubcommand {
    /// List the public rooms: name, messages, users present, and the time of the newest message
    List,
    /// Remove a public room with its messages, games and webhooks
    Remove {
        /// The room
        #[arg(long)]
        room: String,
    },
}

impl RoomCommand {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let request = match self.subcommand {
            RoomSubcommand::List => Request::Rooms,
            RoomSubcommand::Remove { room } => Request::RemoveRoom { room },
        };
        run(&self.data, request, |answer| {
            let Answer::Rooms(rooms) = answer else {
                return Ok(());
            };
            for room in rooms {
                let last_at = time(room.last_at);
                print_row(&[&room.name, &room.messages, &room.online, &last_at])?;
            }
            Ok(())
        })
    }
}
