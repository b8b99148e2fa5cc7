//! One version of what is checked: read, then analysed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use leastwise_effective::World;
use leastwise_findings::{Options, Report};
use leastwise_governance::gate::{Bundle, Side, Unknown};
use leastwise_model::{STACK, Settings};

use super::base::Base;
use super::code::{self, Code};
use crate::estate::{self, Estate, Spelling};
use crate::files;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::settings as written;
use crate::terminal::Terminal;

/// The paths to check: those that were typed, else the folder whose settings are nearest above.
pub fn paths(typed: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    if !typed.is_empty() {
        return Ok(typed.to_vec());
    }
    let Some(file) = files::settings_for(&PathBuf::from(".")) else {
        let hint = format!(
            "name files or folders, or run in a folder with a {}",
            written::FILE_NAME
        );
        return Err(Problem::no_input("nothing to check is given").hint(hint));
    };
    Ok(vec![files::parent(&file)])
}

/// What their owners say about paths.
pub fn settings(paths: &[PathBuf]) -> Result<Settings, Problem> {
    match estate::settings_of(paths)? {
        Some(file) => estate::read_settings(&file, paths),
        None => Ok(Settings::default()),
    }
}

/// What was read.
pub struct Loaded {
    estate: Estate,
    code: Code,
    /// Where its files are.
    pub places: Places,
}

impl Loaded {
    /// As it is.
    pub fn of_today(paths: &[PathBuf], settings: Settings, terminal: &Terminal) -> Result<Self, Problem> {
        let loaded = Self::read(paths, settings, &Spelling::default())?;
        estate::tell(&loaded.estate, terminal);
        Ok(loaded)
    }

    /// As it was. Where it has no settings of its own, those of today speak of it.
    pub fn of_base(base: &Base, today: Settings) -> Result<Self, Problem> {
        let settings = match estate::settings_of(&base.paths)? {
            Some(file) => {
                let mut settings = estate::read_settings(&file, &base.paths)?;
                for path in settings
                    .clusters
                    .iter_mut()
                    .flat_map(|cluster| &mut cluster.paths)
                {
                    *path = base.spelling.of(std::path::Path::new(&**path)).into();
                }
                settings.defaults = today.defaults;
                settings
            }
            None => today,
        };
        Self::read(&base.paths, settings, &base.spelling)
    }

    fn read(paths: &[PathBuf], settings: Settings, spelling: &Spelling) -> Result<Self, Problem> {
        let (mut estate, found) = estate::read(paths, settings, spelling, None, PLATFORMS)?.any();
        let code = code::read(&found, &mut estate)?;
        let places = found
            .into_iter()
            .filter_map(|file| Some((file.shown, file.path?)));
        Ok(Self {
            estate,
            code,
            places: Places(places.collect()),
        })
    }

    /// Whether it is young enough, where it is a snapshot; exports say themselves what they are.
    ///
    /// # Errors
    /// Where it is older, tells no date, or one that is still to come.
    pub fn is_no_older(&self, name: &str, most: SignedDuration, now: Timestamp) -> Result<(), Problem> {
        if !self.estate.kept {
            return Ok(());
        }
        let again = "make it again: leastwise scan EXPORTS --now DAY --redact -o FILE";
        let what = match self.estate.snapshot.made {
            None => format!("{name} has no date, and --max-age asks for one"),
            Some(made) if made > now => format!("{name} is of {made}, which is after --now"),
            Some(made) if now.duration_since(made) > most => {
                format!("{name} is of {made}, which is older than --max-age allows")
            }
            Some(_) => return Ok(()),
        };
        Err(Problem::strict(what).hint(again))
    }

    /// Whether nothing of it could be recognized, and nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.estate.files_read == 0
            && self.code.is_empty()
            && !self.estate.snapshot.remarks.iter().any(|it| it.loses)
    }
}

/// Where each file is, by what it is called.
#[derive(Clone, Default)]
pub struct Places(BTreeMap<String, PathBuf>);

impl Places {
    /// Whether a file is the same, byte by byte, in another version.
    pub fn hold_the_same(&self, other: &Self, file: &str) -> bool {
        let bytes = |side: &Self| std::fs::read(side.0.get(file)?).ok();
        bytes(self).is_some_and(|own| bytes(other) == Some(own))
    }
}

/// What is known of one version.
pub struct Analysed {
    /// The estate.
    pub world: World,
    /// Roles and policies.
    pub bundles: Vec<Bundle>,
    /// What of those cannot be told.
    pub unknown: Vec<Unknown>,
    settings: Settings,
    report: Report,
}

impl Analysed {
    /// For a comparison.
    pub fn side(&self) -> Side<'_> {
        Side {
            world: &self.world,
            settings: &self.settings,
            report: &self.report,
        }
    }

    fn of(loaded: Loaded, now: Option<Timestamp>) -> Self {
        let Estate {
            snapshot, settings, ..
        } = loaded.estate;
        let world = World::new(snapshot, PLATFORMS);
        let report = leastwise_findings::check(&world, &settings, now, &Options::default());
        let (bundles, unknown) = loaded.code.bundles(PLATFORMS);
        Self {
            world,
            bundles,
            unknown,
            settings,
            report,
        }
    }
}

/// Both versions, side by side.
///
/// # Errors
/// Where no thread can be had, or one fails.
pub fn analyse(
    new: Loaded,
    old: Option<Loaded>,
    now: Option<Timestamp>,
) -> Result<(Analysed, Option<Analysed>), Problem> {
    let Some(old) = old else {
        return Ok((Analysed::of(new, now), None));
    };
    std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().stack_size(STACK);
        let beside = beside
            .spawn_scoped(scope, || Analysed::of(old, now))
            .map_err(|error| Problem::internal(format!("no thread: {error}")))?;
        let new = Analysed::of(new, now);
        let old = beside
            .join()
            .map_err(|_| Problem::internal("the older version could not be analysed"))?;
        Ok((new, Some(old)))
    })
}
