//! `reach`: what falls with this identity, and what would stay; or who comes to this resource?

mod cut;
mod goal;
mod renamed;
mod revoked;
mod to;

use clap::{Args, ValueEnum};
use leastwise_report::reach::Stages;
use leastwise_report::{drawing, reach};

use crate::arguments::{self, EstateArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise reach system:serviceaccount:ci:deployer --in exports/
  leastwise reach --to 'arn:aws:s3:::cards/*' --action s3:GetObject --in exports/
  leastwise reach --to payments/card-key --action 'core/secrets:*' --class read
  leastwise reach --to arn:aws:iam::111122223333:role/deploy
  leastwise reach --to 'customer data'
  leastwise reach --to 'customer data' --cut
  leastwise reach --to 'customer data' --format svg > ways.svg
  leastwise reach deployer --if-revoked exports/account.json:242
  leastwise reach --if-renamed acme/shop=acme/store --in exports/";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    #[arg(required_unless_present_any = ["to", "if_renamed"], conflicts_with = "to")]
    identity: Option<String>,
    /// Who comes to act on this: a resource as its platform writes it (`*` is a pattern), an identity that is to be
    /// become, or a crown jewel of the settings by its name
    #[arg(long, value_name = "RESOURCE")]
    to: Option<String>,
    /// With --to: by this action; `*` is a pattern [default: every action that the resource takes]
    #[arg(long, value_name = "ACTION", requires = "to", conflicts_with = "identity")]
    action: Option<String>,
    /// With --to: by actions of this class, such as `write` or `'read data'`
    #[arg(long, value_name = "CLASS", requires = "to", conflicts_with = "identity")]
    class: Option<String>,
    /// With --to: a resource of this platform, such as `kubernetes`, where several have such names
    #[arg(long, value_name = "NAME", requires = "to", conflicts_with = "identity")]
    platform: Option<String>,
    /// With --to: which few statements, taken away together, end every way there over others or over grants; whoever
    /// acts as itself keeps what it acts by
    #[arg(long, requires = "to", conflicts_with = "identity")]
    cut: bool,
    /// What of the identity's reach dies and what stays if this grant or trust is taken away: FILE:LINE or
    /// FILE:LINE:COLUMN as paths tell it, or its name
    #[arg(long, value_name = "GRANT", conflicts_with = "to")]
    if_revoked: Option<String>,
    /// Which trusts in tokens stop admitting if a repository, or an owner of some, is called otherwise, and whom does whoever
    /// takes the old name become: OWNER/OLD=OWNER/NEW, or OLD=NEW
    #[arg(long, value_name = "OLD=NEW", conflicts_with_all = ["identity", "to", "if_revoked"])]
    if_renamed: Option<String>,
    #[command(flatten)]
    estate: EstateArguments,
    /// How to print the answer [default: table on a terminal, plain in a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<WayFormat>,
}

/// How ways look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WayFormat {
    /// For reading, as wide as the terminal; the default there
    Table,
    /// Tab-separated values without a header; the default in a pipe
    Plain,
    /// One JSON document; `leastwise schema` has its JSON Schema
    Json,
    /// One JSON document for each row
    Jsonl,
    /// Comma-separated values with a header, for spreadsheets
    Csv,
    /// A drawing as text, for comments and documents
    Mermaid,
    /// A drawing as an image
    Svg,
}

impl Arguments {
    fn stages(&self) -> Stages {
        match self.estate.tag_environment {
            true => Stages::Told,
            false => Stages::Untold,
        }
    }

    fn chosen(&self, terminal: &Terminal) -> WayFormat {
        self.format.unwrap_or(match terminal.interactive {
            true => WayFormat::Table,
            false => WayFormat::Plain,
        })
    }
}

/// Shows whom it can become and how it comes to control; or who comes to the resource, and where to cut.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    if let Some(names) = &typed.if_renamed {
        return renamed::run(typed, names, terminal);
    }
    match (&typed.identity, &typed.to) {
        (_, Some(to)) if typed.cut => cut::run(typed, to, terminal),
        (_, Some(to)) => to::run(typed, to, terminal),
        (Some(identity), None) if typed.if_revoked.is_some() => {
            let grant = typed.if_revoked.as_deref().unwrap_or_default();
            revoked::run(typed, identity, grant, terminal)
        }
        (Some(identity), None) => from(typed, identity, terminal),
        (None, None) => Err(Problem::usage("neither an identity nor --to is given")),
    }
}

fn from(typed: &Arguments, identity: &str, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let identity = arguments::identity(&world, identity)?;
    let fallen = world.reach(identity);
    let ways = reach::ways(&world, &fallen);
    let stages = typed.stages();
    let text = match typed.chosen(terminal) {
        WayFormat::Table => reach::text(&world, &fallen, &ways, stages, terminal.width),
        WayFormat::Plain => reach::table(&world, &fallen, stages).plain(),
        WayFormat::Csv => reach::table(&world, &fallen, stages).csv(),
        WayFormat::Json => super::json("reach", reach::view(&world, &fallen, &ways))?,
        WayFormat::Jsonl => {
            let view = reach::view(&world, &fallen, &ways);
            super::lines(view.becomes)? + &super::lines(view.outward)?
        }
        WayFormat::Mermaid => drawing::mermaid(&reach::drawing(&world, &fallen)),
        WayFormat::Svg => drawing::svg(&reach::drawing(&world, &fallen)),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
