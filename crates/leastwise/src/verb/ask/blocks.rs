//! Whole lines of an input, many at a time, in parts for several processors.

use std::io::{self, Read};

/// Whole lines of an input, many at a time.
pub(super) struct Blocks<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// What was handed out last and is to be forgotten.
    used: usize,
    ended: bool,
}

/// Bytes read at a time.
const BLOCK: usize = 4 << 20;

impl<'r> Blocks<'r> {
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            used: 0,
            ended: false,
        }
    }

    /// The lines that are there; waits for more only where no line is complete.
    pub fn next_block(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        while !self.ended {
            let from = self.buffer.len();
            self.buffer.resize(from + BLOCK, 0);
            let room = self.buffer.get_mut(from..).unwrap_or_default();
            let read = match self.input.read(room) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => return Err(error),
            };
            self.buffer.truncate(from + read);
            self.ended = read == 0;
            if let Some(end) = self.buffer.iter().rposition(|byte| *byte == b'\n') {
                self.used = end + 1;
                return Ok(self.buffer.get(..self.used));
            }
        }
        self.used = self.buffer.len();
        Ok((self.used > 0).then_some(self.buffer.as_slice()))
    }
}

/// `block` in up to `count` parts of whole lines; few lines are not worth a thread.
pub(super) fn cut(block: &[u8], count: usize) -> Vec<&[u8]> {
    const WORTH: usize = 16 << 10;
    let count = count.min(block.len() / WORTH).max(1);
    let mut parts = Vec::new();
    let mut rest = block;
    for left in (1..=count).rev() {
        let aim = rest.len() / left;
        let end = match rest
            .get(aim..)
            .and_then(|tail| tail.iter().position(|byte| *byte == b'\n'))
        {
            Some(at) if left > 1 => aim + at + 1,
            _ => rest.len(),
        };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_whole_lines_and_all_of_them() {
        let block: Vec<u8> = (0..9_000)
            .flat_map(|n| format!("line {n}\n").into_bytes())
            .collect();
        for count in 1..5 {
            let parts = cut(&block, count);
            assert_eq!(parts.len(), count);
            assert!(parts.iter().all(|part| part.ends_with(b"\n")));
            assert_eq!(parts.concat(), block);
        }
        assert_eq!(cut(b"a\nb", 4), [b"a\nb"]);
    }

    #[test]
    fn blocks_end_with_lines_and_keep_the_last_one_without_a_line_feed() {
        let mut input: &[u8] = b"one\ntwo\nthree";
        let mut blocks = Blocks::new(&mut input);
        assert_eq!(blocks.next_block().expect("read"), Some(&b"one\ntwo\n"[..]));
        assert_eq!(blocks.next_block().expect("read"), Some(&b"three"[..]));
        assert_eq!(blocks.next_block().expect("read"), None);
    }
}
