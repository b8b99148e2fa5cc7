//! Event selectors → what they record.
//!
//! What a selector asks that is not understood narrows it to nothing: it may record less than it seems to.

use std::collections::BTreeSet;

use leastwise_document::Node;
use leastwise_model::{ActionCatalogue, Remark, Text, Verb};
use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};

use super::kinds::{self, Kind};
use crate::catalogue::Catalogue;

/// Which events a selector takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    Both,
}

impl Access {
    fn covers(self, other: Self) -> bool {
        self == Self::Both || self == other
    }
}

/// What a selector records.
#[derive(Debug)]
pub(super) struct Recorded {
    pub requests: PermissionSet,
    /// Which events those are.
    pub words: Text,
    kind: Kind,
    access: Access,
    /// Whether all of them, on every resource.
    every: bool,
}

impl Recorded {
    /// Whether all events of a kind are recorded.
    pub fn whole(&self, kind: Kind, access: Access) -> bool {
        self.every && self.kind == kind && self.access.covers(access)
    }
}

/// Reads what `get-event-selectors` answers.
pub(super) fn read(node: &Node, path: &str, remarks: &mut Vec<Remark>) -> Vec<Recorded> {
    let mut all = Vec::new();
    let list = |name: &str| node.get(name).map(Node::list).unwrap_or_default();
    for selector in list("EventSelectors") {
        simple(selector, &mut all);
    }
    for selector in list("AdvancedEventSelectors") {
        if let Err(what) = advanced(selector, &mut all) {
            remarks.push(Remark {
                location: None,
                what: format!(
                    "{path}:{}: the selector counts as recording nothing: {what}",
                    selector.position().line
                )
                .into(),
                hint: "what it records is then told as unobservable".into(),
                loses: true,
            });
        }
    }
    all
}

fn simple(selector: &Node, all: &mut Vec<Recorded>) {
    let access = match selector.get("ReadWriteType").and_then(Node::text) {
        Some("ReadOnly") => Access::Read,
        Some("WriteOnly") => Access::Write,
        _ => Access::Both,
    };
    let managed = selector.get("IncludeManagementEvents").and_then(Node::boolean);
    if managed.unwrap_or(true) {
        let excluded = texts(selector.get("ExcludeManagementEventSources"));
        all.push(management(access, &excluded));
    }
    for data in selector.get("DataResources").map(Node::list).unwrap_or_default() {
        let kind = data.get("Type").and_then(Node::text).unwrap_or_default();
        let values = texts(data.get("Values"));
        // `arn:aws:s3`, `arn:aws:lambda` and `arn:aws:dynamodb` stand for all of an account.
        let every = values.iter().any(|value| value.split(':').count() == 3);
        let resources = match every {
            true => Strings::any(),
            false => Strings::any_of(values.iter().map(|value| beginning(value))),
        };
        let some = format!("of {} named", counted(values.len()));
        all.extend(data_events(kind, access, resources, every, &some));
    }
}

/// An advanced selector: every one of its fields must be as it says.
fn advanced(selector: &Node, all: &mut Vec<Recorded>) -> Result<(), String> {
    let mut category = "";
    let mut access = Access::Both;
    let mut types: Vec<&str> = Vec::new();
    let mut excluded: Vec<&str> = Vec::new();
    let mut resources = PermissionSet::everything();
    let mut every = true;
    for field in selector.get("FieldSelectors").map(Node::list).unwrap_or_default() {
        let name = field.get("Field").and_then(Node::text).unwrap_or_default();
        let equals = texts(field.get("Equals"));
        match (name, equals.as_slice()) {
            ("eventCategory", [one]) => category = one,
            ("readOnly", ["true"]) => access = Access::Read,
            ("readOnly", ["false"]) => access = Access::Write,
            ("resources.type", [_, ..]) => types.extend(equals),
            ("eventSource", []) if field.get("NotEquals").is_some() => {
                excluded.extend(texts(field.get("NotEquals")));
            }
            ("resources.ARN", _) => {
                every = false;
                resources = resources.intersection(&named(field));
            }
            ("", _) => return Err("a field has no name".into()),
            (name, _) => return Err(format!("what it asks of `{name}` is not understood")),
        }
    }
    match category {
        "Management" => all.push(management(access, &excluded)),
        "Data" if !excluded.is_empty() => {
            return Err("what it asks of `eventSource` is not understood".into());
        }
        "Data" => {
            for kind in types {
                for mut one in data_events(kind, access, Strings::any(), every, "of some") {
                    one.requests = one.requests.intersection(&resources);
                    all.push(one);
                }
            }
        }
        // Network activity repeats what other events tell.
        _ => {}
    }
    Ok(())
}

/// The requests on the resources that a field names.
fn named(field: &Node) -> PermissionSet {
    let of = |name: &str, pattern: &dyn Fn(&str) -> Pattern| {
        let all = texts(field.get(name));
        let strings = Strings::any_of(all.iter().map(|text| pattern(text)));
        (!all.is_empty()).then(|| PermissionSet::from(Region::new(Strings::any(), strings)))
    };
    let exact = |text: &str| Pattern::literal(text);
    let ending = |text: &str| Pattern::glob(&format!("*{text}"), Case::Exact);
    let given = [
        of("Equals", &exact),
        of("StartsWith", &beginning),
        of("EndsWith", &ending),
    ];
    let taken = [
        of("NotEquals", &exact),
        of("NotStartsWith", &beginning),
        of("NotEndsWith", &ending),
    ];
    PermissionSet::intersection_of(given.into_iter().flatten())
        .difference(&PermissionSet::union_of(taken.into_iter().flatten()))
}

/// All that begins so. Selectors know no wildcards.
fn beginning(text: &str) -> Pattern {
    use leastwise_permset::Element;
    Pattern::new([Element::Text(text.into()), Element::Many], Case::Exact)
}

fn management(access: Access, excluded: &[&str]) -> Recorded {
    let sources: BTreeSet<&str> = excluded.iter().copied().collect();
    let actions = match access {
        Access::Both => kinds::management().clone(),
        Access::Read => of_verbs(&[Verb::Read, Verb::List]),
        Access::Write => of_verbs(&[Verb::Write, Verb::Delete, Verb::Grant, Verb::Revoke]),
    };
    let prefixes = sources.iter().map(|source| {
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        Pattern::glob(&format!("{}:*", crate::usage::prefix_of(service)), Case::Folded)
    });
    let without = super::on(&Strings::any_of(prefixes));
    let which = match access {
        Access::Both => "management events",
        Access::Read => "management events that read",
        Access::Write => "management events that write",
    };
    let words = match sources.is_empty() {
        true => which.to_owned(),
        false => format!(
            "{which} but those of {}",
            sources.into_iter().collect::<Vec<_>>().join(" and ")
        ),
    };
    let all = super::on(&actions).intersection(&super::on(kinds::management()));
    Recorded {
        every: excluded.is_empty(),
        requests: match excluded {
            [] => all,
            _ => all.difference(&without),
        },
        words: words.into(),
        kind: Kind::Management,
        access,
    }
}

/// Actions of which CloudTrail surely says that they read, or that they write: what becomes somebody or runs something is said
/// to do either.
fn of_verbs(verbs: &[Verb]) -> Strings {
    let catalogue: &dyn ActionCatalogue = Catalogue::embedded();
    let names = (0..catalogue.len()).map(|at| catalogue.name(at));
    let names = names.filter(|name| verbs.contains(&catalogue.class(name).verb));
    Strings::any_of(names.map(|name| Pattern::glob(name, Case::Folded)))
}

fn data_events(kind: &str, access: Access, resources: Strings, every: bool, some: &str) -> Vec<Recorded> {
    let rows = kinds::rows().iter().filter(|row| row.kind.of_type(kind));
    let taken = rows.filter(|row| access.covers(row.access)).map(|row| Recorded {
        requests: Region::new(row.actions.clone(), resources.clone()).into(),
        words: match every {
            true => super::words(kind, row),
            false => format!("{} {some}", super::words(kind, row)),
        }
        .into(),
        kind: row.kind,
        access: row.access,
        every,
    });
    taken.collect()
}

fn counted(number: usize) -> String {
    match number {
        1 => "one resource".to_owned(),
        _ => format!("{number} resources"),
    }
}

fn texts(node: Option<&Node>) -> Vec<&str> {
    node.map(Node::list)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::scalar)
        .collect()
}
