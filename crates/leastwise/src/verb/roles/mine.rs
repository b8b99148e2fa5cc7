//! `roles mine`: the fewest roles that give exactly what is needed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use leastwise_report::roles_mining;
use leastwise_report::text::{clean, counted};
use leastwise_roles::assignments::{Reader, Reading};
use leastwise_roles::mining::{Limits, MiningError, mine};

use crate::arguments::{Format, FormatArguments};
use crate::exit::Exit;
use crate::files::shown;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::terminal::Terminal;

/// How many bad lines are told without `-v`.
const TOLD: usize = 5;
/// How many roles are shown without `-v`.
const SHOWN: usize = 20;
/// Bytes read at once.
const PIECE: usize = 1 << 20;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles mine --assignments needed.txt
  leastwise roles mine --assignments needed.txt --certificate proof.json --format json > roles.json
  leastwise roles mine --assignments needed.txt --max-permissions 50 --max-roles 5

An assignment is one line: an identity, white space, a permission; a tab between them where names hold spaces. Lines that
begin with # are comments. Together the roles give every assignment of the file and nothing else.")]
pub struct Arguments {
    /// Who needs what, one `identity permission` a line; `-` for standard input
    #[arg(long, value_name = "FILE")]
    assignments: PathBuf,

    /// Write what proves the roles to this file; `leastwise roles verify` checks it
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// How many permissions a role may hold
    #[arg(long, value_name = "N", value_parser = positive)]
    max_permissions: Option<usize>,

    /// How many roles an identity may have
    #[arg(long, value_name = "N", value_parser = positive)]
    max_roles: Option<usize>,

    /// End without roles if a line cannot be read
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    format: FormatArguments,
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "not a whole number above 0".into())
}

/// Reads, mines, writes the certificate, prints.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let reading = read(&typed.assignments)?;
    tell(&reading, &typed.assignments, terminal);
    if typed.strict && reading.bad_count > 0 {
        return Err(Problem::strict(
            "what lines need that cannot be read is not known",
        ));
    }
    if reading.assignments.count() == 0 {
        return Err(
            Problem::no_input(format!("{}: holds no assignment", name(&typed.assignments)))
                .hint("write one `identity permission` a line"),
        );
    }
    let limits = Limits {
        permissions_max: typed.max_permissions,
        roles_max: typed.max_roles,
    };
    let (assignments, unread) = (&reading.assignments, reading.bad_count);
    let mining = mine(assignments, limits).map_err(|error| match error {
        MiningError::Impossible { .. } => {
            Problem::usage(clean(&error.to_string())).hint("raise --max-permissions or --max-roles")
        }
        MiningError::Defect { .. } => Problem::internal(error.to_string())
            .hint("please report this; no roles were told, since they would be wrong"),
    })?;
    if let Some(path) = &typed.certificate {
        let text = super::super::json(
            "role-certificate",
            roles_mining::certificate(assignments, &mining),
        )?;
        std::fs::write(path, text).map_err(|error| Problem::file(path, &error))?;
    }
    let most = if terminal.verbose { usize::MAX } else { SHOWN };
    let format = typed.format.chosen(terminal);
    let text = match format {
        Format::Table => roles_mining::text(assignments, &mining, unread, most, terminal.width),
        Format::Plain => roles_mining::table(assignments, &mining).plain(),
        Format::Csv => roles_mining::table(assignments, &mining).csv(),
        Format::Json => super::super::json("mining", roles_mining::view(assignments, &mining, unread))?,
        Format::Jsonl => super::super::lines(roles_mining::view(assignments, &mining, unread).roles)?,
    };
    terminal.print(&text)?;
    if format != Format::Table {
        terminal.tell(roles_mining::summary(assignments, &mining, unread).trim_end());
    }
    if let Some(path) = &typed.certificate {
        let (file, proof) = (name(&typed.assignments), shown(path));
        terminal.tell(&if unread > 0 {
            format!("wrote {proof}; it will be refused as long as lines of {file} cannot be read")
        } else {
            format!(
                "wrote {proof}; `leastwise roles verify --assignments {file} --certificate {proof}` checks it"
            )
        });
    }
    Ok(Exit::Done)
}

/// How people are told of the file.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        "<stdin>".into()
    } else {
        shown(path)
    }
}

/// Reads the file piece by piece.
fn read(path: &Path) -> Result<Reading, Problem> {
    let failed = |error: io::Error| Problem::file(path, &error);
    let mut size = 0;
    let mut input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(Problem::usage(format!("{}: is a folder", shown(path)))
                .hint("give one file of `identity permission` lines"));
        }
        size = about.len();
        Box::new(file)
    };
    let mut progress = Progress::of_bytes(size, "reading");
    let mut reader = Reader::default();
    let mut piece = vec![0; PIECE];
    loop {
        match input.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                reader.feed(piece.get(..count).unwrap_or_default());
                progress.advance(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(reader.finish())
}

/// Tells which lines could not be read.
fn tell(reading: &Reading, path: &Path, terminal: &Terminal) {
    let told = if terminal.verbose { usize::MAX } else { TOLD };
    for bad in reading.bad.iter().take(told) {
        terminal.tell(&format!(
            "{}:{}:{}: {}",
            name(path),
            bad.line,
            bad.column,
            bad.kind
        ));
    }
    if reading.bad_count == 0 {
        return;
    }
    let more = reading.bad_count.saturating_sub(told.min(reading.bad.len()));
    if more > 0 {
        terminal.tell(&format!(
            "{more} more {} (-v lists the first thousand)",
            if more == 1 { "line" } else { "lines" }
        ));
    }
    terminal.tell(&format!(
        "{} could not be read: these roles do not give what {}",
        counted(reading.bad_count, "line", "lines"),
        if reading.bad_count == 1 {
            "it needs"
        } else {
            "they need"
        }
    ));
}
