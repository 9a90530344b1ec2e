//! Looks for frames that break a rule.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::frames(bytes));
