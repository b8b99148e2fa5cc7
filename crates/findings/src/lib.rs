//! Rules that state what is wrong with an estate, each with a witness, a path and what would put it right.
//!
//! [`check`] runs every rule over a [`World`] and returns a [`Report`]. One rule is one
//! file in `rules/`; the comment on top of it is its manual page ([`explain`]), with an example that triggers it and
//! one that does not, both tested. [`Severity`] follows what is reached and who can trigger it, by one table for all
//! rules. Findings are grouped by cause (the statement that grants), what the platform's owner put there stands
//! apart, and a rule whose source of truth is missing says so in [`Report::silent`] instead of guessing.
//!
//! What this crate does not know: any platform by name, files, the clock ("now" is an argument), how findings look.
//!
//! **Growth of cost.** Linear in identities and in the parts of their sets. Rules look at bit sets of actions first
//! and search only where those leave a doubt; who reaches what is found backwards from the targets, in one walk for
//! all identities; paths are made for one identity of each finding.

mod arrivals;
mod estate;
mod finding;
mod fingerprint;
mod found;
mod kept;
mod page;
mod rights;
mod rule;
mod rules;
mod run;
mod scales;
mod severity;
mod standards;
mod trusted;
mod words;

pub use finding::{Confidence, Finding, Fix, Report, Silence, Undecided};
pub use fingerprint::Fingerprint;
pub use page::{ExampleFile, Page};
pub use rule::{Rule, explain, rule, rules};
pub use scales::Scales;
pub use severity::{Reached, Severity, Trigger};
pub use standards::{Clause, Framework, Mapping, Strength, clauses};

use jiff::Timestamp;
use leastwise_effective::World;
use leastwise_model::Settings;

/// Which rules to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these (ids or names); all where there are none.
    pub only: Vec<String>,
    /// None of these.
    pub except: Vec<String>,
}

/// Runs the rules. `now` is what age is measured by; without it, rules about age are silent.
#[must_use]
pub fn check(world: &World, settings: &Settings, now: Option<Timestamp>, options: &Options) -> Report {
    let named = |list: &[String], rule: &Rule| {
        list.iter()
            .any(|name| name.eq_ignore_ascii_case(rule.id) || name.eq_ignore_ascii_case(rule.name))
    };
    let wanted = |rule: &&'static Rule| {
        (options.only.is_empty() || named(&options.only, rule)) && !named(&options.except, rule)
    };
    let estate = estate::Estate::new(world, settings, now);
    let found = run::all(&estate, rules().iter().copied().filter(wanted).collect());
    found::report(&estate, found)
}
