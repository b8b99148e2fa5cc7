//! `roles expand`: what do roles allow, from a business role down to actions?

use std::path::PathBuf;

use clap::Args;
use leastwise_report::roles_code::{self, Told};
use leastwise_roles::files::{BusinessRole, Role, Roles};
use leastwise_roles::meaning::meaning;

use super::folder;
use crate::arguments::{Format, FormatArguments};
use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles expand roles/
  leastwise roles expand roles/ analyst
  leastwise roles expand roles/ --format json | jq '.permissions[].actions'

ROLE is the id of a business role or of a technical role; without one, every role is told.")]
pub struct Arguments {
    /// A file of a role, or a folder of such files
    path: PathBuf,

    /// Only this business role or technical role
    role: Option<String>,

    #[command(flatten)]
    format: FormatArguments,
}

/// Reads, understands, prints.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let roles = folder::read(std::slice::from_ref(&typed.path), terminal)?;
    let mut told: Told<'_> = Vec::new();
    let mut faults = Vec::new();
    for (business, role) in chosen(&roles, typed.role.as_deref())? {
        match meaning(&roles, role, PLATFORMS) {
            Ok(meaning) => told.push((business, meaning)),
            Err(wrong) => faults.extend(
                wrong
                    .into_iter()
                    .filter(|one| !faults.contains(one))
                    .collect::<Vec<_>>(),
            ),
        }
    }
    if !faults.is_empty() {
        return Err(folder::wrong(
            &faults,
            "not every permission can be understood",
            terminal,
        ));
    }
    let text = match typed.format.chosen(terminal) {
        Format::Table => roles_code::text(&told, &roles),
        Format::Plain => roles_code::table(&told).plain(),
        Format::Csv => roles_code::table(&told).csv(),
        Format::Json => super::super::json("expansion", roles_code::view(&told))?,
        Format::Jsonl => super::super::lines(roles_code::view(&told).permissions)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

type Chosen<'a> = Vec<(Option<&'a BusinessRole>, &'a Role)>;

/// The roles that are asked for: with business roles where there are such, and those that none of them needs.
fn chosen<'a>(roles: &'a Roles, wanted: Option<&str>) -> Result<Chosen<'a>, Problem> {
    let of = |business: &'a BusinessRole| {
        let technical = business
            .roles
            .iter()
            .filter_map(|id| roles.technical.get(&id.text));
        technical.map(move |role| (Some(business), role))
    };
    let Some(wanted) = wanted else {
        let mut all: Chosen<'a> = roles.business.values().flat_map(of).collect();
        let told: Vec<&str> = all.iter().map(|(_, role)| &*role.id.text).collect();
        let others = roles
            .technical
            .values()
            .filter(|role| !told.contains(&&*role.id.text));
        let others: Chosen<'a> = others.map(|role| (None, role)).collect();
        all.extend(others);
        return Ok(all);
    };
    match (roles.business.get(wanted), roles.technical.get(wanted)) {
        (Some(business), _) => Ok(of(business).collect()),
        (None, Some(role)) => Ok(vec![(None, role)]),
        (None, None) => Err(unknown(roles, wanted)),
    }
}

/// No role has this id.
pub fn unknown(roles: &Roles, wanted: &str) -> Problem {
    let ids: Vec<&str> = roles
        .business
        .keys()
        .chain(roles.technical.keys())
        .map(|id| &**id)
        .collect();
    Problem::usage(format!("there is no role `{wanted}`"))
        .hint(format!("there are {}", crate::text::few(&ids)))
}
