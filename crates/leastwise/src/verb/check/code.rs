//! Roles as code and policies that stand alone, among files that are no export.

use std::collections::BTreeSet;

use leastwise_document::Limits;
use leastwise_governance::gate::{Because, Bundle, Holder, Place, Statement, Unknown};
use leastwise_model::{Platform, PolicyReading, Text};
use leastwise_permset::{Label, PermissionSet};
use leastwise_roles::files::{Folder, RoleFault, Roles};
use leastwise_roles::meaning::{Meaning, meaning};

use crate::estate::{self, Estate};
use crate::files::Found;
use crate::problem::Problem;

/// Fields by which a file is known to be meant as a role, misspelled ones aside.
const OF_ROLES: [&str; 9] = [
    "id",
    "platform",
    "environment",
    "state",
    "permissions",
    "includes",
    "assigned_to",
    "owner",
    "purpose",
];
/// So many of them make a role.
const ENOUGH: usize = 3;

/// What stands as code.
#[derive(Default)]
pub struct Code {
    roles: Roles,
    faults: Vec<RoleFault>,
    policies: Vec<(Text, &'static dyn Platform, PolicyReading)>,
}

/// Reads what the estate did not recognize; what is recognized here is no longer counted there.
pub fn read(found: &[Found], estate: &mut Estate) -> Result<Code, Problem> {
    let left: BTreeSet<String> = estate.unrecognized.iter().cloned().collect();
    let mut code = Code::default();
    let mut folder = Folder::default();
    let mut taken = BTreeSet::new();
    for file in found.iter().filter(|file| left.contains(&file.shown)) {
        let Ok(bytes) = estate::bytes(file) else { continue };
        let shown = Text::from(file.shown.as_str());
        if is_role(&bytes) {
            folder.add(&file.shown, &bytes);
        } else if let Some((platform, policy)) = policy(&bytes) {
            code.policies.push((shown, platform, policy));
        } else {
            continue;
        }
        taken.insert(file.shown.clone());
    }
    estate.unrecognized.retain(|place| !taken.contains(place));
    (code.roles, code.faults) = folder.finish();
    Ok(code)
}

/// Whether somebody means a file to be a role, or to hold business roles.
fn is_role(bytes: &[u8]) -> bool {
    let mut first = None;
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    leastwise_document::read(bytes, &limits, &mut |item| {
        first.get_or_insert(item);
    });
    first.is_some_and(|item| {
        let has = |name: &&&str| item.node.get(name).is_some();
        item.node.get("business_roles").is_some() || OF_ROLES.iter().filter(has).count() >= ENOUGH
    })
}

fn policy(bytes: &[u8]) -> Option<(&'static dyn Platform, PolicyReading)> {
    crate::verb::compare::reading(bytes)
}

impl Code {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.roles.technical.is_empty()
            && self.roles.business.is_empty()
            && self.faults.is_empty()
            && self.policies.is_empty()
    }

    /// The roles that are rendered, the policies, and what of them cannot be told.
    pub fn bundles(&self, platforms: &[&'static dyn Platform]) -> (Vec<Bundle>, Vec<Unknown>) {
        let mut unknown: Vec<Unknown> = self.faults.iter().map(fault).collect();
        let mut bundles = Vec::new();
        for role in self
            .roles
            .technical
            .values()
            .filter(|role| role.state.is_rendered())
        {
            match meaning(&self.roles, role, platforms) {
                Ok(meaning) => bundles.push(of_role(&meaning)),
                Err(faults) => unknown.extend(faults.iter().map(fault)),
            }
        }
        for (file, platform, policy) in &self.policies {
            bundles.push(of_policy(file, *platform, policy));
            unknown.extend(
                policy
                    .remarks
                    .iter()
                    .filter(|remark| remark.loses)
                    .map(|remark| Unknown {
                        place: Some(Place {
                            file: file.clone(),
                            line: remark.location.as_ref().map_or(0, |at| at.line),
                            column: remark.location.as_ref().map_or(0, |at| at.column),
                        }),
                        what: "what the policy gives".into(),
                        because: vec![Because {
                            gap: remark.what.clone(),
                            settle: remark.hint.clone(),
                        }],
                    }),
            );
        }
        unknown.sort();
        unknown.dedup();
        (bundles, unknown)
    }
}

fn fault(fault: &RoleFault) -> Unknown {
    Unknown {
        place: Some(Place {
            file: fault.file.clone(),
            line: fault.at.map_or(0, |at| at.line),
            column: fault.at.map_or(0, |at| at.column),
        }),
        what: "what the role gives".into(),
        because: vec![Because {
            gap: Text::from(fault.what.as_str()),
            settle: Text::from(fault.hint.as_str()),
        }],
    }
}

fn of_role(meaning: &Meaning<'_>) -> Bundle {
    let role = meaning.role;
    let at = |file: &Text, at: leastwise_document::Position| Place {
        file: file.clone(),
        line: at.line,
        column: at.column,
    };
    let labelled = (0u32..)
        .zip(&meaning.permissions)
        .map(|(number, meant)| meant.set.labelled(Label(number)));
    let statements = meaning.permissions.iter().map(|meant| {
        let what = &meant.permission.what;
        let words = |list: &[leastwise_model::Written]| {
            let texts: Vec<&str> = list.iter().map(|one| &*one.text).collect();
            texts.join(" ")
        };
        Statement {
            place: at(&meant.role.file, what.at),
            pointer: format!(
                "{}\n{}\n{}",
                meant.role.id.text,
                words(&what.actions),
                words(&what.resources)
            ),
        }
    });
    let holders = role.assigned_to.iter().map(|assigned| Holder {
        id: assigned.identity.text.clone(),
        place: at(&role.file, assigned.identity.at),
    });
    Bundle {
        name: format!("role {}", role.id.text),
        platform: meaning.platform,
        set: PermissionSet::union_of(labelled),
        statements: statements.collect(),
        place: at(&role.file, role.id.at),
        holders: holders.collect(),
    }
}

fn of_policy(file: &Text, platform: &'static dyn Platform, policy: &PolicyReading) -> Bundle {
    let statements = policy.statements.iter().map(|location| Statement {
        place: Place {
            file: file.clone(),
            line: location.line,
            column: location.column,
        },
        pointer: location.pointer.to_string(),
    });
    Bundle {
        name: format!("policy {file}"),
        platform,
        set: policy.allows.difference(&policy.denies),
        statements: statements.collect(),
        place: Place {
            file: file.clone(),
            line: 1,
            column: 1,
        },
        holders: Vec::new(),
    }
}
