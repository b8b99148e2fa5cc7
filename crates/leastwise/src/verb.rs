//! The verbs: the reader's questions, one file each.

mod ask;
mod can;
mod check;
mod collect;
mod compare;
mod completions;
mod demo;
mod doctor;
mod excess;
mod explain;
mod fit;
mod identities;
mod kubectl;
mod reach;
mod roles;
mod scan;
mod schema;
mod usage;
mod what_can;
mod who_can;
mod why;

use clap::Subcommand;

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What can be asked.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Show a built-in synthetic estate: what a scan tells, and the worst path step by step
    Demo(demo::Arguments),
    /// Read an estate and put what matters on one page
    Scan(scan::Arguments),
    /// List who there is, and what each can do in sum
    Identities(identities::Arguments),
    /// May this identity perform this action on this resource?
    Can(can::Arguments),
    /// Who may perform this action on this resource?
    WhoCan(who_can::Arguments),
    /// What may this identity do, statement by statement?
    WhatCan(what_can::Arguments),
    /// Why is the answer what it is, layer by layer?
    Why(why::Arguments),
    /// What falls with this identity? Or with --to: who comes to act on a resource, over which ways, and where to cut?
    Reach(reach::Arguments),
    /// Answer many questions at once, one JSON line each
    Ask(ask::Arguments),
    /// What differs between two policies, or between two estates?
    Compare(compare::Arguments),
    /// Does a change add access, or what rules find? A gate for pull requests
    Check(check::Arguments),
    /// What do audit logs tell that was used: by whom, on what, how often, when last?
    Usage(usage::Arguments),
    /// What does an identity hold beyond its need, and what could no log have shown?
    Excess(excess::Arguments),
    /// Which role gives an identity what it needs, and no more than it holds?
    Fit(fit::Arguments),
    /// Technical roles as code: expand, render, lint, format; find those that give what is needed and no more
    Roles(roles::Arguments),
    /// Read exports through your own clients, without any secret
    Collect(collect::Arguments),
    /// What stays unknown of an estate, for whom can it decide, and which command settles it?
    Doctor(doctor::Arguments),
    /// Ask about the cluster of the current context in the words of kubectl; also a plugin of kubectl
    Kubectl(kubectl::Arguments),
    /// What does a rule mean, and what puts it right?
    Explain(explain::Arguments),
    /// Print the JSON Schema of an output
    Schema(schema::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// Runs what was typed.
///
/// # Errors
/// Where it cannot be answered; the problem knows the exit code.
pub fn run(verb: Verb, terminal: &Terminal) -> Result<Exit, Problem> {
    match verb {
        Verb::Demo(typed) => demo::run(&typed, terminal),
        Verb::Scan(typed) => scan::run(&typed, terminal),
        Verb::Identities(typed) => identities::run(&typed, terminal),
        Verb::Can(typed) => can::run(&typed, terminal),
        Verb::WhoCan(typed) => who_can::run(&typed, terminal),
        Verb::WhatCan(typed) => what_can::run(&typed, terminal),
        Verb::Why(typed) => why::run(&typed, terminal),
        Verb::Reach(typed) => reach::run(&typed, terminal),
        Verb::Ask(typed) => ask::run(&typed, terminal),
        Verb::Compare(typed) => compare::run(&typed, terminal),
        Verb::Check(typed) => check::run(&typed, terminal),
        Verb::Usage(typed) => usage::run(&typed, terminal),
        Verb::Excess(typed) => excess::run(&typed, terminal),
        Verb::Fit(typed) => fit::run(&typed, terminal),
        Verb::Roles(typed) => roles::run(&typed, terminal),
        Verb::Collect(typed) => collect::run(&typed, terminal),
        Verb::Doctor(typed) => doctor::run(&typed, terminal),
        Verb::Kubectl(typed) => kubectl::run(&typed, terminal),
        Verb::Explain(typed) => explain::run(&typed, terminal),
        Verb::Schema(typed) => schema::run(&typed, terminal),
        Verb::Completions(typed) => completions::run(&typed, terminal),
    }
}

/// `body` as JSON; that it cannot be written is the program's fault.
fn json<T: serde::Serialize>(thing: &str, body: T) -> Result<String, Problem> {
    leastwise_report::envelope::json(thing, body).map_err(|error| Problem::internal(error.to_string()))
}

/// `rows` as JSON Lines.
fn lines<T: serde::Serialize>(rows: impl IntoIterator<Item = T>) -> Result<String, Problem> {
    leastwise_report::envelope::lines(rows).map_err(|error| Problem::internal(error.to_string()))
}
