//! Searches for frames that break a rule of the writer.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::writer(bytes));
