//! `collect`: reads exports through the user's own native clients.
//!
//! What is asked is data of the platforms, and every command of it only reads. A platform whose exports can be collected has
//! a collector of its own; nothing here knows one by name. Commands that do not wait for each other run side by side.

pub mod client;

use std::path::{Path, PathBuf};

use clap::Args;
use leastwise_model::{Collector, Command, Heard, Text, Wanted};
use leastwise_report::collected::{Asked, Collected, Outcome};
use leastwise_report::style::{COMMAND, paint};
use leastwise_report::text::counted;

use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::terminal::Terminal;
use client::Client;

/// What was asked of a server, and what came of it.
const MANIFEST: &str = "collected.json";
/// How many failures are told one by one.
const SHOWN: usize = 10;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise collect openbao --out exports/bao
  leastwise collect kubernetes --out exports/prod -- --context prod
  leastwise collect aws --out exports/aws -- --profile auditor
  leastwise collect aws --print-policy
  leastwise collect github --out exports/github --within acme
  leastwise collect postgresql --out exports/db -- -h db.example.com -U auditor
  leastwise scan exports

The clients are your own (aws, kubectl, gh, vault or bao, psql) with their own ways to log in: environment, token helper, password file, kubeconfig.
Nothing is changed, and no secret is written: what could hold one is forgotten as soon as it is heard.")]
pub struct Arguments {
    /// The product: what can be collected is listed where none is given
    product: Option<String>,

    /// The folder to write to, new or empty [default: the product's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Only this database, namespace, region, owner or `owner/repository`; repeat for more [default: all]
    #[arg(long = "within", value_name = "NAME")]
    within: Vec<String>,

    /// The client to run [default: the product's own, from the search path]
    #[arg(long, value_name = "PROGRAM")]
    client: Option<PathBuf>,

    /// Print the least policy with which all of it can be asked, and ask nothing
    #[arg(long)]
    print_policy: bool,

    /// Arguments for every call of the client
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

/// Collects, and tells what could not be had.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let known = || PLATFORMS.iter().flat_map(|platform| platform.collects()).copied();
    let Some(product) = &typed.product else {
        for product in known() {
            terminal.print(&format!("{product}\n"))?;
        }
        return Ok(Exit::Done);
    };
    let wanted = Wanted {
        product: product.as_str().into(),
        within: typed.within.iter().map(|name| name.as_str().into()).collect(),
        arguments: typed.arguments.iter().map(|word| word.as_str().into()).collect(),
    };
    let platform = PLATFORMS
        .iter()
        .find(|platform| platform.collects().contains(&product.as_str()));
    let Some(mut collector) = platform.and_then(|platform| platform.collector(&wanted)) else {
        let all: Vec<&str> = known().collect();
        return Err(
            Problem::usage(format!("`{product}` cannot be collected")).hint(format!(
                "there are {}; of others, give the exports themselves to `scan`",
                all.join(", ")
            )),
        );
    };
    if typed.print_policy {
        let Some(policy) = collector.least() else {
            return Err(Problem::usage(format!("no policy is known for `{product}`"))
                .hint("there is one for aws and for github"));
        };
        terminal.print(&format!("{policy}\n"))?;
        return Ok(Exit::Done);
    }
    let folder = typed.out.clone().unwrap_or_else(|| PathBuf::from(product));
    let client = Client::find(typed.client.as_deref(), collector.clients())?;
    vacant(&folder)?;
    let asked = ask_all(collector.as_mut(), &client, terminal)?;
    let files = collector.files();
    let kept = asked.iter().filter(|one| one.outcome == Outcome::Kept).count();
    if files.is_empty() || kept == 0 {
        return Err(Problem::no_input(format!("nothing could be had of {product}"))
            .hint("check that the client itself can log in and read"));
    }
    let manifest = Collected {
        product: product.clone(),
        client: client.name(),
        files: files.iter().map(|(name, _)| name.to_string()).collect(),
        asked,
    };
    write(&folder, &files, &manifest)?;
    let place = crate::files::shown(&folder);
    terminal.print(&format!(
        "wrote {place}: {} out of {}\n{}\n",
        counted(files.len(), "file", "files"),
        counted(kept, "answer", "answers"),
        paint(COMMAND, format!("leastwise scan {place}"))
    ))?;
    Ok(Exit::Done)
}

/// Reads what is wanted into files that are not written.
///
/// # Errors
/// Where it cannot be collected, or nothing could be had.
pub fn read(wanted: &Wanted, client: &Client, terminal: &Terminal) -> Result<Vec<(Text, String)>, Problem> {
    let platform = PLATFORMS
        .iter()
        .find(|platform| platform.collects().contains(&&*wanted.product));
    let Some(mut collector) = platform.and_then(|platform| platform.collector(wanted)) else {
        return Err(Problem::internal("what is wanted cannot be collected"));
    };
    ask_all(collector.as_mut(), client, terminal)?;
    let files = collector.files();
    match files.is_empty() {
        true => Err(
            Problem::no_input(format!("nothing could be had of {}", wanted.product))
                .hint("check that the client itself can log in and read"),
        ),
        false => Ok(files),
    }
}

/// Asks until nothing follows.
fn ask_all(
    collector: &mut dyn Collector,
    client: &Client,
    terminal: &Terminal,
) -> Result<Vec<Asked>, Problem> {
    let mut asked = Vec::new();
    let mut failures: Vec<(Text, Text, String)> = Vec::new();
    let mut commands: Vec<Command> = collector.begin();
    let mut progress = Progress::of_steps("asking");
    while !commands.is_empty() {
        let mut following = Vec::new();
        for round in commands.chunks(client::AT_ONCE) {
            for (command, answer) in round.iter().zip(client.run(round)?) {
                let heard = match &answer {
                    Ok(bytes) => collector.hear(command, Ok(bytes)),
                    Err(complaint) => collector.hear(command, Err(complaint)),
                };
                let (heard, more) = heard;
                following.extend(more);
                let (outcome, why) = match heard {
                    Heard::Kept => (Outcome::Kept, None),
                    Heard::Nothing => (Outcome::Nothing, None),
                    Heard::Failed(why) => {
                        let said = answer.err().unwrap_or_default();
                        failures.push((command.name.clone(), why.clone(), said));
                        (Outcome::Failed, Some(why.to_string()))
                    }
                };
                asked.push(Asked {
                    name: command.name.to_string(),
                    outcome,
                    why,
                });
            }
            progress.advance(round.len() as u64);
        }
        commands = following;
    }
    drop(progress);
    let shown = if terminal.verbose { failures.len() } else { SHOWN };
    for (name, why, said) in failures.iter().take(shown) {
        terminal.tell(&format!("{name}: {why}"));
        if terminal.verbose && !said.trim().is_empty() {
            terminal.tell(&format!("  {}", said.trim().replace('\n', "\n  ")));
        }
    }
    if let Some(more) = failures.len().checked_sub(shown).filter(|more| *more > 0) {
        terminal.tell(&format!("{more} more could not be read (-v lists them)"));
    }
    Ok(asked)
}

/// Nothing that is there is written over, and nothing is mixed with it.
fn vacant(folder: &Path) -> Result<(), Problem> {
    let taken = folder.exists()
        && folder
            .read_dir()
            .map_or(true, |mut entries| entries.next().is_some());
    if taken {
        let what = format!("{} is there already and is not an empty folder", folder.display());
        return Err(Problem::usage(what).hint("name a new folder with --out"));
    }
    Ok(())
}

fn write(folder: &Path, files: &[(Text, String)], manifest: &Collected) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, &error))?;
    let manifest = super::json("collected", manifest)?;
    let files = files.iter().map(|(name, content)| (&**name, content.as_str()));
    for (name, content) in files.chain([(MANIFEST, manifest.as_str())]) {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| Problem::file(parent, &error))?;
        }
        std::fs::write(&path, content).map_err(|error| Problem::file(&path, &error))?;
    }
    Ok(())
}
