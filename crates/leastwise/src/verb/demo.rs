//! `demo`: the built-in synthetic estate.

mod need;

use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, include_dir};
use leastwise_effective::Path as Way;
use leastwise_findings::Options;
use leastwise_model::Settings;
use leastwise_report::fold::folded;
use leastwise_report::path;
use leastwise_report::style::{ALARM, COMMAND, QUIET, STRONG, paint};

use super::scan::{ScanFormat, Scanned, moment};
use crate::estate::{self, Estate};
use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::settings::{self, FILE_NAME};
use crate::terminal::Terminal;

/// A payments company that does not exist: its exports, as its platforms would give them.
static ESTATE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../examples/halcyon-pay");
const NAME: &str = "halcyon-pay";
/// The day on which it was exported.
const TODAY: &str = "2026-11-21";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  leastwise demo\n  leastwise demo --write halcyon-pay")]
pub struct Arguments {
    /// Write the files of the estate into this folder, to look at them and to ask more
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Scans the estate and explains the worst path and where it ends; or writes its files.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    if let Some(folder) = &typed.write {
        return write(folder, terminal);
    }
    let about = "A synthetic estate, built in; nothing leaves this computer.";
    terminal.print(&format!("{}\n\n", paint(QUIET, about)))?;
    let scanned = Scanned::new(
        read()?,
        vec![NAME.to_owned()],
        moment(TODAY).ok(),
        &Options::default(),
    );
    scanned.print(ScanFormat::Table, terminal)?;
    explain(&scanned, terminal)?;
    need::tell(&scanned.world, &settings()?, terminal)?;
    terminal.print(&format!(
        "\n{} to try these yourself: {}\n",
        paint(STRONG, "First"),
        paint(COMMAND, format!("leastwise demo --write {NAME}")),
    ))?;
    Ok(Exit::Done)
}

/// What the owners of the estate say about it.
fn settings() -> Result<Settings, Problem> {
    match ESTATE.get_file(FILE_NAME).and_then(|file| file.contents_utf8()) {
        Some(text) => {
            settings::parse(text).map_err(|error| Problem::internal(format!("{FILE_NAME}:{error}")))
        }
        None => Ok(Settings::default()),
    }
}

fn read() -> Result<Estate, Problem> {
    let mut settings = settings()?;
    for cluster in &mut settings.clusters {
        cluster.paths = cluster
            .paths
            .iter()
            .map(|path| format!("{NAME}/{path}").into())
            .collect();
    }
    let mut files = Vec::new();
    exports(&ESTATE, &mut files);
    files.sort_by(|a, b| a.0.cmp(&b.0));
    estate::load_embedded(NAME, files, settings, PLATFORMS)
}

/// What a scan of the folder would find: what stands at its top is about the estate and no export.
fn exports(folder: &Dir<'static>, found: &mut Vec<(String, &'static [u8])>) {
    for inner in folder.dirs() {
        for file in inner.files() {
            found.push((
                format!("{NAME}/{}", crate::files::shown(file.path())),
                file.contents(),
            ));
        }
        exports(inner, found);
    }
}

/// The way of strangers to what must not fall, and every single statement that ends it; where they have none, the worst
/// way to control.
fn explain(scanned: &Scanned, terminal: &Terminal) -> Result<(), Problem> {
    let snapshot = scanned.world.snapshot();
    let name = |index| snapshot.identity(index).map_or("it", |identity| &*identity.name);
    let Some(strangers) = scanned.overview.strangers() else {
        let Some((who, way, of)) = scanned.overview.worst_way() else {
            return Ok(());
        };
        let last = path::stations(way).last().copied().unwrap_or(who);
        let head = format!("How {} comes to control of {of}", name(who));
        return tell(
            scanned,
            terminal,
            &head,
            way,
            &format!("{} controls {of}", name(last)),
        );
    };
    let jewel = strangers.jewels.first().map_or("it", |jewel| &**jewel);
    let head = format!("How {} comes to {jewel}", name(strangers.identity));
    let end = format!("{} reaches {jewel}", name(strangers.end));
    tell(scanned, terminal, &head, &strangers.path, &end)?;
    let cuts = strangers.cuts(&scanned.world);
    if cuts.is_empty() {
        return Ok(());
    }
    terminal.print(&format!(
        "\n{}\n",
        paint(STRONG, "Without any one of these it ends")
    ))?;
    for cut in &cuts {
        if let Some(step) = snapshot.step(cut.label()) {
            terminal.print(&folded(&path::heading(snapshot, step), terminal.width))?;
        }
    }
    Ok(())
}

fn tell(scanned: &Scanned, terminal: &Terminal, head: &str, way: &Way, end: &str) -> Result<(), Problem> {
    terminal.print(&format!("\n{}\n\n", paint(STRONG, head)))?;
    let text = path::text(scanned.world.snapshot(), way, terminal.width);
    terminal.print(&folded(&text, terminal.width))?;
    terminal.print(&format!("  {} {}\n", paint(STRONG, "so"), paint(ALARM, end)))
}

/// Writes the estate into a folder, and its logs into one beside it.
fn write(folder: &Path, terminal: &Terminal) -> Result<Exit, Problem> {
    let mut beside = folder.as_os_str().to_owned();
    beside.push("-logs");
    let beside = PathBuf::from(beside);
    for folder in [folder, &beside] {
        if folder.exists()
            && folder
                .read_dir()
                .map_or(true, |mut entries| entries.next().is_some())
        {
            let what = format!("{} is there already and is not an empty folder", folder.display());
            return Err(Problem::usage(what).hint("name a new folder"));
        }
    }
    for (folder, files) in [(folder, &ESTATE), (&beside, &need::LOGS)] {
        std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, &error))?;
        files
            .extract(folder)
            .map_err(|error| Problem::file(folder, &error))?;
    }
    let (place, logs) = (crate::files::shown(folder), crate::files::shown(&beside));
    terminal.print(&format!(
        "wrote {place}, and ninety days of its logs as {logs}\n{}\n{}\n",
        paint(COMMAND, format!("leastwise scan {place}")),
        paint(
            COMMAND,
            format!("leastwise excess role/invoice-lambda --in {place} --usage {logs}/events --log-config {logs}/configuration")
        )
    ))?;
    Ok(Exit::Done)
}
