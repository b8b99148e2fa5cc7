//! Feeds the fuzz function of guards with whatever the fuzzer makes up.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| leastwise_permset::fuzz::fuzz_guards(bytes));
