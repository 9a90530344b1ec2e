//! Searches for lines that break a rule of frames.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::frames(bytes));
