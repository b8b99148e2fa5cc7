//! Exit codes: what a script learns without reading any output.

use std::process::ExitCode;

/// How a run ended. All other codes are reserved; where several would apply, the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// The program failed; never the input's fault.
    Internal = 1,
    /// The command line or the settings cannot be understood, or name something that is not there.
    Usage = 2,
    /// Nothing of the input was recognized.
    NoInput = 3,
    /// A finding of critical severity at or above the threshold that was asked for.
    Critical = 14,
    /// A finding of high severity at or above the threshold.
    High = 13,
    /// A finding of medium severity at or above the threshold.
    Medium = 12,
    /// A finding of low severity at or above the threshold.
    Low = 11,
    /// The answer is unknown and the run is strict.
    Unknown = 5,
    /// The answer is not the one that was expected.
    Unexpected = 4,
    /// The question was answered, or there was nothing to report.
    Done = 0,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
