//! A window that slides over a stream.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// How much is read at once.
const STEP: usize = 256 * 1024;
/// How long a record may be.
const FULL: usize = 16 * 1024 * 1024;
/// How much of a compressed stream is read at once.
const PACKED: usize = 64 * 1024;

/// A stream, unpacked where it is compressed, of which a part is in memory.
pub(super) struct Input<'r> {
    stream: Box<dyn Read + 'r>,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    /// How many bytes lie before the buffer.
    before: u64,
    ended: bool,
    fault: Option<String>,
}

impl<'r> Input<'r> {
    pub fn new(stream: &'r mut dyn Read) -> Self {
        let mut input = Self {
            stream: Box::new(io::empty()),
            buffer: vec![0; STEP],
            from: 0,
            to: 0,
            before: 0,
            ended: false,
            fault: None,
        };
        let mut head = Vec::with_capacity(2);
        if let Err(error) = Read::take(&mut *stream, 2).read_to_end(&mut head) {
            input.ended = true;
            input.fault = Some(words(&error));
            return input;
        }
        let packed = head == [0x1F, 0x8B];
        let whole = io::Cursor::new(head).chain(stream);
        input.stream = if packed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(PACKED, whole)))
        } else {
            Box::new(whole)
        };
        input
    }

    /// What is in memory and lies ahead.
    pub fn window(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// How many bytes lie behind.
    pub fn position(&self) -> u64 {
        self.before + self.from as u64
    }

    pub fn advance(&mut self, length: usize) {
        self.from = (self.from + length).min(self.to);
    }

    /// Why the stream ended too early, if it did.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether the window is as large as it may get.
    pub fn is_full(&self) -> bool {
        self.to - self.from >= FULL
    }

    /// Makes the window longer; says whether that was possible.
    pub fn more(&mut self) -> bool {
        if self.ended || self.is_full() {
            return false;
        }
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            self.before += self.from as u64;
            self.to -= self.from;
            self.from = 0;
        }
        if self.to == self.buffer.len() {
            let length = (self.buffer.len() * 2).min(FULL + STEP);
            self.buffer.resize(length, 0);
        }
        let before = self.to;
        while self.to < self.buffer.len() {
            let Some(space) = self.buffer.get_mut(self.to..) else {
                break;
            };
            match self.stream.read(space) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => self.to += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.fault = Some(words(&error));
                    break;
                }
            }
        }
        self.to > before
    }

    /// The next byte that is not white space; nothing at the end.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            let window = self.window();
            let found = window
                .iter()
                .position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
            if let Some(length) = found {
                let byte = window.get(length).copied();
                self.advance(length);
                return byte;
            }
            self.from = self.to;
            if !self.more() {
                return None;
            }
        }
    }

    /// Makes the window hold the whole line that stands here, if that is possible.
    pub fn fill_line(&mut self) {
        while !self.window().contains(&b'\n') && self.more() {}
    }

    /// Passes what is left of the line.
    pub fn skip_line(&mut self) {
        loop {
            if let Some(length) = self.window().iter().position(|byte| *byte == b'\n') {
                self.advance(length + 1);
                return;
            }
            self.from = self.to;
            if !self.more() {
                return;
            }
        }
    }

    /// Passes a byte order mark.
    pub fn skip_mark(&mut self) {
        self.more();
        if self.window().starts_with(b"\xEF\xBB\xBF") {
            self.advance(3);
        }
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed file breaks off".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            "the compressed file is damaged".to_owned()
        }
        _ => error.to_string(),
    }
}
