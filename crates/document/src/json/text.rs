//! Texts, numbers and words of JSON.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Reader, Stop};
use crate::fault::FaultKind;
use crate::node::Value;

/// What an escape stands for.
enum Escape {
    /// A character, and the bytes of the escape from its backslash.
    Character(char, usize),
    /// Nothing; the bytes to show.
    Wrong(usize),
}

fn hex4(bytes: Option<&[u8]>) -> Option<u32> {
    bytes?.iter().try_fold(0, |number, byte| {
        Some(number * 16 + char::from(*byte).to_digit(16)?)
    })
}

/// Reads the escape that `bytes` begin with.
fn escape(bytes: &[u8]) -> Escape {
    let character = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let Some(first) = hex4(bytes.get(2..6)) else {
                return Escape::Wrong(2);
            };
            if let Some(character) = char::from_u32(first) {
                return Escape::Character(character, 6);
            }
            let low = match bytes.get(6..8) {
                Some(b"\\u") => hex4(bytes.get(8..12)),
                _ => None,
            };
            return match low {
                Some(low @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
                    let number = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
                    char::from_u32(number).map_or(Escape::Wrong(6), |c| Escape::Character(c, 12))
                }
                _ => Escape::Wrong(6),
            };
        }
        _ => return Escape::Wrong(2),
    };
    Escape::Character(character, 2)
}

/// A key between its quotes, for messages.
pub(crate) fn unescape_lossy(raw: &[u8]) -> Cow<'_, str> {
    if !raw.contains(&b'\\') {
        return String::from_utf8_lossy(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((first, tail)) = rest.split_first() {
        match (*first == b'\\').then(|| escape(rest)) {
            Some(Escape::Character(character, length)) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = rest.get(length..).unwrap_or_default();
            }
            Some(Escape::Wrong(_)) | None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Whether the bytes are one JSON number and nothing else.
pub(crate) fn is_number(bytes: &[u8]) -> bool {
    !bytes.is_empty() && number_length(bytes) == Ok(bytes.len())
}

/// Length of the JSON number that the bytes begin with; else where a digit is missing.
fn number_length(bytes: &[u8]) -> Result<usize, usize> {
    let digits = |from: usize| {
        let count = bytes
            .iter()
            .skip(from)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 { Err(from) } else { Ok(from + count) }
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut end = if bytes.get(start) == Some(&b'0') {
        start + 1
    } else {
        digits(start)?
    };
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = digits(end + 1 + sign)?;
    }
    Ok(end)
}

impl Reader<'_, '_> {
    /// Reads the text whose opening quote stands at the cursor.
    pub(super) fn text(&mut self) -> Result<Box<str>, Stop> {
        let start = self.cursor.at + 1;
        let plain = self.cursor.plain(start);
        if self.cursor.bytes.get(plain.end) != Some(&b'"') {
            return self.text_with_escapes(plain.end, plain.wide);
        }
        let raw = self.cursor.slice(start, plain.end);
        let text = if raw.len() > self.limits.text_max {
            self.lose(FaultKind::TextTooLong(self.limits.text_max));
            Box::default()
        } else if let Ok(text) = std::str::from_utf8(raw) {
            text.into()
        } else {
            self.lose_not_utf8(start, raw);
            Box::default()
        };
        self.cursor.step_to(plain.end + 1, plain.wide);
        Ok(text)
    }

    /// The same for a key, shared with equal ones.
    pub(super) fn key_text(&mut self) -> Result<Arc<str>, Stop> {
        let start = self.cursor.at + 1;
        let plain = self.cursor.plain(start);
        if self.cursor.bytes.get(plain.end) == Some(&b'"')
            && plain.end - start <= self.limits.text_max
            && let Some(name) = self.names.share(self.cursor.slice(start, plain.end))
        {
            self.cursor.step_to(plain.end + 1, plain.wide);
            return Ok(name);
        }
        self.text().map(Arc::from)
    }

    /// The same where the plain part ends at something else than the closing quote.
    fn text_with_escapes(&mut self, plain_end: usize, mut wide: bool) -> Result<Box<str>, Stop> {
        let start = self.cursor.at + 1;
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        out.extend_from_slice(self.cursor.slice(start, plain_end));
        let mut wrong = None;
        let mut at = plain_end;
        loop {
            let rest = self.cursor.bytes.get(at..).unwrap_or_default();
            match rest.first() {
                Some(b'"') => break,
                Some(b'\\') if rest.len() > 1 => match escape(rest) {
                    Escape::Character(character, length) => {
                        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                        at += length;
                    }
                    Escape::Wrong(length) => {
                        wrong.get_or_insert((at, length));
                        at += 1;
                    }
                },
                Some(0..=0x1F) => {
                    self.cursor.step_to(at, true);
                    return Err(self.unexpected("the rest of a text"));
                }
                _ => {
                    self.cursor.step_to(self.cursor.bytes.len(), true);
                    return Err(self.stop(FaultKind::Truncated));
                }
            }
            let plain = self.cursor.plain(at);
            wide |= plain.wide;
            out.extend_from_slice(self.cursor.slice(at, plain.end));
            at = plain.end;
        }
        let raw = self.cursor.slice(start, at);
        let mut text = Box::default();
        if raw.len() > self.limits.text_max {
            self.lose(FaultKind::TextTooLong(self.limits.text_max));
        } else if let Some((offset, length)) = wrong {
            let shown = String::from_utf8_lossy(self.cursor.slice(offset, offset + length)).into();
            self.lose_at(FaultKind::Escape(shown), self.cursor.position_ahead(offset));
        } else if let Ok(whole) = std::str::from_utf8(&out) {
            text = whole.into();
        } else {
            self.lose_not_utf8(start, raw);
        }
        self.cursor.step_to(at + 1, wide);
        self.scratch = out;
        Ok(text)
    }

    fn lose_not_utf8(&mut self, start: usize, raw: &[u8]) {
        let valid = std::str::from_utf8(raw)
            .err()
            .map_or(0, |error| error.valid_up_to());
        let byte = raw.get(valid).copied().unwrap_or_default();
        self.lose_at(
            FaultKind::NotUtf8(byte),
            self.cursor.position_ahead(start + valid),
        );
    }

    pub(super) fn number(&mut self) -> Result<Value, Stop> {
        let rest = self.cursor.rest();
        match number_length(rest) {
            Ok(length) => {
                let text = std::str::from_utf8(rest.get(..length).unwrap_or_default()).unwrap_or_default();
                let value = if length > self.limits.text_max {
                    self.lose(FaultKind::TextTooLong(self.limits.text_max));
                    Value::Null
                } else {
                    Value::Number(text.into())
                };
                self.cursor.at += length;
                Ok(value)
            }
            Err(missing) => {
                self.cursor.at += missing;
                Err(self.unexpected("a digit"))
            }
        }
    }

    pub(super) fn word(&mut self, word: &[u8], value: Value) -> Result<Value, Stop> {
        let same = self
            .cursor
            .rest()
            .iter()
            .zip(word)
            .take_while(|(a, b)| a == b)
            .count();
        if same == word.len() {
            self.cursor.at += same;
            Ok(value)
        } else if same == self.cursor.rest().len() {
            self.cursor.at += same;
            Err(self.stop(FaultKind::Truncated))
        } else {
            Err(self.unexpected("`true`, `false`, `null` or a text in double quotes"))
        }
    }
}
