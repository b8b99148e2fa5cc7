//! A tree → a workflow.

use leastwise_document::{Key, Node, pointer_join};
use leastwise_model::{Location, Text};

use super::steps::Steps;
use super::{Call, Given, Job, Passed, Permissions, Place, Runner, Trigger, Workflow};
use crate::expression::{self, Secrets, secrets_in, secrets_of};
use crate::levels::{Level, scope};

/// Reads a workflow; what makes no sense is told, and the rest is read.
pub(crate) fn read(node: &Node, path: &str, place: &mut Place<'_>) -> Workflow {
    let on = node.get("on").or_else(|| node.get("true"));
    let mut shared = Secrets::default();
    if let Some(env) = node.get("env") {
        secrets_of(env, &mut shared);
    }
    let jobs = node.get("jobs").map(entries);
    let mut read = Vec::new();
    for (key, job) in jobs.unwrap_or_default() {
        let pointer = pointer_join("/jobs", &key.text);
        if !job.is_map() {
            place.remark(
                at(key, &pointer, place),
                format!("job `{}` is {}", key.text, job.kind_name()),
                "write it as a map",
            );
            continue;
        }
        read.push(self::job(key, job, &pointer, &shared, place));
    }
    let name = node.get("name").and_then(Node::scalar).unwrap_or(path);
    Workflow {
        path: path.into(),
        name: name.into(),
        triggers: on.map(|on| triggers(on, place)).unwrap_or_default(),
        permissions: node
            .get("permissions")
            .and_then(|node| permissions(node, "/permissions", place)),
        jobs: read,
        location: place.of(node, ""),
    }
}

fn at(key: &Key, pointer: &str, place: &Place<'_>) -> Location {
    Location {
        file: place.file,
        line: key.at.line,
        column: key.at.column,
        pointer: pointer.into(),
    }
}

/// The entries of a map, each key once. What stands behind an alias or is merged has been put in its place.
fn entries(node: &Node) -> Vec<(&Key, &Node)> {
    let mut found: Vec<(&Key, &Node)> = Vec::new();
    for (key, value) in node.entries() {
        // Of a key that is repeated the last counts, as for readers of YAML that take both.
        found.retain(|(known, _)| known.text != key.text);
        found.push((key, value));
    }
    found
}

fn list(node: &Node) -> Vec<Text> {
    match node.scalar() {
        Some(one) => vec![one.into()],
        None => node
            .list()
            .iter()
            .filter_map(Node::scalar)
            .map(Text::from)
            .collect(),
    }
}

fn triggers(on: &Node, place: &Place<'_>) -> Vec<Trigger> {
    let plain = |event: &str, location| Trigger {
        event: event.into(),
        branches: None,
        branches_ignored: None,
        tags: None,
        tags_ignored: None,
        types: None,
        location,
    };
    if let Some(event) = on.scalar() {
        return vec![plain(event, place.of(on, "/on"))];
    }
    let listed = on.list().iter().enumerate().filter_map(|(number, event)| {
        let pointer = pointer_join("/on", &number.to_string());
        Some(plain(event.scalar()?, place.of(event, &pointer)))
    });
    let mapped = on.entries().iter().map(|(key, about)| {
        let filter = |name: &str| about.get(name).map(list);
        Trigger {
            branches: filter("branches"),
            branches_ignored: filter("branches-ignore"),
            tags: filter("tags"),
            tags_ignored: filter("tags-ignore"),
            types: filter("types"),
            ..plain(&key.text, at(key, &pointer_join("/on", &key.text), place))
        }
    });
    listed.chain(mapped).collect()
}

fn permissions(node: &Node, pointer: &str, place: &mut Place<'_>) -> Option<Permissions> {
    let location = place.of(node, pointer);
    let given = match node.scalar() {
        Some("read-all") => Given::ReadAll,
        Some("write-all") => Given::WriteAll,
        Some(other) => {
            let what = format!("`{other}` is no value of `permissions`; taken for no permission at all");
            place.remark(location.clone(), what, "write `read-all`, `write-all` or a map");
            Given::Named(Vec::new())
        }
        // `permissions:` with nothing behind it is as if it were not there.
        None if node.is_null() => return None,
        None => {
            let mut named = Vec::new();
            for (key, value) in entries(node) {
                let here = at(key, &pointer_join(pointer, &key.text), place);
                let level = value.scalar().and_then(Level::named);
                match (scope(&key.text), level) {
                    (Some(scope), Some(level)) if scope.allows(level) => {
                        named.push((key.text.clone(), level))
                    }
                    (Some(_), _) => {
                        let said = value.scalar().unwrap_or_else(|| value.kind_name());
                        let what = format!("`{said}` is no level of permission `{}`; left out", key.text);
                        place.remark(here, what, "GitHub refuses such a workflow: correct it");
                    }
                    (None, _) => {
                        let what = format!("`{}` is no permission of a job's token; left out", key.text);
                        place.remark(here, what, "GitHub refuses such a workflow: correct it");
                    }
                }
            }
            Given::Named(named)
        }
    };
    Some(Permissions { given, location })
}

fn job(key: &Key, node: &Node, pointer: &str, shared: &Secrets, place: &mut Place<'_>) -> Job {
    let under = |name: &str| pointer_join(pointer, name);
    let mut secrets = Secrets::default();
    for (name, value) in entries(node) {
        // What a call hands over is not read here.
        if &*name.text != "secrets" {
            secrets_of(value, &mut secrets);
        }
        if let ("if", Some(condition)) = (&*name.text, value.text()) {
            secrets_in(condition, &mut secrets);
        }
    }
    let calls = node.get("uses").and_then(Node::text).map(|uses| Call {
        uses: uses.into(),
        secrets: node.get("secrets").map_or(Passed::Named(Vec::new()), passed),
        location: place.of(node.get("uses").unwrap_or(node), &under("uses")),
    });
    if calls.is_none() {
        secrets.extend(shared);
    }
    let environment = node.get("environment").and_then(|environment| {
        let named = environment.get("name").unwrap_or(environment);
        named.scalar().map(Text::from)
    });
    let permissions = node
        .get("permissions")
        .and_then(|node| permissions(node, &under("permissions"), place));
    let steps = Steps::read(node.get("steps"), &under("steps"), place);
    Job {
        key: key.text.clone(),
        permissions,
        runner: node.get("runs-on").map_or(Runner::Unknown, runner),
        calls,
        environment: environment.filter(|name| !name.is_empty()),
        conditional: node.get("if").is_some(),
        secrets,
        actions: steps.actions,
        injected: steps.injected,
        fetches: steps.fetches,
        location: at(key, pointer, place),
    }
}

fn passed(node: &Node) -> Passed {
    if node.scalar() == Some("inherit") {
        return Passed::All;
    }
    let named = node.entries().iter().map(|(key, value)| {
        let mut made_of = Secrets::default();
        secrets_of(value, &mut made_of);
        (Text::from(key.text.to_ascii_uppercase()), made_of)
    });
    Passed::Named(named.collect())
}

/// Labels of runners that GitHub hosts begin so; whoever may set up runners can name their own as well.
const HOSTED: [&str; 3] = ["ubuntu-", "windows-", "macos-"];

fn runner(node: &Node) -> Runner {
    let labels = match node.get("labels") {
        Some(labels) => list(labels),
        None => list(node),
    };
    if node.get("group").is_some() || labels.iter().any(|label| expression::is_computed(label)) {
        return Runner::Unknown;
    }
    match labels.as_slice() {
        labels
            if labels
                .iter()
                .any(|label| label.eq_ignore_ascii_case("self-hosted")) =>
        {
            Runner::SelfHosted
        }
        [one] if HOSTED.iter().any(|head| one.starts_with(head)) => Runner::Hosted,
        _ => Runner::Unknown,
    }
}
