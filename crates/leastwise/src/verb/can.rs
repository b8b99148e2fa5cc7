//! `can`: may this identity perform this action on this resource?

use std::borrow::Cow;

use clap::Args;
use leastwise_effective::{Answer, Question, World};
use leastwise_model::IdentityIndex;
use leastwise_permset::Witness;
use leastwise_report::answer::{self, AnswerView, Answered, Asked, Word};
use leastwise_report::compare;
use leastwise_report::table::{Cell, Column, Table};

use crate::arguments::{
    self, Circumstances, ContextArguments, EstateArguments, Expected, Format, FormatArguments, ReachArgument,
    SessionArgument,
};
use crate::exit::Exit;
use crate::pattern;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise can arn:aws:iam::111122223333:role/reports s3:GetObject arn:aws:s3:::cards/june --in exports/
  leastwise can system:serviceaccount:ci:deployer core/secrets:get payments/card-key --expect no

The answer is yes, when (under a condition), no, or unknown (because something is missing).
In ACTION and RESOURCE `*` is a pattern: the answer speaks of every request in it, with --any of at least one.
A no to every request shows one that fails.
RESOURCE '*' is every resource of the identity's own account or cluster; with --any, one anywhere.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    identity: String,
    /// The action, as the platform writes it
    action: String,
    /// The resource, as the platform writes it
    resource: String,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    context: ContextArguments,
    /// How far to look
    #[arg(long, value_name = "HOW", value_enum, default_value_t = ReachArgument::Any)]
    reach: ReachArgument,
    /// With a pattern: whether at least one of its requests can be made, instead of every one
    #[arg(long)]
    any: bool,
    /// End with exit code 4 if the answer is another one
    #[arg(long, value_name = "ANSWER", value_enum)]
    expect: Option<Expected>,
    #[command(flatten)]
    pub estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Answers one question.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, identity) = typed.session.world(&typed.estate, &typed.identity, terminal)?;
    let given = typed.context.circumstances(world.platform_of(identity))?;
    let (answer, witness) = answered(&world, identity, typed, &given)?;
    let answer = if typed.estate.strict {
        answer::strictly(answer)
    } else {
        answer
    };
    print(&world, identity, typed, &answer, witness.as_ref(), terminal)?;
    Ok(exit(&answer, typed.expect, typed.estate.strict))
}

fn answered(
    world: &World,
    identity: IdentityIndex,
    typed: &Arguments,
    given: &Circumstances,
) -> Result<(Answer, Option<Witness>), Problem> {
    if arguments::is_pattern(&typed.action) || arguments::is_pattern(&typed.resource) {
        let asked = pattern::Asked {
            action: &typed.action,
            resource: &typed.resource,
            any: typed.any,
            reach: typed.reach.into(),
            given,
        };
        let (answer, witness) = pattern::can(world, identity, &asked);
        let witness = witness.map(|first| pattern::example(world, identity, &asked, &answer, first));
        return Ok((answer, witness));
    }
    arguments::objection(
        world,
        identity,
        &typed.action,
        &typed.resource,
        typed.reach.into(),
    )?;
    let answer = world.ask(&Question {
        identity,
        action: &typed.action,
        resource: &typed.resource,
        known: given.known.clone(),
        absent: given.absent.clone(),
        given: given.given.clone(),
        reach: typed.reach.into(),
        complete: false,
    });
    Ok((answer, None))
}

/// What a script learns: an unknown under `--strict` comes before an expectation that is not met.
pub fn exit(answer: &Answer, expect: Option<Expected>, strict: bool) -> Exit {
    let unknown = Word::of(&answer.outcome) == Word::Unknown;
    let expects_unknown = expect == Some(Expected::Unknown);
    if strict && unknown && !expects_unknown {
        return Exit::Unknown;
    }
    match expect {
        Some(expected) if !expected.met_by(&answer.outcome) => Exit::Unexpected,
        _ => Exit::Done,
    }
}

fn print(
    world: &World,
    identity: IdentityIndex,
    typed: &Arguments,
    answer: &Answer,
    witness: Option<&Witness>,
    terminal: &Terminal,
) -> Result<(), Problem> {
    let snapshot = world.snapshot();
    let seen = || Answered {
        identity: Cow::Borrowed(leastwise_report::path::id(snapshot, identity)),
        action: Cow::Borrowed(&typed.action),
        resource: Cow::Borrowed(&typed.resource),
        answer: AnswerView {
            witness: witness.map(compare::witness),
            ..answer::view(snapshot, answer)
        },
    };
    let text = match typed.format.chosen(terminal) {
        Format::Table => {
            let asked = Asked {
                identity,
                action: &typed.action,
                resource: &typed.resource,
                witness,
            };
            answer::text(snapshot, asked, answer, 3, terminal.width)
        }
        Format::Plain => row(&seen()).plain(),
        Format::Csv => row(&seen()).csv(),
        Format::Json => super::json("answer", seen())?,
        Format::Jsonl => super::lines([seen()])?,
    };
    terminal.print(&text)
}

fn row(seen: &Answered<'_>) -> Table {
    let mut table = Table::new(&[
        Column::text("answer"),
        Column::text("how"),
        Column::long("identity"),
        Column::long("action"),
        Column::long("resource"),
        Column::long("condition, gap or example"),
    ]);
    let depends: Vec<String> = seen
        .answer
        .when
        .iter()
        .cloned()
        .chain(seen.answer.because.iter().map(|because| because.gap.to_string()))
        .chain(seen.answer.witness.iter().map(|witness| {
            let label = answer::witness_word(seen.answer.answer);
            format!("{label} {}", witness.request())
        }))
        .collect();
    table.push([
        Cell::from(seen.answer.answer.as_str()),
        seen.answer.how.as_deref().unwrap_or_default().into(),
        seen.identity.as_ref().into(),
        seen.action.as_ref().into(),
        seen.resource.as_ref().into(),
        depends.join("; or ").into(),
    ]);
    table
}
