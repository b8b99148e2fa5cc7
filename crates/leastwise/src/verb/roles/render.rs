//! `roles render`: roles in their platforms' own languages.

use std::path::PathBuf;

use clap::Args;
use leastwise_model::RoleFormat;
use leastwise_roles::files::{Role, RoleFault};
use leastwise_roles::meaning::{Meaning, meaning};

use super::{expand, folder};
use crate::exit::Exit;
use crate::files::shown;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles render roles/ --role report-reader > policy.json
  leastwise roles render roles/ --role report-reader --as terraform
  leastwise roles render roles/ --role report-reader --as permission-set
  leastwise roles render roles/ -o rendered/

What is rendered gives exactly what the role says. What a platform's language cannot say is refused with its place; nothing
is widened. Roles that are draft, proposed, suspended or retired are not rendered. Nothing is sent anywhere.")]
pub struct Arguments {
    /// A file of a role, or a folder of such files
    path: PathBuf,

    /// Only the role of this id
    #[arg(long, value_name = "ID")]
    role: Option<String>,

    /// The format: json, terraform, cloudformation, permission-set or permission-set-terraform for AWS, yaml for Kubernetes,
    /// hcl for Vault, sql for PostgreSQL, permissions for GitHub [default: the first]
    #[arg(long = "as", value_name = "FORMAT")]
    format: Option<String>,

    /// Write each role to a file of its own in this folder
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Reads, renders all, and only then writes any.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let roles = folder::read(std::slice::from_ref(&typed.path), terminal)?;
    let chosen: Vec<&Role> = match &typed.role {
        Some(id) => {
            let role = roles.technical.get(id.as_str());
            vec![role.ok_or_else(|| expand::unknown(&roles, id))?]
        }
        None => roles.technical.values().collect(),
    };
    let (wanted, others): (Vec<&Role>, Vec<&Role>) =
        chosen.into_iter().partition(|role| role.state.is_rendered());
    for role in others {
        terminal.tell(&format!(
            "{} is {}: not rendered",
            role.id.text,
            role.state.as_str()
        ));
    }
    let mut rendered = Vec::new();
    let mut faults: Vec<RoleFault> = Vec::new();
    for role in wanted {
        let made = meaning(&roles, role, PLATFORMS).and_then(|meaning| {
            let format = format(&meaning, typed.format.as_deref())?;
            Ok((role, format, meaning.render(format.name)?))
        });
        match made {
            Ok(made) => rendered.push(made),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if !faults.is_empty() {
        return Err(folder::wrong(&faults, "not every role can be rendered", terminal));
    }
    match (&typed.output, rendered.as_slice()) {
        (None, [(_, _, text)]) => terminal.print(text)?,
        (None, []) => {}
        (None, _) => {
            return Err(
                Problem::usage("several roles cannot be printed one behind the other")
                    .hint("name one with --role, or a folder for their files with -o"),
            );
        }
        (Some(folder), _) => {
            std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, &error))?;
            for (role, format, text) in &rendered {
                let path = folder.join(format!("{}.{}", role.id.text, format.extension));
                std::fs::write(&path, text).map_err(|error| Problem::file(&path, &error))?;
                terminal.print(&format!("{}\n", shown(&path)))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The format that is asked for, or the usual one of the role's platform.
fn format(meaning: &Meaning<'_>, wanted: Option<&str>) -> Result<RoleFormat, Vec<RoleFault>> {
    let formats = meaning.language.formats();
    let found = match wanted {
        Some(wanted) => formats.iter().find(|format| format.name == wanted),
        None => formats.first(),
    };
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = formats.iter().map(|format| format.name).collect();
        vec![RoleFault {
            file: meaning.role.file.clone(),
            at: Some(meaning.role.platform.at),
            what: format!(
                "{} has no format `{}`",
                meaning.platform.title(),
                wanted.unwrap_or_default()
            ),
            hint: format!("there is {}", names.join(", ")),
        }]
    })
}
