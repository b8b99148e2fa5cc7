//! Why a run ends without an answer: what happened, whose fault it is, and what to do next.

use crate::exit::Exit;

/// The end of a run that could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Problem {
    /// The exit code.
    pub exit: Exit,
    /// What is wrong, with its place where it has one; lower case, without full stop.
    what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Problem {
    /// What was typed, or a settings file, cannot be understood.
    pub fn usage(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// There is nothing to work on.
    pub fn no_input(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::NoInput,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// The run is strict and part of the input cannot be read.
    pub fn strict(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unknown,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// The program itself is at fault.
    pub fn internal(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::Internal,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// The same with a way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The file could not be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::usage(format!("{}: {}", path.display(), io_words(error)))
    }
}

/// What went wrong with a file, in words without codes.
pub fn io_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".into(),
        std::io::ErrorKind::PermissionDenied => "may not be read or written by you".into(),
        std::io::ErrorKind::IsADirectory => "is a folder".into(),
        _ => error.to_string(),
    }
}
