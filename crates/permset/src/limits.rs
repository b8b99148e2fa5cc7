//! Limits of a search, and which of them was hit.
//!
//! Emptiness of many patterns and of many exceptions is hard in the worst case, so every search counts its
//! steps and stops honestly: the answer is then *unknown*, with the limit that was hit, never a guess.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::context::Key;

/// How much work one question may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of search; one step is some tens of nanoseconds of work.
    pub steps: u64,
    /// How many open choices may be nested.
    pub depth: u32,
    /// How many slices or guards one answer may list.
    pub slices: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            depth: 512,
            slices: 1_024,
        }
    }
}

/// Which limit a search hit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// All the steps were taken.
    Steps(u64),
    /// Choices were nested too deeply.
    Depth(u32),
    /// The answer has too many parts to list.
    Slices(usize),
    /// Whether some value of this key, copied into a pattern, satisfies everything at once was not settled.
    Copied(Key),
    /// Whether one value of this key satisfies tests of several types at once was not settled.
    Values(Key),
    /// A request that was found did not stand up to evaluation; this would be a defect of the search.
    Replay,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(steps) => write!(f, "limit of {steps} search steps"),
            Self::Depth(depth) => write!(f, "limit of {depth} nested choices"),
            Self::Slices(slices) => write!(f, "limit of {slices} parts in one answer"),
            Self::Copied(key) => write!(f, "patterns that copy the value of {key}"),
            Self::Values(key) => write!(f, "tests of several types on {key}"),
            Self::Replay => f.write_str("a witness that could not be replayed"),
        }
    }
}

/// The steps that one question has left.
pub(crate) struct Budget {
    limits: Limits,
    left: AtomicU64,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            left: AtomicU64::new(limits.steps),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether no step is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Takes `steps`, or says that there are none left.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), Limit> {
        match self.left.load(Ordering::Relaxed).checked_sub(steps as u64) {
            Some(left) => {
                self.left.store(left, Ordering::Relaxed);
                Ok(())
            }
            None => {
                self.left.store(0, Ordering::Relaxed);
                Err(Limit::Steps(self.limits.steps))
            }
        }
    }
}
