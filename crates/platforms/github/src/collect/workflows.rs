//! What is kept of a workflow: what decides, and of any other text its expressions alone.

use leastwise_document::{Key, Node, Value};

use crate::expression::expressions;
use crate::workflow::COMMANDS;

/// Keys below which nothing is a text that somebody made up.
const WHOLE: [&str; 4] = ["permissions", "uses", "runs-on", "needs"];
/// What is kept of an event: which refs and activities it is for, and which workflows it waits for.
const FILTERS: [&str; 6] = [
    "branches",
    "branches-ignore",
    "tags",
    "tags-ignore",
    "types",
    "workflows",
];
/// Inputs of actions that say whose code is fetched, and whom one becomes.
const INPUTS: [&str; 4] = ["ref", "repository", "allow-unsafe-pr-checkout", "role-to-assume"];

/// Whether a file is a workflow by its name, and its name no way out of a folder.
pub(super) fn is_file(name: &str) -> bool {
    let ends = name.ends_with(".yml") || name.ends_with(".yaml");
    ends && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0'])
}

/// The workflow as JSON, with a line for each of its parts.
pub(super) fn without_texts(node: &Node) -> String {
    let mut out = String::new();
    lay_out(&cut(node, "", &[]), 0, &mut out);
    out.push('\n');
    out
}

/// A node under a key, and below these keys from the innermost outwards.
fn cut(node: &Node, key: &str, below: &[&str]) -> Node {
    let value = match &node.value {
        Value::Map(entries) if matches!(key, "on" | "true") && below.len() == 1 => {
            Value::Map(entries.iter().map(event).collect())
        }
        _ if WHOLE.contains(&key) || matches!(key, "on" | "true") => node.value.clone(),
        // The name of a workflow is what others wait for; names of jobs and steps decide nothing.
        Value::Text(text) if key == "name" && matches!(below, [""] | ["environment", ..]) => {
            Value::Text(text.clone())
        }
        Value::Text(text) => Value::Text(masked(text, key).into()),
        Value::List(all) => Value::List(all.iter().map(|one| cut(one, key, below)).collect()),
        Value::Map(entries) => {
            let mut here = vec![key];
            here.extend(below);
            let cut = |(key, value): &(Key, Node)| (key.clone(), cut(value, &key.text, &here));
            Value::Map(entries.iter().map(cut).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => node.value.clone(),
    };
    Node { at: node.at, value }
}

/// An event without the inputs that it takes.
fn event((name, about): &(Key, Node)) -> (Key, Node) {
    let kept = match about.is_map() {
        true => about.cut(&FILTERS, &|_, value| Some(value.clone())),
        false => about.clone(),
    };
    (name.clone(), kept)
}

/// What is kept of a text under a key.
fn masked(text: &str, key: &str) -> String {
    match key {
        "environment" | "secrets" => return text.to_owned(),
        "if" => return without_quoted(text),
        _ if INPUTS.contains(&key) && !text.contains(char::is_whitespace) => return text.to_owned(),
        _ => {}
    }
    let mut kept: Vec<String> = Vec::new();
    if key == "run" {
        let commands = COMMANDS.iter().filter(|command| text.contains(**command));
        kept.extend(commands.map(|command| (*command).to_owned()));
    }
    kept.extend(expressions(text).map(|inner| format!("${{{{{}}}}}", without_quoted(inner))));
    kept.join("\n")
}

/// An expression without the texts in it, save those that name a part of a context.
fn without_quoted(expression: &str) -> String {
    let mut out = String::new();
    let mut parts = expression.split('\'');
    out.push_str(parts.next().unwrap_or_default());
    while let Some(inner) = parts.next() {
        let names = out.trim_end().ends_with('[');
        out.push_str(&format!("'{}'", if names { inner } else { "" }));
        out.push_str(parts.next().unwrap_or_default());
    }
    out
}

/// JSON with a line for each entry that stands no deeper than the steps of a job.
fn lay_out(node: &Node, depth: usize, out: &mut String) {
    const DEEPEST: usize = 5;
    let indent = |depth: usize| format!("\n{}", " ".repeat(depth));
    match &node.value {
        Value::Map(entries) if depth < DEEPEST && !entries.is_empty() => {
            out.push('{');
            for (number, (key, value)) in entries.iter().enumerate() {
                let name = Node {
                    at: node.at,
                    value: Value::Text((*key.text).into()),
                };
                out.push_str(if number > 0 { "," } else { "" });
                out.push_str(&indent(depth + 1));
                out.push_str(&name.to_json());
                out.push_str(": ");
                lay_out(value, depth + 1, out);
            }
            out.push_str(&indent(depth));
            out.push('}');
        }
        Value::List(all) if depth < DEEPEST && !all.is_empty() => {
            out.push('[');
            for (number, value) in all.iter().enumerate() {
                out.push_str(if number > 0 { "," } else { "" });
                out.push_str(&indent(depth + 1));
                lay_out(value, depth + 1, out);
            }
            out.push_str(&indent(depth));
            out.push(']');
        }
        _ => out.push_str(&node.to_json()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]
mod tests {
    use leastwise_document::{Limits, read};

    use super::{is_file, without_texts};

    #[test]
    fn what_decides_stays_and_what_may_be_a_secret_goes() {
        let text = "on: {push: {branches: [main]}}\nenv: {KEY: s3cret, NAME: '${{ secrets.A }}'}\njobs:\n  a:\n    if: github.ref == 's3cret' && secrets['B']\n    permissions: {id-token: write}\n    environment: production\n    runs-on: ubuntu-latest\n    steps:\n    - uses: actions/checkout@v5\n      with: {ref: refs/pull/1/head, token: s3cret}\n    - name: s3cret\n      run: |\n        curl -H s3cret ${{ github.event.issue.title }} ${{ format('s3cret', github.actor) }}\n        gh pr checkout 1\n";
        let mut made = String::new();
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            made = without_texts(&item.node);
        });
        assert!(faults.is_empty());
        assert!(!made.contains("s3cret"), "{made}");
        for kept in [
            "\"branches\"",
            "\"main\"",
            "secrets.A",
            "secrets['B']",
            "\"id-token\"",
            "\"production\"",
            "refs/pull/1/head",
            "github.event.issue.title",
            "gh pr checkout",
            "actions/checkout@v5",
        ] {
            assert!(made.contains(kept), "{kept} in {made}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_file("ci.yml") && is_file("a b.yaml"));
        assert!(!is_file("../ci.yml") && !is_file("a\\b.yml") && !is_file("readme.md") && !is_file(".yml"));
    }
}
