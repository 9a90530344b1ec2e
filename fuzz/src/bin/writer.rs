//! Looks for frames that make the writer fail somebody else's.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::writer(bytes));
