//! Stand-alone policy documents, for comparing two of them.

use std::collections::BTreeMap;

use leastwise_document::Item;
use leastwise_model::{FileIndex, Location, PolicyReading, Remark};
use leastwise_permset::{Guard, Label, PermissionSet, Region, Strings};

use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Within, principal_demands};
use crate::policy::{Document, Effect, doubt_misplaced, parse_encoded};

/// Where a document can stand in what the AWS command line prints: alone, or as the answer to a question about a policy.
const PLACES: [&str; 4] = ["", "/PolicyVersion/Document", "/PolicyDocument", "/Policy"];

/// Reads a document; `None` where the item is none.
pub fn policy(item: &Item) -> Option<PolicyReading> {
    let document = PLACES.iter().find_map(|place| {
        let node = item.node.find(place)?;
        // Alone a text may be anything; where AWS puts a document it is one.
        let known = node.get("Statement").is_some() || !place.is_empty() && node.text().is_some();
        known.then(|| parse_encoded(node, &format!("{}{place}", item.pointer)))
    })?;
    Some(read(document))
}

fn read(mut document: Document) -> PolicyReading {
    // It may be a policy of a resource.
    for statement in &mut document.statements {
        doubt_misplaced(statement, true);
    }
    let mut keys = Keys::default();
    let mut gaps = BTreeMap::new();
    let mut remarks = Vec::new();
    let mut sets = (Vec::new(), Vec::new());
    let mut remark = |place: &crate::policy::Place, what: String| {
        remarks.push(Remark {
            location: Some(Location {
                file: FileIndex(0),
                line: place.line,
                column: place.column,
                pointer: place.pointer.clone(),
            }),
            what: what.into(),
            hint: "correct the document".into(),
            loses: true,
        });
    };
    if let Some(why) = &document.unreadable {
        remark(
            &document.place,
            format!("the document cannot be understood: {why}"),
        );
    }
    let within = Within {
        title: "the document",
        settle: "correct the document",
        variables: document.variables,
        account: None,
    };
    for (at, statement) in document.statements.iter().enumerate() {
        for doubt in &statement.doubts {
            remark(&statement.place, format!("a statement is not clear: {doubt}"));
        }
        let effects = match statement.effect {
            Some(effect) => vec![effect],
            None => vec![Effect::Allow, Effect::Deny],
        };
        for effect in effects {
            let mut lowering = Lowering {
                keys: &mut keys,
                gaps: &mut gaps,
            };
            let mut set = lowering.statement(statement, effect, within, Caller::Anyone);
            if let Some(principals) = &statement.principals {
                let who = principal_demands(principals).into_iter().map(|demands| {
                    let region = Region::new(Strings::any(), Strings::any()).when(Guard::all_of(demands));
                    PermissionSet::from(region)
                });
                set = set.intersection(&PermissionSet::union_of(who));
            }
            let set = set.labelled(Label(u32::try_from(at).unwrap_or(u32::MAX)));
            match effect {
                Effect::Allow => sets.0.push(set),
                Effect::Deny => sets.1.push(set),
            }
        }
    }
    for gap in gaps.values() {
        remark(&document.place, gap.what.to_string());
    }
    let statements = document.statements.iter().map(|statement| Location {
        file: FileIndex(0),
        line: statement.place.line,
        column: statement.place.column,
        pointer: statement.place.pointer.clone(),
    });
    let statements = statements.collect();
    PolicyReading {
        allows: PermissionSet::union_of(sets.0),
        denies: PermissionSet::union_of(sets.1),
        statements,
        remarks,
    }
}
