//! A window that slides over a stream.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::whole::unpack;

/// How much is read at once.
const STEP: usize = 256 * 1024;
/// How long a record may be.
const FULL: usize = 16 * 1024 * 1024;
/// How much of a compressed stream is read at once.
const PACKED: usize = 64 * 1024;
/// How long a compressed stream may be that is read at once, to be unpacked at once.
const WHOLE: u64 = 4 * 1024 * 1024;

/// Memory that serves one stream after another.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What was read.
    window: Vec<u8>,
    /// A short compressed stream.
    packed: Vec<u8>,
}

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
    /// Memory that is not needed.
    packed: Vec<u8>,
}

impl<'r> Input<'r> {
    /// A stream from its beginning.
    pub fn new(stream: &'r mut dyn Read, memory: Memory) -> Self {
        let mut input = Self {
            stream: Box::new(io::empty()),
            buffer: memory.window,
            from: 0,
            to: 0,
            before: 0,
            ended: false,
            fault: None,
            packed: memory.packed,
        };
        let mut head = std::mem::take(&mut input.packed);
        head.clear();
        if let Err(error) = Read::take(&mut *stream, 2).read_to_end(&mut head) {
            input.ended = true;
            input.fault = Some(words(&error));
            return input;
        }
        if head == [0x1F, 0x8B] {
            input.unpack(head, stream);
        } else {
            input.stream = Box::new(io::Cursor::new(head).chain(stream));
        }
        if input.buffer.len() < STEP {
            input.buffer.resize(STEP, 0);
        }
        input
    }

    /// A compressed stream that begins with `head`: unpacked at once where it is short and nothing is odd about it, else
    /// bit by bit, so that what comes before a fault is read.
    fn unpack(&mut self, mut head: Vec<u8>, stream: &'r mut dyn Read) {
        let (ended, fault) = match Read::take(&mut *stream, WHOLE).read_to_end(&mut head) {
            Ok(length) => ((length as u64) < WHOLE, None),
            Err(error) => (false, Some(error)),
        };
        if ended && let Some(length) = unpack(&head, &mut self.buffer, FULL) {
            self.to = length;
            self.ended = true;
            self.packed = head;
            return;
        }
        let rest: Box<dyn Read + 'r> = match fault {
            Some(error) => Box::new(Failing(Some(error))),
            None => Box::new(stream),
        };
        let whole = io::Cursor::new(head).chain(rest);
        self.stream = Box::new(MultiGzDecoder::new(BufReader::with_capacity(PACKED, whole)));
    }

    /// The memory, for another stream.
    pub fn into_memory(self) -> Memory {
        Memory {
            window: self.buffer,
            packed: self.packed,
        }
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

/// Whether an end of a line is among the bytes. Every record of a file of lines is looked through: in blocks whose bytes are
/// compared at once.
pub(super) fn holds_line_end(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let within = |block: &[u8]| block.iter().fold(false, |found, byte| found | (*byte == b'\n'));
    blocks.iter().any(|block| within(block)) || within(rest)
}

/// A stream that could not be read further.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
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
