//! A compressed stream of one member, unpacked at once: half the work of doing it bit by bit.
//!
//! Source: RFC 1952, "GZIP file format specification". The length and the checksum that stand at the end must be those of what was
//! unpacked, and nothing within may look like the beginning of another member; else this is left to the reader that goes bit by
//! bit, which also says what is damaged.

use libdeflater::{Decompressor, crc32};

const MAGIC_1: u8 = 0x1F;
const MAGIC_2: u8 = 0x8B;
const DEFLATE: u8 = 8;
/// Flags: that it is text, and that the name of a file follows.
const TEXT: u8 = 1;
const NAME: u8 = 8;
/// Identification, method, flags, time, further flags, system.
const HEAD: usize = 10;
/// Checksum and length.
const TAIL: usize = 8;

/// Unpacks `packed` into the beginning of `out`, which grows, to less than `limit` bytes; says how many they are. Nothing where it is not
/// one member that is whole.
pub(super) fn unpack(packed: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<usize> {
    let (rest, tail) = packed.split_at_checked(packed.len().checked_sub(TAIL)?)?;
    let (sum, length) = tail.split_at_checked(4)?;
    let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (head, mut body) = rest.split_at_checked(HEAD)?;
    match head {
        _ if length >= limit => return None,
        [MAGIC_1, MAGIC_2, DEFLATE, 0 | TEXT, ..] => {}
        [MAGIC_1, MAGIC_2, DEFLATE, flags, ..] if flags & !TEXT == NAME => {
            let name = body.iter().position(|byte| *byte == 0)?;
            body = body.get(name + 1..)?;
        }
        // Extra fields, a comment or a checksum of the head are rare.
        _ => return None,
    }
    let begins = |bytes: &[u8]| matches!(bytes, [MAGIC_1, MAGIC_2, DEFLATE]);
    if body.windows(3).any(begins) {
        return None;
    }
    if out.len() < length {
        // Files of one log are about as long as each other: room for a somewhat longer one, or each moves everything.
        out.reserve_exact(length.next_power_of_two().saturating_sub(out.len()));
        out.resize(length, 0);
    }
    let space = out.get_mut(..length)?;
    let unpacked = Decompressor::new().deflate_decompress(body, space).ok()?;
    let whole = unpacked == length && crc32(space) == u32::from_le_bytes(sum.try_into().ok()?);
    whole.then_some(length)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use flate2::{GzBuilder, read::MultiGzDecoder};
    use proptest::prelude::*;

    use super::unpack;

    const LIMIT: usize = 1 << 20;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(text).expect("memory");
        out.finish().expect("memory")
    }

    fn bit_by_bit(packed: &[u8]) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        std::io::Read::read_to_end(&mut MultiGzDecoder::new(packed), &mut all).ok()?;
        Some(all)
    }

    fn at_once(packed: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![b'?'; 7];
        let length = unpack(packed, &mut out, LIMIT)?;
        Some(out[..length].to_vec())
    }

    #[test]
    fn one_member_is_unpacked_with_a_name_or_without() {
        assert_eq!(at_once(&pack(b"some text")), Some(b"some text".to_vec()));
        assert_eq!(at_once(&pack(b"")), Some(Vec::new()));
        let mut named = GzBuilder::new()
            .filename("audit.log")
            .write(Vec::new(), Compression::default());
        named.write_all(b"named").expect("memory");
        assert_eq!(at_once(&named.finish().expect("memory")), Some(b"named".to_vec()));
    }

    #[test]
    fn several_members_damage_and_what_is_too_long_are_left_to_the_other() {
        let one = pack(b"twice the same");
        assert_eq!(at_once(&[one.clone(), one.clone()].concat()), None);
        assert_eq!(at_once(&[one.clone(), pack(b"another")].concat()), None);
        assert_eq!(at_once(&[one.clone(), b"more".to_vec()].concat()), None);
        let mut damaged = one.clone();
        damaged[one.len() - 6] ^= 1;
        assert_eq!(at_once(&damaged), None);
        for length in 0..one.len() {
            assert_eq!(at_once(&one[..length]), None, "{length}");
        }
        assert_eq!(at_once(&pack(&vec![b'a'; LIMIT])), None);
    }

    proptest! {
        // at_once(x) = bit_by_bit(x), or nothing
        #[test]
        fn both_ways_tell_the_same(texts in prop::collection::vec("[ab]{0,40}", 1..3), cut in any::<prop::sample::Index>(), flip in 0_u8..3) {
            let mut packed: Vec<u8> = texts.iter().flat_map(|text| pack(text.as_bytes())).collect();
            let at = cut.index(packed.len());
            packed[at] ^= flip;
            if let Some(text) = at_once(&packed) {
                prop_assert_eq!(Some(text), bit_by_bit(&packed));
            } else {
                prop_assert!(texts.len() > 1 || flip > 0);
            }
        }
    }
}
