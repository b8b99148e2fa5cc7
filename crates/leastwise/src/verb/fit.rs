//! `fit`: which role gives an identity what it needs, and no more than it holds?

use std::path::PathBuf;

use clap::Args;
use leastwise_model::Identity;
use leastwise_report::fit as told;
use leastwise_roles::excess::{Evidence, grants};
use leastwise_roles::fit::{Unfit, Wish, fit, removal};

use super::excess::evidence::EvidenceArguments;
use crate::arguments::{self, EstateArguments, TextFormat};
use crate::exit::Exit;
use crate::files::shown;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise fit role/reports --in exports/ --usage logs/
  leastwise fit role/reports --in exports/ --usage logs/ -o roles/reports.yaml
  leastwise fit role/reports --in exports/ --usage logs/ --undo undo.sh
  leastwise fit role/reports --in exports/ --declared-only --as json

The role holds what is declared under `[[declared]]` in leastwise.toml, and what was used. It is proved that it gives
all of that which is held, and nothing that is not granted today; every logged use is replayed against it. What
cannot be said exactly is refused with the reason. It is `proposed`: somebody decides. Nothing is sent anywhere.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    identity: String,
    /// Only what is declared; what was used besides is left out
    #[arg(long)]
    declared_only: bool,
    /// The id of the role [default: made of the identity's name]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The environment of the role [default: the identity's]
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Show the role in its platform's own language: json, terraform, cloudformation, permission-set or
    /// permission-set-terraform for AWS, yaml for Kubernetes, hcl for Vault, sql for PostgreSQL, permissions for GitHub
    #[arg(long = "as", value_name = "FORMAT")]
    native: Option<String>,
    /// Write the role to this file, or what --as makes of it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the commands that undo the way there, as a script
    #[arg(long, value_name = "FILE")]
    undo: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = TextFormat::Table)]
    format: TextFormat,
    #[command(flatten)]
    evidence: EvidenceArguments,
    #[command(flatten)]
    estate: EstateArguments,
}

/// Proposes a role, and tells what is proved of it and what to take away then.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, settings) = typed.estate.world_and_settings(terminal)?;
    let index = arguments::identity(&world, &typed.identity)?;
    let gathered = typed.evidence.gather(&settings, terminal)?;
    let evidence = Evidence::new(&world, &settings.declared, &gathered.observed, gathered.scopes);
    let (Some(identity), Some(split)) = (world.snapshot().identity(index), evidence.split(index)) else {
        return Err(Problem::internal("an identity of the estate has no platform"));
    };
    let language = world.platform_of(index).and_then(|platform| platform.roles());
    if let (Some(wanted), Some(language)) = (&typed.native, language)
        && !language.formats().iter().any(|format| format.name == wanted)
    {
        let names: Vec<&str> = language.formats().iter().map(|format| format.name).collect();
        return Err(Problem::usage(format!("its platform has no format `{wanted}`"))
            .hint(format!("there is {}", names.join(", "))));
    }
    let environment = typed.environment.as_deref().or(identity.environment.as_deref());
    let Some(environment) = environment else {
        return Err(Problem::usage("which environment the role is for is not known")
            .hint("name it with --environment"));
    };
    let id = typed.id.clone().unwrap_or_else(|| id_of(identity));
    let wish = Wish {
        id: &id,
        environment,
        declared_only: typed.declared_only,
    };
    let fitting = fit(&evidence, &split, &wish, typed.native.as_deref(), PLATFORMS)
        .map_err(|unfit| refused(&unfit, identity))?;
    let statements = grants(&world, &split);
    let handles = removal(&evidence, &split, &statements);
    let view = told::view(&world, &fitting, &handles);
    let text = match typed.format {
        TextFormat::Table => told::text(&view, terminal.width),
        TextFormat::Json => super::json("fit", &view)?,
    };
    if let Some(path) = &typed.output {
        let file = fitting.native.as_ref().unwrap_or(&fitting.file);
        std::fs::write(path, file).map_err(|error| Problem::file(path, &error))?;
        terminal.tell(&format!("wrote {}", shown(path)));
    }
    if let Some(path) = &typed.undo {
        std::fs::write(path, told::undo(&view)).map_err(|error| Problem::file(path, &error))?;
        terminal.tell(&format!("wrote {}", shown(path)));
    }
    terminal.print(&text)?;
    Ok(Exit::Done)
}

/// An id out of a name: lower-case letters and digits, the rest as `-`.
fn id_of(identity: &Identity) -> String {
    let mut id = String::new();
    for c in identity.name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            _ if id.is_empty() || id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    id.truncate(63);
    let id = id.trim_end_matches('-');
    match id.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => id.to_owned(),
        false => format!("role-{id}")
            .trim_end_matches('-')
            .chars()
            .take(63)
            .collect(),
    }
}

fn refused(unfit: &Unfit, identity: &Identity) -> Problem {
    let name = &identity.name;
    match unfit {
        Unfit::Language(platform) => Problem::usage(format!("no roles are written for {platform}"))
            .hint("`leastwise excess` tells what is held beyond the need"),
        Unfit::Nothing => Problem::usage(format!("nothing that {name} holds is declared or was used"))
            .hint("declare it under `[[declared]]` in leastwise.toml, or give logs with --usage"),
        Unfit::Inexpressible { witness, why } => {
            let request = witness.as_ref().map_or_else(String::new, |witness| {
                format!(
                    ": {} on {} is needed and would be left out",
                    witness.request.action, witness.request.resource
                )
            });
            Problem::usage(format!(
                "no role gives {name} what it needs without giving more{request}: {why}"
            ))
            .hint("declare the need more narrowly, or write the role by hand; nothing is widened")
        }
        Unfit::Faults(faults) => {
            let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Problem::usage(format!("the role cannot be written: {}", words.join("; ")))
                .hint("declare the need in words of the platform")
        }
        Unfit::Unproved(why) => {
            Problem::usage(format!("the role is not proved: {why}")).hint("declare the need more narrowly")
        }
    }
}
