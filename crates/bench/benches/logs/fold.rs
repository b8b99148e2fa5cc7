//! Our own way: every platform's reader, one rollup, one thread.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use leastwise_aws::Aws;
use leastwise_kubernetes::Kubernetes;
use leastwise_model::{Platform, Settings, UseOutcome};
use leastwise_usage::{Quarantine, Reading, Rollup};

/// Folds a folder and prints identity, operation, allowed, denied, last allowed, and on standard error its memory.
pub fn fold(folder: &Path) -> ExitCode {
    let platforms: [&dyn Platform; 2] = [&Aws, &Kubernetes];
    let settings = Settings::default();
    let formats = platforms
        .iter()
        .filter_map(|platform| Some(platform.logged()?.format(&settings)));
    let mut reading = Reading::new(formats.collect());
    let mut rollup = Rollup::default();
    let mut quarantine = Quarantine::default();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    files.sort();
    for path in files {
        let Ok(mut file) = File::open(&path) else {
            return ExitCode::FAILURE;
        };
        let name = path.display().to_string();
        reading.file(&name, &mut file, &mut quarantine, &mut |event| rollup.take(event));
    }
    if quarantine.count() > 0 {
        return ExitCode::FAILURE;
    }
    let rows = rollup.rows();
    let mut sums: BTreeMap<(&str, &str), (u64, u64, Option<Timestamp>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.further) {
        let sum = sums.entry((row.identity, row.operation)).or_default();
        if row.outcome == UseOutcome::Denied {
            sum.1 += row.count;
        } else {
            sum.0 += row.count;
            sum.2 = sum.2.max(row.tally.last());
        }
    }
    for ((identity, operation), (allowed, denied, last)) in sums {
        let last = last.map(|at| at.to_string()).unwrap_or_default();
        println!("{identity},{operation},{allowed},{denied},{last}");
    }
    ExitCode::SUCCESS
}
