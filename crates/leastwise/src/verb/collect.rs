//! `collect`: reads exports through the user's own native clients.
//!
//! What is asked is data of the platforms, and every command of it only reads. A platform whose exports can be collected has
//! a collector of its own; nothing here knows one by name. Commands that do not wait for each other run side by side.

mod asking;
pub mod client;
mod folder;

use std::path::PathBuf;

use clap::Args;
use leastwise_model::{Choice, Collector, Text, Wanted};
use leastwise_report::style::{COMMAND, paint};
use leastwise_report::text::counted;

use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;
use asking::{Told, ask_all};
use client::Client;
use folder::Folder;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise collect openbao --out exports/bao
  leastwise collect kubernetes --out exports/prod -- --context prod
  leastwise collect aws --out exports/aws -- --profile auditor
  leastwise collect aws --print-policy
  leastwise collect aws --out exports/org --role-name auditor
  leastwise collect aws --out exports/two --profile shop --profile bank --within eu-west-1
  leastwise collect github --out exports/github --within acme
  leastwise collect postgresql --out exports/db -- -h db.example.com -U auditor
  leastwise scan exports

The clients are your own (aws, kubectl, gh, vault or bao, psql) with their own ways to log in: environment, token helper, password file, kubeconfig.
Nothing is changed, and no secret is written: what could hold one is forgotten as soon as it is heard.
A run of aws that ended early, or was refused something, is taken up by the same command: what is there is not asked again.")]
pub struct Arguments {
    /// The product: what can be collected is listed where none is given
    product: Option<String>,

    /// The folder to write to, new or empty [default: the product's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Only this database, namespace, region, owner or `owner/repository`; repeat for more [default: all]
    #[arg(long = "within", value_name = "NAME")]
    within: Vec<String>,

    /// Read this account, by the role of --role-name; repeat for more [default: all active accounts of the organization]
    #[arg(long = "account", value_name = "ID", requires = "role_name")]
    accounts: Vec<String>,

    /// Read other accounts than one's own by taking on the role of this name in each
    #[arg(long, value_name = "NAME", conflicts_with = "profiles")]
    role_name: Option<String>,

    /// Read the account of this profile of the client; repeat for more, the one that may read the organization first
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,

    /// Ask of each identity what it used last as well: two calls an identity
    #[arg(long)]
    last_used: bool,

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
    let wanted = typed.wanted(product);
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
    let understood = collector.choices();
    if let Some(choice) = wanted.choices().into_iter().find(|one| !understood.contains(one)) {
        return Err(
            Problem::usage(format!("`{}` means nothing to {product}", option(choice)))
                .hint("leave it out; `leastwise collect --help` says what each is for"),
        );
    }
    if let Some(objection) = collector.objection() {
        return Err(Problem::usage(objection.to_string()));
    }
    if typed.print_policy {
        return policies(product, collector.as_ref(), terminal);
    }
    let path = typed.out.clone().unwrap_or_else(|| PathBuf::from(product));
    let client = Client::find(typed.client.as_deref(), collector.clients())?;
    let mut folder = Folder::open(&path, product, client.name(), typed.words())?;
    take_up(&folder, collector.as_mut(), terminal);
    let asked = ask_all(collector.as_mut(), &client, terminal, &mut |told| match told {
        Told::Begun(part) => folder.begin(part),
        Told::Finished(part, asked, files) => folder.keep(part, asked, files),
    });
    let asked = asked.and_then(|()| folder.keep(&"".into(), Vec::new(), collector.files()));
    if folder.files() == 0 || folder.answers(false) == 0 {
        asked?;
        return Err(Problem::no_input(format!("nothing could be had of {product}"))
            .hint("check that the client itself can log in and read"));
    }
    folder.save()?;
    asked?;
    let place = crate::files::shown(&path);
    terminal.print(&format!(
        "wrote {place}: {} out of {}\n{}\n",
        counted(folder.files(), "file", "files"),
        counted(folder.answers(false), "answer", "answers"),
        paint(COMMAND, format!("leastwise scan {place}"))
    ))?;
    let lacking = folder.parts().values().filter(|whole| !**whole).count();
    if lacking > 0 {
        terminal.tell(&format!(
            "{} not whole: the same command asks for what is not there",
            counted(lacking, "part is", "parts are")
        ));
    }
    Ok(Exit::Done)
}

impl Arguments {
    fn wanted(&self, product: &str) -> Wanted {
        let texts = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect();
        Wanted {
            product: product.into(),
            within: texts(&self.within),
            accounts: texts(&self.accounts),
            role: self.role_name.as_deref().map(Text::from),
            profiles: texts(&self.profiles),
            last_use: self.last_used,
            arguments: texts(&self.arguments),
        }
    }

    /// The options that say what is read, in one order.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut several = |name: &str, given: &[String]| {
            words.extend(given.iter().map(|value| format!("{name} {value}")));
        };
        several("--within", &self.within);
        several("--account", &self.accounts);
        several("--role-name", self.role_name.as_slice());
        several("--profile", &self.profiles);
        if self.last_used {
            words.push("--last-used".to_owned());
        }
        words
    }
}

/// How a choice is typed.
fn option(choice: Choice) -> &'static str {
    match choice {
        Choice::Accounts => "--account",
        Choice::Role => "--role-name",
        Choice::Profiles => "--profile",
        Choice::LastUse => "--last-used",
    }
}

/// Prints the least policies; of several, each one's reader on standard error.
fn policies(product: &str, collector: &dyn Collector, terminal: &Terminal) -> Result<Exit, Problem> {
    let all = collector.least();
    if all.is_empty() {
        return Err(Problem::usage(format!("no policy is known for `{product}`"))
            .hint("there is one for aws and for github"));
    }
    for least in &all {
        if all.len() > 1 {
            terminal.tell(&format!("{}:", least.title));
        }
        terminal.print(&format!("{}\n", least.policy))?;
    }
    Ok(Exit::Done)
}

/// Takes an earlier collection up, and says what is kept of it.
fn take_up(folder: &Folder, collector: &mut dyn Collector, terminal: &Terminal) {
    let parts = folder.parts();
    if parts.is_empty() {
        return;
    }
    let whole = parts.values().filter(|whole| **whole).count();
    terminal.tell(&format!(
        "taking up an earlier run: {} of {} kept, with {}",
        whole,
        counted(parts.len(), "part", "parts"),
        counted(folder.answers(true), "answer", "answers")
    ));
    collector.resume(&parts);
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
    ask_all(collector.as_mut(), client, terminal, &mut |_| Ok(()))?;
    let files = collector.files();
    match files.is_empty() {
        true => Err(
            Problem::no_input(format!("nothing could be had of {}", wanted.product))
                .hint("check that the client itself can log in and read"),
        ),
        false => Ok(files),
    }
}
