//! A place in JSON bytes that knows its line and column without ever looking back.
//!
//! In JSON a line can end only between tokens, so lines are counted where white space is skipped. A column is
//! the bytes since the line began less the UTF-8 continuation bytes among them, which are counted string by
//! string. Each byte is looked at a fixed number of times, also on a line of 100 MB.

use super::leap;
use crate::node::Position;

#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    /// The next byte; never beyond the end.
    pub(super) at: usize,
    line: u32,
    line_start: usize,
    /// UTF-8 continuation bytes between `line_start` and `at`.
    continuation: usize,
}

/// How far the plain part of a string reaches.
pub(super) struct Plain {
    /// The first byte that is a quote, a backslash or a control character; or the end.
    pub(super) end: usize,
    /// Whether a byte above 0x7F may be in it.
    pub(super) wide: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bit set in each byte of `word` that is `byte`; above the first hit there may be false ones.
fn hits(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & HIGHS
}

pub(super) fn count_continuation(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 == 0x80).count()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
            line_start: 0,
            continuation: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at_line_start(&self) -> bool {
        self.at == self.line_start
    }

    /// Lines ended before this one.
    pub(super) fn lines_before(&self) -> u32 {
        self.line.saturating_sub(1)
    }

    pub(super) fn position(&self) -> Position {
        let column = (self.at - self.line_start)
            .saturating_sub(self.continuation)
            .saturating_add(1);
        Position {
            line: self.line,
            column: narrow(column),
        }
    }

    /// Position of a byte ahead on the same line; grows with the distance.
    pub(super) fn position_ahead(&self, offset: usize) -> Position {
        let mut ahead = self.clone();
        ahead.continuation += count_continuation(self.slice(self.at, offset));
        ahead.at = offset.max(self.at);
        ahead.position()
    }

    /// Steps over bytes that hold no line end.
    pub(super) fn step_to(&mut self, offset: usize, wide: bool) {
        if wide {
            self.continuation += count_continuation(self.slice(self.at, offset));
        }
        self.at = offset;
    }

    /// Steps over bytes of any kind.
    fn leap_to(&mut self, offset: usize) {
        let passed = self.slice(self.at, offset);
        match passed.iter().rposition(|byte| *byte == b'\n') {
            None => self.continuation += count_continuation(passed),
            Some(last) => {
                let lines = passed.iter().filter(|byte| **byte == b'\n').count();
                self.line = self.line.saturating_add(narrow(lines));
                self.line_start = self.at + last + 1;
                self.continuation = count_continuation(self.slice(self.line_start, offset));
            }
        }
        self.at = offset;
    }

    pub(super) fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.at += 1;
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at;
                    self.continuation = 0;
                    // Indentation: the long runs of spaces stand here.
                    while self.bytes.get(self.at..self.at + 8) == Some(b"        ") {
                        self.at += 8;
                    }
                }
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                _ => return,
            }
        }
    }

    /// Moves to the line behind the one the cursor stands on; false if there is none.
    pub(super) fn next_line(&mut self) -> bool {
        match self.rest().iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                self.leap_to(self.at + end + 1);
                true
            }
            None => false,
        }
    }

    /// The plain part of a string from an offset on.
    pub(super) fn plain(&self, from: usize) -> Plain {
        let mut end = from;
        let mut wide = 0;
        let (words, _) = self.bytes.get(from..).unwrap_or_default().as_chunks::<8>();
        for word in words {
            let word = u64::from_le_bytes(*word);
            wide |= word & HIGHS;
            let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
            let stop = hits(word, b'"') | hits(word, b'\\') | control;
            if stop != 0 {
                return Plain {
                    end: end + (stop.trailing_zeros() / 8) as usize,
                    wide: wide != 0,
                };
            }
            end += 8;
        }
        while let Some(byte) = self.bytes.get(end) {
            if matches!(byte, b'"' | b'\\' | 0..=0x1F) {
                break;
            }
            wide |= u64::from(*byte & 0x80);
            end += 1;
        }
        Plain { end, wide: wide != 0 }
    }

    /// Leaps over the map or list at the cursor; false if it does not end.
    pub(super) fn leap_value(&mut self) -> bool {
        match leap::length(self.rest()) {
            Some(length) => {
                self.leap_to(self.at + length);
                true
            }
            None => false,
        }
    }
}
