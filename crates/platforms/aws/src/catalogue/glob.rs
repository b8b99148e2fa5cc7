//! Action patterns: ASCII case-insensitive, `*` any text, `?` any one character.
//!
//! Action names are ASCII, so bytes are characters. Source: IAM User Guide, "IAM JSON policy elements: Action".

use std::cmp::Ordering;

/// A pattern, lower-cased, split into the literal text before its first wildcard and the rest.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    prefix: Vec<u8>,
    rest: Vec<u8>,
    /// The number of wildcards.
    wildcards: usize,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let mut prefix = pattern.to_ascii_lowercase().into_bytes();
        let at = prefix
            .iter()
            .position(|byte| matches!(byte, b'*' | b'?'))
            .unwrap_or(prefix.len());
        let mut rest = prefix.split_off(at);
        rest.dedup_by(|a, b| *a == b'*' && *b == b'*');
        let wildcards = rest.iter().filter(|byte| matches!(byte, b'*' | b'?')).count();
        Glob {
            prefix,
            rest,
            wildcards,
        }
    }

    /// The literal text every match starts with, lower-cased.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Whether everything that starts with the prefix matches.
    pub(super) fn is_prefix_only(&self) -> bool {
        self.rest == b"*"
    }

    /// Whether the whole text matches. Grows with text × pattern at worst, with the text as a rule.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let Some((head, tail)) = text.split_at_checked(self.prefix.len()) else {
            return false;
        };
        if !head.eq_ignore_ascii_case(&self.prefix) {
            return false;
        }
        // `*Policy`: most patterns with a star hold nothing but literal text behind it.
        match (self.rest.split_first(), self.wildcards) {
            (None, _) => tail.is_empty(),
            (Some((b'*', literal)), 1) => ends_with(tail, literal),
            _ => wildcard(&self.rest, tail),
        }
    }
}

/// Whether `text` ends with `literal`, which is lower-cased.
fn ends_with(text: &[u8], literal: &[u8]) -> bool {
    let from = text.len().checked_sub(literal.len());
    from.and_then(|from| text.get(from..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(literal))
}

/// Greedy matching with one point of return: the last `*` seen.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                back = Some((p, t));
            }
            Some(wanted) if *wanted == b'?' || *wanted == byte.to_ascii_lowercase() => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                p = star;
                t = from + 1;
                back = Some((star, t));
            }
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

/// Compares as if both were lower-cased.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.iter()
        .map(u8::to_ascii_lowercase)
        .cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// Whether `text` starts with `prefix` as if both were lower-cased.
pub(super) fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
