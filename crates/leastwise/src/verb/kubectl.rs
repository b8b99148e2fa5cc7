//! `kubectl`: questions about the cluster of the current context, in the words of `kubectl`.
//!
//! Under the name `kubectl-leastwise` on the search path the program is a plugin: `kubectl leastwise who-can get secrets`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use leastwise_kubernetes::Spoken;
use leastwise_model::{Command, Text, Wanted};

use super::collect::{self, client::Client};
use super::{can, who_can};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  kubectl leastwise who-can get secrets/card-key -n shop
  kubectl leastwise who-can list secrets -A --reach direct
  kubectl leastwise can system:serviceaccount:ci:deployer create pods --subresource exec --context prod

To have the plugin, link the program under the name kubectl-leastwise into a folder of the search path.
The cluster is read anew for every question; to ask many, `leastwise collect kubernetes` once and ask with --in.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand, Debug)]
enum Question {
    /// Who may do this?
    WhoCan {
        #[command(flatten)]
        request: Request,
    },
    /// May this identity do this?
    Can {
        /// Who: system:serviceaccount:NAMESPACE:NAME, a user or a group, or the end of that
        identity: String,
        #[command(flatten)]
        request: Request,
    },
}

/// A request in the words of `kubectl`.
#[derive(Args, Debug)]
struct Request {
    /// The verb, such as get
    verb: String,
    /// The type, TYPE/NAME, TYPE.GROUP/NAME, or a URL path
    #[arg(value_name = "TYPE")]
    what: String,
    /// The subresource, such as log
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    /// The namespace [default: that of the context]
    #[arg(short, long, value_name = "NAME", conflicts_with = "all_namespaces")]
    namespace: Option<String>,
    /// Over all namespaces at once
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// The context of the kubectl configuration [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The client to run [default: kubectl, from the search path]
    #[arg(long, value_name = "PROGRAM")]
    client: Option<PathBuf>,
    /// How far to look: direct or any
    #[arg(long, value_name = "HOW", default_value = "any")]
    reach: String,
    /// How to print the answer: table, plain, json, jsonl or csv [default: table on a terminal, plain in a pipe]
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

#[derive(Parser)]
struct WhoCan {
    #[command(flatten)]
    typed: who_can::Arguments,
}

#[derive(Parser)]
struct Can {
    #[command(flatten)]
    typed: can::Arguments,
}

/// Reads the cluster and answers.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (identity, request) = match &typed.question {
        Question::WhoCan { request } => (None, request),
        Question::Can { identity, request } => (Some(identity), request),
    };
    let client = Client::find(request.client.as_deref(), &["kubectl", "oc"])?;
    let space = request.space(&client)?;
    let spoken = Spoken {
        verb: &request.verb,
        what: &request.what,
        subresource: request.subresource.as_deref(),
        namespace: space.as_deref(),
    };
    let (action, resource) = spoken.request().map_err(Problem::usage)?;
    let mut words = vec!["kubectl".to_owned()];
    words.extend(identity.cloned());
    words.extend([action, resource, "--reach".to_owned(), request.reach.clone()]);
    if let Some(format) = &request.format {
        words.extend(["--format".to_owned(), format.clone()]);
    }
    // What was typed is understood before the cluster is asked.
    match identity {
        Some(_) => {
            let mut inner = Can::try_parse_from(words).map_err(|error| misunderstood(&error))?;
            inner.typed.estate.live = Some(request.cluster(&client, terminal)?);
            can::run(&inner.typed, terminal)
        }
        None => {
            let mut inner = WhoCan::try_parse_from(words).map_err(|error| misunderstood(&error))?;
            inner.typed.estate.live = Some(request.cluster(&client, terminal)?);
            who_can::run(&inner.typed, terminal)
        }
    }
}

impl Request {
    fn context(&self) -> Vec<Text> {
        let context = self.context.iter();
        context
            .flat_map(|name| [Text::from("--context"), Text::from(&**name)])
            .collect()
    }

    /// The namespace that is meant; `None` for all.
    fn space(&self, client: &Client) -> Result<Option<String>, Problem> {
        if self.all_namespaces {
            return Ok(None);
        }
        if let Some(namespace) = &self.namespace {
            return Ok(Some(namespace.clone()));
        }
        let words = ["config", "view", "--minify", "--output=jsonpath={..namespace}"];
        let command = Command {
            name: "the namespace of the context".into(),
            arguments: self.context().into_iter().chain(words.map(Text::from)).collect(),
            ..Command::default()
        };
        let answers = client.run(&[command])?;
        let told = answers
            .into_iter()
            .next()
            .and_then(Result::ok)
            .unwrap_or_default();
        let told = String::from_utf8_lossy(&told).trim().to_owned();
        Ok(Some(match told.is_empty() {
            true => "default".to_owned(),
            false => told,
        }))
    }

    /// What the cluster says of itself, as files that were never written.
    fn cluster(&self, client: &Client, terminal: &Terminal) -> Result<Vec<(String, String)>, Problem> {
        let wanted = Wanted {
            product: "kubernetes".into(),
            arguments: self.context(),
            ..Wanted::default()
        };
        let files = collect::read(&wanted, client, terminal)?;
        let folder = self.context.as_deref().unwrap_or("kubectl");
        Ok(files
            .into_iter()
            .map(|(name, content)| (format!("{folder}/{name}"), content))
            .collect())
    }
}

fn misunderstood(error: &clap::Error) -> Problem {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    Problem::usage(first.strip_prefix("error: ").unwrap_or(first).to_owned())
        .hint("`kubectl leastwise --help` tells what can be asked")
}
