//! What must hold whatever bytes there are: plain functions that panic if it does not. libFuzzer
//! looks for such bytes (`cargo xtask fuzz frames`), and what it found worth keeping lies in
//! `corpus/` and is put to the same functions with every run of the tests.
//!
//! [`frames`] reads the bytes as what comes over a socket, [`timeline`] as what happens to a room's
//! log on a page, with [`bytes`] to read them, and [`writer`] as what several users send to the writer.
//!
//! Deliberately absent: any need of a nightly Rust.

#![forbid(unsafe_code)]

mod bytes;
mod frames;
mod timeline;
mod writer;

pub use frames::frames;
pub use timeline::timeline;
pub use writer::writer;
