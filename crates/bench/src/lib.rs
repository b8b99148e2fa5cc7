//! Generators of synthetic estates and the benchmarks that use them.
