//! What the steps of a job run that somebody else writes.

use leastwise_document::{Node, pointer_join};
use leastwise_model::{Location, Text};

use super::{Fetch, Place};
use crate::expression::{texts, untrusted};

/// Steps, as far as others can decide what they do.
#[derive(Default)]
pub(super) struct Steps {
    pub actions: Vec<(Text, Location)>,
    pub injected: Vec<(&'static str, Location)>,
    pub fetches: Vec<Fetch>,
}

/// Inputs of actions that are run as code.
const CODE: [(&str, &str); 1] = [("actions/github-script", "script")];
/// What stands in `ref` or `repository` of a checkout that takes the code of a pull request.
const HEADS: [&str; 5] = [
    "github.event.pull_request",
    "github.head_ref",
    "refs/pull/",
    "github.event.workflow_run.head",
    "github.event.number",
];
/// Commands that fetch the code of a pull request, or what its run left behind.
pub(crate) const COMMANDS: [&str; 3] = ["gh pr checkout", "refs/pull/", "gh run download"];

impl Steps {
    pub fn read(steps: Option<&Node>, pointer: &str, place: &Place<'_>) -> Self {
        let mut read = Self::default();
        for (number, step) in steps.map(Node::list).unwrap_or_default().iter().enumerate() {
            let pointer = pointer_join(pointer, &number.to_string());
            let here = || place.of(step, &pointer);
            if let Some(run) = step.get("run").and_then(Node::text) {
                if let Some(context) = untrusted(run) {
                    read.injected.push((context, here()));
                }
                if COMMANDS.iter().any(|command| run.contains(command)) {
                    read.fetches.push(Fetch {
                        location: here(),
                        refused: false,
                    });
                }
            }
            let Some(uses) = step.get("uses").and_then(Node::text) else {
                continue;
            };
            read.actions.push((uses.into(), here()));
            let (name, version) = uses.split_once('@').unwrap_or((uses, ""));
            let input = |input: &str| step.get("with").and_then(|with| with.get(input));
            for (_, code) in CODE.iter().filter(|(action, _)| *action == name) {
                let script = input(code).and_then(Node::text);
                if let Some(context) = script.and_then(untrusted) {
                    read.injected.push((context, here()));
                }
            }
            if name == "actions/checkout" && takes_a_head(&input) {
                let refused = is_protected(version, &input);
                read.fetches.push(Fetch {
                    location: here(),
                    refused,
                });
            }
            if name.ends_with("download-artifact") || name.ends_with("action-download-artifact") {
                read.fetches.push(Fetch {
                    location: here(),
                    refused: false,
                });
            }
        }
        read
    }
}

fn takes_a_head<'n>(input: &impl Fn(&str) -> Option<&'n Node>) -> bool {
    ["ref", "repository"].iter().any(|name| {
        let mut taken = false;
        if let Some(node) = input(name) {
            texts(node, &mut |text| {
                taken |= HEADS.iter().any(|head| text.contains(head))
            });
        }
        taken
    })
}

/// From its seventh release on, the action refuses code of forks where that would run with more than they may have.
fn is_protected<'n>(version: &str, input: &impl Fn(&str) -> Option<&'n Node>) -> bool {
    let digits = version.strip_prefix('v').unwrap_or_default();
    let major = digits
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    let opted_out = input("allow-unsafe-pr-checkout").is_some_and(|input| input.scalar() != Some("false"));
    major.is_some_and(|major| major >= 7) && !opted_out
}
