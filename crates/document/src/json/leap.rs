//! Leaping over a map or list by counting brackets outside of strings, 64 bytes at a time.
//!
//! Looking ahead goes over nearly the whole file once more, so it must cost little beside reading it. Tokens
//! are short and their lengths unpredictable, so a loop over tokens spends its time on mispredicted branches;
//! bit masks over blocks have none (the method of Langdale and Lemire, "Parsing Gigabytes of JSON per
//! Second", section 3.1, with words in place of vector registers).

const ONES: u64 = 0x0101_0101_0101_0101;
const DIAGONAL: u64 = 0x8040_2010_0804_0201;
const EVEN: u64 = 0x5555_5555_5555_5555;

/// What stands in 64 bytes, one bit a byte.
struct Block {
    quote: u64,
    backslash: u64,
    open: u64,
    close: u64,
}

/// One bit for each byte that is `byte` once the bits of `fold` are set. Written so that compilers compare many bytes at once: as a
/// loop, for `map` of an array is a call for each byte where crates are not optimized together.
#[inline]
fn equal(bytes: &[u8; 64], fold: u8, byte: u8) -> u64 {
    let mut same = [0_u8; 64];
    for (to, one) in same.iter_mut().zip(bytes) {
        *to = if one | fold == byte { 0xFF } else { 0 };
    }
    let (words, _) = same.as_chunks::<8>();
    words.iter().enumerate().fold(0, |mask, (index, word)| {
        // Byte i keeps bit i, and the multiplication gathers them in the highest byte.
        let word = u64::from_le_bytes(*word) & DIAGONAL;
        mask | (word.wrapping_mul(ONES) >> 56) << (8 * index)
    })
}

fn block(bytes: &[u8; 64]) -> Block {
    Block {
        quote: equal(bytes, 0, b'"'),
        backslash: equal(bytes, 0, b'\\'),
        // `[` and `{`, `]` and `}` differ in this bit only.
        open: equal(bytes, 0x20, b'{'),
        close: equal(bytes, 0x20, b'}'),
    }
}

/// What one block leaves for the next.
#[derive(Default)]
struct Carry {
    /// 1 if the first byte of the next block is escaped.
    escaped: u64,
    /// All ones if the next block begins within a string.
    within: u64,
}

impl Carry {
    /// The characters escaped by a backslash: those behind an odd number of them.
    fn escaped(&mut self, backslash: u64) -> u64 {
        let backslash = backslash & !self.escaped;
        let follows = (backslash << 1) | self.escaped;
        let odd_starts = backslash & !EVEN & !follows;
        let (even_ends, over) = odd_starts.overflowing_add(backslash);
        self.escaped = u64::from(over);
        (EVEN ^ (even_ends << 1)) & follows
    }

    /// The bytes within strings, opening quotes included.
    fn within(&mut self, quote: u64) -> u64 {
        let mut within = quote;
        for shift in [1, 2, 4, 8, 16, 32] {
            within ^= within << shift;
        }
        within ^= self.within;
        self.within = 0_u64.wrapping_sub(within >> 63);
        within
    }
}

/// Length of the map or list that the bytes begin with; none if it does not end.
///
/// Only for looking ahead: what is malformed inside is noticed when the value is read.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks::<64>();
    let mut last = [b' '; 64];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    let mut carry = Carry::default();
    let mut open = 0_u64;
    for (index, bytes) in blocks.iter().chain([&last]).enumerate() {
        let block = block(bytes);
        let escaped = carry.escaped(block.backslash);
        let within = carry.within(block.quote & !escaped);
        let opening = block.open & !within;
        let mut closing = block.close & !within;
        if u64::from(closing.count_ones()) < open {
            open = open + u64::from(opening.count_ones()) - u64::from(closing.count_ones());
            continue;
        }
        while closing != 0 {
            let bit = closing.trailing_zeros();
            let before = (1_u64 << bit) - 1;
            let passed = u64::from((block.close & !within & before).count_ones()) + 1;
            if open + u64::from((opening & before).count_ones()) <= passed {
                return Some(index * 64 + bit as usize + 1);
            }
            closing &= closing - 1;
        }
        open = open + u64::from(opening.count_ones()) - u64::from((block.close & !within).count_ones());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obvious twin: byte by byte.
    fn length_slowly(bytes: &[u8]) -> Option<usize> {
        let (mut open, mut within, mut escaped) = (0_i64, false, false);
        for (index, byte) in bytes.iter().enumerate() {
            // A backslash counts for quotes only: outside of strings there is none in JSON.
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                b'\\' => escaped = !was_escaped,
                b'"' if !was_escaped => within = !within,
                b'[' | b'{' if !within => open += 1,
                b']' | b'}' if !within => {
                    open -= 1;
                    if open <= 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    #[test]
    fn brackets_and_quotes_within_strings_do_not_count() {
        let text = br#"[{"a]": "\"]", "b": ["\\", "}"]}] , "kind": "List"}"#;
        assert_eq!(length(text), Some(33));
        assert_eq!(length(&text[..32]), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]
        #[test]
        fn blocks_agree_with_the_obvious_twin(text in r#"\[[\[\]{}"\\ a\]{"ä]{0,400}"#) {
            assert_eq!(length(text.as_bytes()), length_slowly(text.as_bytes()));
        }

        // Long enough for the end to fall anywhere in a block.
        #[test]
        fn blocks_agree_on_long_runs(text in r#"\[([^\[\]{}]{0,90}["\\\[\]]){0,12}\]"#) {
            assert_eq!(length(text.as_bytes()), length_slowly(text.as_bytes()));
        }
    }
}
