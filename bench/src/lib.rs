//! What Parlor costs under load, beside a *floor*: the least that the same work can cost, measured
//! in the same run on the same machine. `cargo xtask bench` runs it and prints a table of the
//! figures.
//!
//! A map, in reading order. [`frames`] encodes and decodes WebSocket frames, [`socket`] is one
//! nonblocking socket and [`clients`] many of them in one thread. [`delivery_check`] finds messages
//! that are lost, repeated or out of order. [`process`] runs the program under load and measures
//! what it uses. [`floor`] is the broadcaster that it is compared with, and [`sqlite_floor`] a loop
//! that only writes to the database. [`workload`] lets users send messages, [`scenarios`] has the
//! workloads, and each scenario prints [`figure`]s, which are [`quantile`]s.
//!
//! Deliberately absent: Parlor's own code, except for the frames of `client` and a limit that a
//! floor has to know. What is measured is a process at the other end of a socket, on this machine.

pub mod clients;
pub mod delivery_check;
pub mod figure;
pub mod floor;
pub mod frames;
pub mod process;
pub mod quantile;
pub mod scenarios;
pub mod socket;
pub mod sqlite_floor;
pub mod workload;
