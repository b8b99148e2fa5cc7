//! What a log of pgaudit would have shown: its settings.
//!
//! Concluded are reads, writes and calls of functions, action by action, where their classes are logged, and of relations where
//! `pgaudit.log_relation` names them. All else is told in words that no action follows from. Where a role or a database has settings
//! of its own nothing is concluded of it. Source: pgaudit/pgaudit `README.md`, "Settings".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_document::{Item, Node};
use leastwise_model::{
    Identity, IdentityKind, Instance, LogCoverage, LogScope, Remark, ShownBy, Sighting, Source, Taken, Text,
    Unshown,
};
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::usage::{KIND, NAME};

/// The query whose answer tells the settings.
const QUERY: &str = "psql -XAtqc \"select json_agg(json_build_object('name', name, 'setting', setting)) from pg_settings where name like 'pgaudit.%'\"";

/// What is known of the settings.
#[derive(Debug, Default)]
pub(crate) struct Audited {
    /// Where they stand, and they.
    settings: Option<(Text, BTreeMap<String, String>)>,
    /// Roles with settings of their own; the empty name for those of a database.
    own: BTreeSet<Text>,
    /// The servers of which there are lines; the empty name where nothing tells.
    logged: BTreeSet<Text>,
    known: BTreeMap<(Text, Untold), Arc<LogCoverage>>,
}

/// Why nothing is concluded of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Untold {
    Not,
    NoLogin,
    OwnSettings,
    Superuser,
}

impl LogScope for Audited {
    fn take(&mut self, path: &str, item: Item, _remarks: &mut Vec<Remark>) -> Taken {
        let text = |name: &str| item.node.get(name).and_then(Node::scalar);
        let (Some(name), Some(setting)) = (text("name"), text("setting")) else {
            return Taken::No(Box::new(item));
        };
        let Some(name) = name.strip_prefix("pgaudit.") else {
            return Taken::No(Box::new(item));
        };
        if let Some(role) = text("role") {
            self.own.insert(role.into());
            return Taken::Yes;
        }
        let place = format!("{path}:{}", item.node.position().line);
        let (_, settings) = self
            .settings
            .get_or_insert_with(|| (place.as_str().into(), BTreeMap::new()));
        settings.insert(name.to_owned(), setting.to_owned());
        Taken::Yes
    }

    fn source(&mut self, source: &Source<'_>) {
        if source.platform == NAME && source.kind == KIND {
            self.logged.insert(source.instance.into());
        }
    }

    fn sighting(&mut self, _sighting: &Sighting<'_>) {}

    fn coverage(&mut self, instance: &Instance, identity: &Identity) -> Arc<LogCoverage> {
        let untold = match identity.kind {
            IdentityKind::Root => Untold::Superuser,
            IdentityKind::User if self.own.contains("") || self.own.contains(&identity.name) => {
                Untold::OwnSettings
            }
            IdentityKind::User => Untold::Not,
            _ => Untold::NoLogin,
        };
        let key = (instance.name.clone(), untold);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let coverage = Arc::new(self.of(instance, untold));
        self.known.insert(key, coverage.clone());
        coverage
    }

    fn meant(&self, operation: &str) -> Option<Strings> {
        let class = operation.split(' ').next().unwrap_or_default();
        let patterns: &[&str] = match class {
            // A lock asks for one of the privileges of the table.
            "MISC" if operation.ends_with("LOCK TABLE") => &["table:*"],
            "READ" => &["table:select", "column:select", "sequence:select"],
            "WRITE" => &["table:*", "column:*", "sequence:*"],
            "FUNCTION" => &["function:execute", "language:usage"],
            "ROLE" => &["role:*", "server:*", "*:grant-*"],
            "MISC" | "MISC_SET" => &["parameter:*", "server:*", "role:set", "table:maintain"],
            _ => &["*"],
        };
        let patterns = patterns.iter().map(|text| Pattern::glob(text, Case::Exact));
        Some(Strings::any_of(patterns))
    }
}

fn nothing(why: String, settle: &str) -> LogCoverage {
    LogCoverage {
        unshown: vec![Unshown {
            requests: PermissionSet::everything(),
            why: why.into(),
            settle: settle.into(),
        }],
        ..LogCoverage::default()
    }
}

impl Audited {
    fn of(&self, instance: &Instance, untold: Untold) -> LogCoverage {
        if !self.logged.contains("") && !self.logged.contains(&instance.name) {
            return nothing(
                format!("the logs hold no record of server {}", instance.name),
                "give its log with --usage, and its name with --cluster or leastwise.toml",
            );
        }
        match untold {
            Untold::NoLogin => {
                return nothing(
                    "lines name who logged in: what is done in a role's name stands under others".into(),
                    "ask for the roles that are in it",
                );
            }
            Untold::OwnSettings => {
                return nothing(
                    "a role or a database has settings of pgaudit of its own".into(),
                    "",
                );
            }
            Untold::Superuser => {
                return nothing("a superuser may change what is logged".into(), "");
            }
            Untold::Not => {}
        }
        let Some((place, settings)) = &self.settings else {
            return nothing("the settings of pgaudit are not given".into(), QUERY);
        };
        let shown = shown(settings);
        let named = ["pg_catalog", "information_schema"].map(|schema| {
            Pattern::new(
                [
                    Element::OneExcept('/'),
                    Element::ManyExcept('/'),
                    Element::Text(format!("/{schema}/").into()),
                    Element::Many,
                ],
                Case::Exact,
            )
        });
        LogCoverage {
            unshown: vec![
                Unshown {
                    requests: Region::new(shown.clone().complement(), Strings::any()).into(),
                    why: format!("the settings of pgaudit ({place}) do not log it action by action").into(),
                    settle: "log `read, write, function` with `pgaudit.log_relation = on`, and look again after a quarter".into(),
                },
                Unshown {
                    requests: Region::new(shown, Strings::any_of(named)).into(),
                    why: "use of the server's own objects is not logged".into(),
                    settle: Text::default(),
                },
            ],
            shown_by: vec![ShownBy {
                what: format!("what the settings of pgaudit ({place}) log").into(),
                assumed: false,
            }],
            ..LogCoverage::default()
        }
    }
}

/// The actions of which settings log every use.
fn shown(settings: &BTreeMap<String, String>) -> Strings {
    let text = settings.get("log").map_or("none", String::as_str).to_lowercase();
    let mut classes = BTreeSet::new();
    for word in text.split(',').map(str::trim) {
        match word.strip_prefix('-') {
            Some("all") => classes.clear(),
            Some(class) => {
                classes.remove(class);
            }
            None if word == "all" => classes.extend(["read", "write", "function"]),
            None => {
                classes.insert(word);
            }
        }
    }
    let relations = settings
        .get("log_relation")
        .is_some_and(|setting| setting == "on");
    let mut actions: Vec<&str> = Vec::new();
    if relations && classes.contains("read") {
        actions.extend(["table:select", "column:select"]);
    }
    if relations && classes.contains("write") {
        actions.extend(["table:insert", "table:update", "table:delete", "table:truncate"]);
        actions.extend(["column:insert", "column:update"]);
    }
    if classes.contains("function") {
        actions.push("function:execute");
    }
    Strings::any_of(actions.into_iter().map(Pattern::literal))
}

#[cfg(test)]
mod tests {
    use super::shown;
    use leastwise_permset::Context;

    #[test]
    fn classes_are_added_and_taken_away_in_order() {
        let logs = |log: &str, relation: &str, action: &str| {
            let settings = [("log", log), ("log_relation", relation)];
            let settings = settings.map(|(name, setting)| (name.to_owned(), setting.to_owned()));
            shown(&settings.into()).contains(action, &Context::new())
        };
        assert!(logs("all", "on", "table:select"));
        assert!(!logs("all", "off", "table:select"), "no line names the table");
        assert!(!logs("all, -read", "on", "table:select"));
        assert!(logs("all, -read", "on", "table:update"));
        assert!(logs("Read, Function", "off", "function:execute"));
        assert!(!logs("ddl", "on", "table:update"));
        assert!(!logs("all", "on", "role:set"));
    }
}
