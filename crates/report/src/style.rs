//! The few colors there are. They only decorate: every text is complete without them.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// What matters most in a line.
pub const STRONG: Style = Style::new().bold();
/// What helps, and may be skipped.
pub const QUIET: Style = Style::new().dimmed();
/// It can.
pub const YES: Style = AnsiColor::Green.on_default().bold();
/// It can, under a condition.
pub const WHEN: Style = AnsiColor::Yellow.on_default().bold();
/// It cannot.
pub const NO: Style = AnsiColor::Red.on_default().bold();
/// Nobody knows.
pub const UNKNOWN: Style = AnsiColor::Magenta.on_default().bold();
/// Something to type.
pub const COMMAND: Style = AnsiColor::Cyan.on_default();
/// What should not be.
pub const ALARM: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub const CARE: Style = AnsiColor::Yellow.on_default();

/// `value` in a style.
pub fn paint<T: fmt::Display>(style: Style, value: T) -> Painted<T> {
    Painted { style, value }
}

/// A value in a style.
pub struct Painted<T> {
    style: Style,
    value: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}{}",
            self.style.render(),
            self.value,
            self.style.render_reset()
        )
    }
}
