//! `usage reconcile`: does the estate say what the logs say?

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use leastwise_report::text::counted;
use leastwise_report::usage_reconcile as told;
use leastwise_usage::reconcile::reconcile;

use crate::arguments::{EstateArguments, Format, FormatArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;
use crate::verb::excess::evidence::{observed, window};

const EXAMPLES: &str = "\
Examples:
  leastwise usage reconcile logs/ --in exports/
  leastwise usage reconcile usage.json --in exports/ --at-least 99 --format json

Each request of the logs that went through or was refused is asked of the estate. What the platform decided is the
truth: a difference is a stale snapshot, a missing layer, a wrong mapping of the operation to an action, or a defect
of leastwise. All that may be so is told, the likeliest first; a defect only where nothing else is left. With logs of
the days of the export, this tests every answer that leastwise gives.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Audit logs (files or folders), or what `leastwise usage --format json` wrote of them
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// The cluster whose audit logs these are, where no leastwise.toml says it
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Leave out what happened in this time: days or moments; repeat for more
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    exclude: Vec<(Timestamp, Timestamp)>,
    /// End with exit code 4 if fewer of a hundred requests agree, or none is decided
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    at_least: Option<f64>,
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

fn percent(typed: &str) -> Result<f64, String> {
    match typed.parse::<f64>() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err("write a number from 0 to 100, as in 99.5".to_owned()),
    }
}

/// Asks all that was observed of the estate, and tells where the two differ.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, settings) = typed.estate.world_and_settings(terminal)?;
    let cluster = typed.cluster.as_deref();
    let (observed, _) = observed(&typed.logs, cluster, &typed.exclude, &settings, terminal)?;
    let reconciled = reconcile(&world, &observed);
    let view = told::view(&world, &reconciled);
    let text = match typed.format.chosen(terminal) {
        Format::Table => told::text(&view, terminal.width),
        Format::Plain => told::rows(&view).plain(),
        Format::Csv => told::rows(&view).csv(),
        Format::Json => crate::verb::json("usage-reconcile", &view)?,
        Format::Jsonl => crate::verb::lines(&view.disagreements)?,
    };
    terminal.print(&text)?;
    if !view.strangers.is_empty() {
        terminal.tell(&format!(
            "{} of the logs not in this estate (JSON lists them)",
            counted(view.strangers.len(), "identity", "identities")
        ));
    }
    Ok(match (typed.at_least, view.agreement) {
        (None, _) => Exit::Done,
        (Some(least), Some(agreement)) if agreement >= least => Exit::Done,
        (Some(_), _) => Exit::Unexpected,
    })
}
