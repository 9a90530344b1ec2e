//! Searches for steps that break a rule of the timeline.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::timeline(bytes));
