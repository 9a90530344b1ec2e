//! Looks for a story that breaks a rule of a room's log.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::timeline(bytes));
