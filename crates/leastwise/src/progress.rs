//! A bar on the terminal for what takes longer than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Below this, nobody needs to be told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far a long work is, on standard error, only if that is a terminal and only after a second.
pub struct Progress {
    since: Instant,
    bar: ProgressBar,
    waiting: bool,
}

impl Progress {
    /// Begins a work of `total` bytes.
    pub fn of_bytes(total: u64, what: &str) -> Self {
        Self::begun(Some(total), "{msg} {bar:30} {bytes}/{total_bytes}", what)
    }

    /// Begins a work of which nobody knows how many steps it has.
    pub fn of_steps(what: &str) -> Self {
        Self::begun(None, "{spinner} {msg} {pos}", what)
    }

    fn begun(total: Option<u64>, template: &str, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        Self {
            since: Instant::now(),
            bar,
            waiting: std::io::stderr().is_terminal(),
        }
    }

    /// So much more is done.
    pub fn advance(&mut self, more: u64) {
        self.bar.inc(more);
        if self.waiting && self.since.elapsed() > PATIENCE {
            self.waiting = false;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
