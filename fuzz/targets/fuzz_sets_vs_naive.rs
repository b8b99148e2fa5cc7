//! Feeds this fuzz function with whatever the fuzzer makes up.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| leastwise_permset::fuzz::fuzz_sets_vs_naive(bytes));
