//! A small deterministic generator of random numbers.

/// SplitMix64: one 64-bit word of state, the same numbers on every machine.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014). Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 if `end` is 0. The bias of the multiplication is below 2^-32 for our sizes.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next_u64()) * (end as u128);
        (wide >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A number from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`; `fallback` only if there are none.
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T], fallback: &'a T) -> &'a T {
        items.get(self.below(items.len())).copied().unwrap_or(fallback)
    }

    /// `count` different numbers below `end` in random order; all of them if there are fewer.
    pub fn sample(&mut self, end: usize, count: usize) -> Vec<usize> {
        let count = count.min(end);
        let mut chosen = Vec::with_capacity(count);
        if count * 3 >= end {
            let mut all: Vec<usize> = (0..end).collect();
            for _ in 0..count {
                let at = self.below(all.len());
                chosen.push(all.swap_remove(at));
            }
        } else {
            while chosen.len() < count {
                let number = self.below(end);
                if !chosen.contains(&number) {
                    chosen.push(number);
                }
            }
        }
        chosen
    }

    /// An index into `weights`, as likely as its weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Puts `items` in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.below(end + 1);
            items.swap(end, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_sample_has_no_duplicates_and_stays_below_its_end() {
        let mut random = Random::new(1);
        for (end, count) in [(5, 5), (5, 9), (1000, 3), (0, 2)] {
            let mut sample = random.sample(end, count);
            sample.sort_unstable();
            sample.dedup();
            assert_eq!(sample.len(), count.min(end));
            assert!(sample.iter().all(|number| *number < end));
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // First outputs for seed 1234567 of the reference implementation by Vigna (splitmix64.c).
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_weight_of_nothing_is_never_chosen() {
        let mut random = Random::new(3);
        assert!((0..1000).all(|_| random.weighted(&[1.0, 0.0, 2.0]) != 1));
    }
}
