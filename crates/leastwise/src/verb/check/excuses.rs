//! Files of what people accept, and what a change does to them.

use std::path::{Path, PathBuf};

use leastwise_governance::baseline::Baseline;
use leastwise_governance::exceptions::{self, Exceptions};
use leastwise_governance::excuses::Excuses;

use super::Arguments;
use super::base::{Base, Older};
use crate::files;
use crate::problem::Problem;

/// The files in which people accept something.
pub struct Files {
    exceptions: Option<PathBuf>,
    baseline: Option<PathBuf>,
}

impl Files {
    /// Those that were named; for exceptions else that beside or above the first path.
    pub fn of(typed: &Arguments, paths: &[PathBuf]) -> Self {
        let nearest = || files::nearest(paths.first()?, exceptions::FILE_NAME);
        Self {
            exceptions: typed.exceptions.clone().or_else(nearest),
            baseline: typed.baseline.clone(),
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<PathBuf> {
        [&self.exceptions, &self.baseline]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// The exceptions.
    ///
    /// # Errors
    /// Where the file cannot be read, or is none.
    pub fn exceptions(&self) -> Result<Exceptions, Problem> {
        let Some(file) = &self.exceptions else {
            return Ok(Exceptions::default());
        };
        Exceptions::parse(&read(file)?).map_err(|error| {
            Problem::usage(format!("{}:{error}", files::shown(file)))
                .hint("correct the exception, or take it out")
        })
    }

    /// The baseline.
    ///
    /// # Errors
    /// Where the file cannot be read, or is none.
    pub fn baseline(&self) -> Result<Option<Baseline>, Problem> {
        let baseline = |path: &PathBuf| {
            Baseline::parse(&read(path)?).map_err(|error| {
                Problem::usage(format!("{}: {error}", files::shown(path)))
                    .hint("write it again with `leastwise check --write-baseline`")
            })
        };
        self.baseline.as_ref().map(baseline).transpose()
    }

    /// What today's files accept beyond their older versions. A version that cannot be read accepted nothing.
    pub fn beyond(&self, base: &Base, exceptions: &Exceptions, baseline: Option<&Baseline>) -> Excuses {
        let mut excuses = Excuses::default();
        let older = |file: &Path, untold: &mut Vec<leastwise_model::Text>| match base.older(file) {
            Older::Same => None,
            Older::At(path) => Some(std::fs::read_to_string(path).unwrap_or_default()),
            Older::Untold => {
                untold.push(files::shown(file).into());
                None
            }
        };
        if let Some(file) = &self.exceptions {
            excuses.file = files::shown(file).into();
            if let Some(text) = older(file, &mut excuses.untold) {
                let before = Exceptions::parse(&text).unwrap_or_default();
                excuses.exceptions = exceptions.beyond(&before);
            }
        }
        if let (Some(file), Some(baseline)) = (&self.baseline, baseline)
            && let Some(text) = older(file, &mut excuses.untold)
        {
            let before = Baseline::parse(&text).unwrap_or_default();
            excuses.known = baseline.beyond(&before);
        }
        excuses
    }
}

fn read(path: &Path) -> Result<String, Problem> {
    let bytes = std::fs::read(path).map_err(|error| Problem::file(path, &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Problem::usage(format!("{}: is not UTF-8", files::shown(path))).hint("save it as UTF-8"))
}
