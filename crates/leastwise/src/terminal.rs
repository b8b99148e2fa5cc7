//! Where output goes: how wide it may be, whether it may have colors, and what to do when nobody reads on.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::problem::Problem;

/// Standard output and standard error, and what is known of them.
pub struct Terminal {
    color: ColorChoice,
    /// Whether a person reads standard output directly.
    pub interactive: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether remarks are told in full.
    pub verbose: bool,
}

/// Where the width is not known.
const WIDTH: usize = 100;

impl Terminal {
    /// What this process was started with.
    pub fn new(color: ColorChoice, verbose: bool) -> Self {
        let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        Self {
            color,
            interactive: io::stdout().is_terminal(),
            width: width.unwrap_or(WIDTH).max(40),
            verbose,
        }
    }

    /// Writes data. When the reader has gone (`| head`), that is no fault: there is nobody left to tell.
    pub fn print(&self, text: &str) -> Result<(), Problem> {
        let mut out = AutoStream::new(io::stdout().lock(), self.color);
        settled(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Writes bytes that hold no colors, as they are.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        settled(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Tells something beside the data.
    pub fn tell(&self, text: &str) {
        let mut out = AutoStream::new(io::stderr().lock(), self.color);
        // Nothing can be told when standard error is gone.
        let _ = writeln!(out, "{text}");
    }
}

fn settled(result: io::Result<()>) -> Result<(), Problem> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::internal(format!("standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
