//! `why`: why is the answer what it is?

use clap::Args;
use leastwise_effective::Question;
use leastwise_permset::Pattern;
use leastwise_report::answer::{self, Asked};
use leastwise_report::why;

use crate::arguments::{
    self, ContextArguments, EstateArguments, Expected, ReachArgument, SessionArgument, TextFormat,
};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  leastwise why system:serviceaccount:ci:deployer core/secrets:get payments/card-key --in exports/"
)]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    identity: String,
    /// One action, as the platform writes it
    action: String,
    /// One resource, as the platform writes it
    resource: String,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    context: ContextArguments,
    /// How far to look
    #[arg(long, value_name = "HOW", value_enum, default_value_t = ReachArgument::Any)]
    reach: ReachArgument,
    /// End with exit code 4 if the answer is another one
    #[arg(long, value_name = "ANSWER", value_enum)]
    expect: Option<Expected>,
    #[command(flatten)]
    estate: EstateArguments,
    /// How to print the explanation
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = TextFormat::Table)]
    format: TextFormat,
}

/// Explains one answer: its paths, then what every layer says.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let many = || {
        Problem::usage("`*` stands for many requests, and each has its own reasons")
            .hint("ask why about one action and one resource; `can` and `who-can` take patterns")
    };
    let everything = typed.resource == "*";
    if arguments::is_pattern(&typed.action) || arguments::is_pattern(&typed.resource) && !everything {
        return Err(many());
    }
    let (world, identity) = typed.session.world(&typed.estate, &typed.identity, terminal)?;
    // What takes no resource is asked for on `*`, and on nothing else.
    let takes_none = world.platform_of(identity).is_some_and(|platform| {
        platform.catalogue().resource_shapes(&typed.action) == [Pattern::literal("*")]
    });
    if everything && !takes_none {
        return Err(many());
    }
    let given = typed.context.circumstances(world.platform_of(identity))?;
    arguments::objection(
        &world,
        identity,
        &typed.action,
        &typed.resource,
        typed.reach.into(),
    )?;
    let mut explanation = world.why(&Question {
        identity,
        action: &typed.action,
        resource: &typed.resource,
        known: given.known,
        absent: given.absent,
        given: given.given,
        reach: typed.reach.into(),
        complete: false,
    });
    if typed.estate.strict {
        explanation.answer = answer::strictly(explanation.answer);
    }
    let asked = Asked {
        identity,
        action: &typed.action,
        resource: &typed.resource,
        witness: None,
    };
    let text = match typed.format {
        TextFormat::Table => why::text(world.snapshot(), asked, &explanation, terminal.width),
        TextFormat::Json => super::json("why", why::view(world.snapshot(), asked, &explanation))?,
    };
    terminal.print(&text)?;
    Ok(super::can::exit(
        &explanation.answer,
        typed.expect,
        typed.estate.strict,
    ))
}
