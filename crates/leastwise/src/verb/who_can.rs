//! `who-can`: who may perform this action on this resource?

use std::collections::BTreeMap;

use clap::Args;
use leastwise_effective::{Holder, Outcome, Question, Reach, Telling, World};
use leastwise_model::IdentityIndex;
use leastwise_report::style::{QUIET, paint};
use leastwise_report::text::counted;
use leastwise_report::{answer, who};

use crate::arguments::{self, ContextArguments, EstateArguments, Format, FormatArguments, ReachArgument};
use crate::exit::Exit;
use crate::pattern;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise who-can s3:GetObject arn:aws:s3:::cards/june --in exports/
  leastwise who-can core/secrets:get payments/card-key --reach direct --format csv

In ACTION and RESOURCE `*` is a pattern: listed is who can make every request in it, with --any at least one.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The action, as the platform writes it
    action: String,
    /// The resource, as the platform writes it
    resource: String,
    #[command(flatten)]
    context: ContextArguments,
    /// How far to look
    #[arg(long, value_name = "HOW", value_enum, default_value_t = ReachArgument::Any)]
    reach: ReachArgument,
    /// With a pattern: who can make at least one of its requests, instead of every one
    #[arg(long)]
    any: bool,
    #[command(flatten)]
    pub estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Lists everybody whose answer is not no.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let format = typed.format.chosen(terminal);
    let telling = match format {
        // Tables tell through whom, not by which statements.
        Format::Table | Format::Plain | Format::Csv => Telling::InOutline,
        Format::Json | Format::Jsonl => Telling::InFull,
    };
    let mut found = holders(&world, typed, telling)?;
    if typed.estate.strict {
        found = found
            .into_iter()
            .map(|Holder { identity, answer }| Holder {
                identity,
                answer: answer::strictly(answer),
            })
            .collect();
    }
    let snapshot = world.snapshot();
    let text = match format {
        Format::Table => {
            let count = counted(found.len(), "identity", "identities");
            let about = format!("{count} of {}", snapshot.identities.len());
            let table = who::table(snapshot, &found);
            let table = if table.is_empty() {
                String::new()
            } else {
                table.terminal(terminal.width, "")
            };
            format!("{table}{}\n", paint(QUIET, about))
        }
        Format::Plain => who::table(snapshot, &found).plain(),
        Format::Csv => who::table(snapshot, &found).csv(),
        Format::Json => super::json(
            "who-can",
            who::view(snapshot, &typed.action, &typed.resource, &found),
        )?,
        Format::Jsonl => {
            super::lines(who::view(snapshot, &typed.action, &typed.resource, &found).identities)?
        }
    };
    terminal.print(&text)?;
    let unknown = found
        .iter()
        .any(|holder| matches!(holder.answer.outcome, Outcome::Unknown { .. }));
    Ok(if typed.estate.strict && unknown {
        Exit::Unknown
    } else {
        Exit::Done
    })
}

fn holders(world: &World, typed: &Arguments, telling: Telling) -> Result<Vec<Holder>, Problem> {
    let asks_pattern = arguments::is_pattern(&typed.action) || arguments::is_pattern(&typed.resource);
    // One of each platform stands for all of it: whether the question makes sense there.
    let mut of_platform: BTreeMap<&str, (IdentityIndex, bool)> = BTreeMap::new();
    for (index, _) in world.snapshot().each_identity() {
        let Some(platform) = world.platform_of(index) else {
            continue;
        };
        of_platform.entry(platform.name()).or_insert_with(|| {
            let concerned = if asks_pattern {
                pattern::concerns(world, index, &typed.action, &typed.resource)
            } else {
                platform.objection(&typed.action, &typed.resource).is_none()
            };
            (index, concerned)
        });
    }
    let concerned = of_platform
        .values()
        .find(|(_, concerned)| *concerned)
        .map(|(index, _)| *index);
    let Some(first) = concerned else {
        // Every platform objects: the objections say what is wrong.
        for (index, _) in of_platform.values() {
            arguments::objection(world, *index, &typed.action, &typed.resource, Reach::Direct)?;
        }
        return Err(Problem::usage(format!(
            "no platform of this estate knows `{}`",
            typed.action
        )));
    };
    let given = typed.context.circumstances(world.platform_of(first))?;
    if !asks_pattern {
        let question = Question {
            identity: first,
            action: &typed.action,
            resource: &typed.resource,
            known: given.known,
            absent: given.absent,
            given: given.given,
            reach: typed.reach.into(),
            complete: false,
        };
        return Ok(world.who_can(&question, telling));
    }
    let asked = pattern::Asked {
        action: &typed.action,
        resource: &typed.resource,
        any: typed.any,
        reach: typed.reach.into(),
        given: &given,
    };
    let mut found = Vec::new();
    for (identity, _) in world.snapshot().each_identity() {
        let platform = world.platform_of(identity).map_or("", |platform| platform.name());
        if of_platform.get(platform).is_some_and(|(_, concerned)| *concerned) {
            let (answer, _) = pattern::can(world, identity, &asked);
            if answer.outcome != Outcome::No {
                found.push(Holder { identity, answer });
            }
        }
    }
    Ok(found)
}
