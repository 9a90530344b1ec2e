//! Rules that must be true for any input bytes, as plain functions that panic if one is broken.
//!
//! libFuzzer searches for inputs that break a rule (`cargo xtask fuzz frames`). Inputs that are
//! worth keeping are in `corpus/`, and every run of the tests passes them to the same functions.
//!
//! [`frames`] reads the bytes as lines of a socket, [`timeline`] as what happens to a room's log on
//! a page, and [`writer`] as what several users send to the writer. [`bytes`] turns bytes into
//! numbers.
//!
//! Deliberately absent: anything that needs a nightly Rust.

#![forbid(unsafe_code)]

mod bytes;
mod frames;
mod timeline;
mod writer;

pub use frames::frames;
pub use timeline::timeline;
pub use writer::writer;
