//! What Parlor costs under load, beside the least that it could cost, measured in the same run on the
//! same machine. `cargo xtask bench` runs it and makes a table of what it says.
//!
//! The map, in reading order: [`frames`] walks through WebSocket frames, [`line`] is one socket,
//! [`crowd`] many of them with one thread. [`ledger`] notices what is lost, repeated or out of order,
//! [`process`] is the program under load and what it costs, [`floor`] the broadcaster that it is
//! compared with, [`bare`] the loop that only writes to the disk. [`talk`] lets a crowd talk,
//! [`scenarios`] says who talks where, and each scenario ends in [`figure`]s, of [`quantile`]s.
//!
//! Deliberately absent: Parlor's own code, except for the frames of `client` and a limit that a floor
//! has to know. What is measured is a process at the other end of a socket, on this machine.

pub mod bare;
pub mod crowd;
pub mod figure;
pub mod floor;
pub mod frames;
pub mod ledger;
pub mod line;
pub mod process;
pub mod quantile;
pub mod scenarios;
pub mod talk;
