//! How fast this machine is today.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::Random;

/// Numbers sorted and hashed in one round.
const NUMBERS: usize = 1_000_000;
/// Rounds, of which the median counts.
const ROUNDS: usize = 5;

/// The median time of a fixed piece of work on one core: make, sort and hash a million 64-bit numbers.
///
/// Printed beside every figure, so that figures of different machines and days can be compared as ratios. Takes under a second in a release
/// build on a machine of 2024; meaningless in a debug build.
pub fn calibration() -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            black_box(work(black_box(NUMBERS)));
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// The fixed work: FNV-1a over the sorted numbers.
fn work(count: usize) -> u64 {
    let mut random = Random::new(42);
    let mut numbers: Vec<u64> = (0..count).map(|_| random.next_u64()).collect();
    numbers.sort_unstable();
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
}

#[cfg(test)]
mod tests {
    use super::work;

    #[test]
    fn the_work_is_the_same_every_time() {
        assert_eq!(work(10_000), work(10_000));
        assert_ne!(work(10_000), work(10_001));
    }
}
