//! Reading a few members of many JSON values, without trees and without copies.
//!
//! Audit logs are millions of small maps of which a dozen members matter. A [`Skim`] walks over such a map member by member;
//! what is not asked for is passed over by counting brackets, at a small part of the price of reading. Values may end
//! outside of the bytes at hand: then every method says [`Stop::End`], and the caller begins the value again with more.
//!
//! ```
//! use leastwise_document::skim::Skim;
//!
//! let mut record = Skim::new(br#"{"who": {"name": "r\u0065ader"}, "noise": [1, {"a": "]"}], "when": "noon"}"#);
//! let (mut name, mut when) = (None, None);
//! let mut map = record.map()?;
//! while let Some(key) = record.key(&mut map)? {
//!     match key {
//!         b"who" => {
//!             let mut inner = record.map()?;
//!             while let Some(key) = record.key(&mut inner)? {
//!                 match key {
//!                     b"name" => name = record.text()?,
//!                     _ => record.skip()?,
//!                 }
//!             }
//!         }
//!         b"when" => when = record.text()?,
//!         _ => record.skip()?,
//!     }
//! }
//! assert_eq!(name.map(|name| name.get().into_owned()).as_deref(), Some("reader"));
//! assert_eq!(when.map(|when| when.get().into_owned()).as_deref(), Some("noon"));
//! # Ok::<(), leastwise_document::skim::Stop>(())
//! ```
//!
//! What is passed over is checked for its brackets and quotes only. Keys are compared as they are written: a key that is
//! spelled with escapes is not recognized. Of a repeated key every value is seen, in order.

use std::borrow::Cow;

use crate::json::{leap, text};

/// Why a value cannot be walked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The bytes end before the value does.
    End,
    /// It is not JSON: what was expected, and where, counted in bytes from the beginning.
    Malformed {
        /// Where.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::End => f.write_str("it ends too early"),
            Self::Malformed { expected, .. } => write!(f, "expected {expected}"),
        }
    }
}

impl std::error::Error for Stop {}

/// A map or list that is being walked over.
#[derive(Debug)]
pub struct Open {
    first: bool,
}

/// A text between its quotes, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    /// The text; bytes that are not UTF-8 and escapes that mean nothing are replaced or left as they are.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Cow<'a, str> {
        if self.escaped {
            return text::unescape_lossy(self.raw);
        }
        // Telling that it is UTF-8 is several times as fast as looking for what is not.
        match std::str::from_utf8(self.raw) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.raw),
        }
    }

    /// The bytes between the quotes.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }
}

/// A walk over a JSON value.
#[derive(Clone, Debug)]
pub struct Skim<'a> {
    bytes: &'a [u8],
    at: usize,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A word with the high bit set in the first byte that equals `byte` (and perhaps in later ones).
fn marks(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & HIGHS
}

impl<'a> Skim<'a> {
    /// A walk over the value that the bytes begin with, white space aside.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes lie behind.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    fn expected<T>(&self, expected: &'static str) -> Result<T, Stop> {
        Err(Stop::Malformed {
            at: self.at,
            expected,
        })
    }

    /// The next byte that is not white space, which is not passed.
    ///
    /// # Errors
    /// [`Stop::End`] where there is none.
    #[inline]
    pub fn peek(&mut self) -> Result<u8, Stop> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(Stop::End)
    }

    #[inline]
    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Stop> {
        if self.peek()? != byte {
            return self.expected(expected);
        }
        self.at += 1;
        Ok(())
    }

    /// Enters a map.
    ///
    /// # Errors
    /// Where none begins here.
    pub fn map(&mut self) -> Result<Open, Stop> {
        self.take(b'{', "a map")?;
        Ok(Open { first: true })
    }

    /// Enters a list.
    ///
    /// # Errors
    /// Where none begins here.
    pub fn list(&mut self) -> Result<Open, Stop> {
        self.take(b'[', "a list")?;
        Ok(Open { first: true })
    }

    /// The next key of a map, as written between its quotes; its value must be read or skipped before the next one is asked
    /// for. Nothing at the end of the map, which is then passed.
    ///
    /// # Errors
    /// Where the map ends too early or is malformed.
    #[inline]
    pub fn key(&mut self, open: &mut Open) -> Result<Option<&'a [u8]>, Stop> {
        match self.peek()? {
            b'}' => {
                self.at += 1;
                return Ok(None);
            }
            b',' if !open.first => {
                self.at += 1;
                self.peek()?;
            }
            _ if open.first => {}
            _ => return self.expected("`,` or `}`"),
        }
        open.first = false;
        let key = self.quoted("a key")?;
        self.take(b':', "`:`")?;
        Ok(Some(key.raw))
    }

    /// The key of a member of a map that was entered by another walk, as [`Skim::key`].
    ///
    /// # Errors
    /// Where no key stands here, or it ends too early.
    pub fn member(&mut self) -> Result<&'a [u8], Stop> {
        self.peek()?;
        let key = self.quoted("a key")?;
        self.take(b':', "`:`")?;
        Ok(key.raw)
    }

    /// Whether a list has a further element, which then must be read or skipped. At the end of the list that is passed.
    ///
    /// # Errors
    /// Where the list ends too early or is malformed.
    #[inline]
    pub fn element(&mut self, open: &mut Open) -> Result<bool, Stop> {
        match self.peek()? {
            b']' => {
                self.at += 1;
                return Ok(false);
            }
            b',' if !open.first => self.at += 1,
            _ if open.first => {}
            _ => return self.expected("`,` or `]`"),
        }
        open.first = false;
        Ok(true)
    }

    /// The text that stands here; nothing, and the value is skipped, where it is something else.
    ///
    /// # Errors
    /// Where the value ends too early or is malformed.
    #[inline]
    pub fn text(&mut self) -> Result<Option<Text<'a>>, Stop> {
        if self.peek()? == b'"' {
            return self.quoted("a text").map(Some);
        }
        self.skip()?;
        Ok(None)
    }

    /// The value that stands here, as written.
    ///
    /// # Errors
    /// Where the value ends too early or is malformed.
    pub fn raw(&mut self) -> Result<&'a [u8], Stop> {
        self.peek()?;
        let from = self.at;
        self.skip()?;
        Ok(self.bytes.get(from..self.at).unwrap_or_default())
    }

    /// Hands over the members of the map that stands here; `each` says whether it read one, else it is passed. Any other
    /// value is passed.
    ///
    /// # Errors
    /// Where a value ends too early or is malformed, and what `each` returns.
    #[inline]
    pub fn members(
        &mut self,
        each: &mut impl FnMut(&'a [u8], &mut Self) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        if self.peek()? != b'{' {
            return self.skip();
        }
        let mut map = self.map()?;
        while let Some(key) = self.key(&mut map)? {
            if !each(key, self)? {
                self.skip()?;
            }
        }
        Ok(())
    }

    /// Passes over the value that stands here.
    ///
    /// # Errors
    /// Where the value ends too early or is malformed.
    #[inline]
    pub fn skip(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'"' => {
                self.quoted("a text")?;
            }
            b'{' | b'[' => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let short = || plain_list(rest).or_else(|| leap::length(rest));
                self.at += short().ok_or(Stop::End)?;
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let within =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.');
                let length = rest.iter().position(|byte| !within(byte)).ok_or(Stop::End)?;
                self.at += length;
            }
            _ => return self.expected("a value"),
        }
        Ok(())
    }

    #[inline]
    fn quoted(&mut self, expected: &'static str) -> Result<Text<'a>, Stop> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return self.expected(expected);
        }
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let mut length = 0;
        let mut escaped = false;
        loop {
            let ahead = rest.get(length..).unwrap_or_default();
            match ending(ahead).ok_or(Stop::End)? {
                (more, b'"') => {
                    length += more;
                    break;
                }
                (more, _) => {
                    escaped = true;
                    // Whatever a backslash is followed by, it does not end the text.
                    length += more + 2;
                }
            }
        }
        self.at += length + 2;
        Ok(Text {
            raw: rest.get(..length).unwrap_or_default(),
            escaped,
        })
    }
}

/// How many texts a list may hold that is passed over text by text.
const TEXTS: usize = 4;

/// The length of the list or map that the bytes begin with where it is empty or holds a few texts without escapes and white space:
/// leaping over it begins with more work than that.
#[inline]
fn plain_list(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'[', b']', ..] | [b'{', b'}', ..] => return Some(2),
        [b'[', b'"', ..] => {}
        _ => return None,
    }
    let mut at = 1;
    for _ in 0..TEXTS {
        let text = bytes.get(at + 1..)?;
        let (length, b'"') = ending(text)? else {
            return None;
        };
        at += length + 2;
        match bytes.get(at..)? {
            [b']', ..] => return Some(at + 1),
            [b',', b'"', ..] => at += 1,
            _ => return None,
        }
    }
    None
}

/// Where the next quote or backslash stands, and which it is. Eight bytes at a time: texts are short, so what counts is how
/// soon a search begins.
#[inline]
fn ending(bytes: &[u8]) -> Option<(usize, u8)> {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = marks(word, b'"') | marks(word, b'\\');
        if found != 0 {
            let at = (found.trailing_zeros() / 8) as usize;
            return Some((index * 8 + at, (word >> (at * 8)) as u8));
        }
    }
    let at = tail.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some((words.len() * 8 + at, *tail.get(at)?))
}

#[cfg(test)]
mod tests;
