//! `excess`: what does an identity hold beyond its need?

pub mod evidence;

use clap::Args;
use leastwise_report::excess as told;
use leastwise_report::text::counted;
use leastwise_roles::excess::{Evidence, grants};

use crate::arguments::{self, EstateArguments, Format, FormatArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;
use evidence::EvidenceArguments;

const EXAMPLES: &str = "\
Examples:
  leastwise excess role/reports --in exports/ --usage logs/
  leastwise excess --in exports/ --usage usage.json --log-config selectors.json
  leastwise excess role/reports --usage logs/ --exclude 2026-03-02..2026-03-05

All that an identity can do as itself has one of four colors: needed (declared under `[[declared]]` in
leastwise.toml), used and not declared, excess (neither, though the logs would have shown a use), unobservable (the
logs could not have shown a use, or do not tell it clearly). Without an identity: one line each, the excess that
matters most first. What logs record is told by --log-config; without it, it is concluded from their records.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous [default: everybody]
    identity: Option<String>,
    #[command(flatten)]
    evidence: EvidenceArguments,
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Divides what is held by what is known of the need for it.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, settings) = typed.estate.world_and_settings(terminal)?;
    let identity = match &typed.identity {
        Some(name) => Some(arguments::identity(&world, name)?),
        None => None,
    };
    let gathered = typed.evidence.gather(&settings, terminal)?;
    let evidence = Evidence::new(&world, &settings.declared, &gathered.observed, gathered.scopes);
    let format = typed.format.chosen(terminal);
    let text = match identity {
        Some(index) => {
            let split = evidence
                .split(index)
                .ok_or_else(|| Problem::internal("an identity of the estate has no platform"))?;
            let statements = grants(&world, &split);
            let view = told::view(&evidence, &split, &statements);
            match format {
                Format::Table => told::detail(&view, terminal.width),
                Format::Plain => told::grants(&view).plain(),
                Format::Csv => told::grants(&view).csv(),
                Format::Json => super::json("excess", view)?,
                Format::Jsonl => super::lines(view.grants)?,
            }
        }
        None => {
            let splits = evidence.split_all();
            let view = told::all(&evidence, &splits);
            if !view.strangers.is_empty() {
                terminal.tell(&format!(
                    "{} of the logs not in this estate (JSON lists them)",
                    counted(view.strangers.len(), "identity", "identities")
                ));
            }
            match format {
                Format::Table => told::summary(&view).terminal(terminal.width, ""),
                Format::Plain => told::summary(&view).plain(),
                Format::Csv => told::summary(&view).csv(),
                Format::Json => super::json("excess-all", view)?,
                Format::Jsonl => super::lines(view.identities)?,
            }
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
