//! What rules find that they did not, or find worse.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_findings::{Finding, Fingerprint, Severity};
use leastwise_permset::{Answers, Witness};

use super::item::{Item, Kind, Place, Who};
use super::{Comparing, Gate, Side};

impl Comparing<'_, '_> {
    /// Findings that the old estate has not, or has milder. What the platform's owner made counts where a statement of the
    /// change says so: nobody else vouches for it.
    pub(super) fn findings(&self, gate: &mut Gate) {
        let before: BTreeMap<Fingerprint, Severity> = self
            .old
            .report
            .findings
            .iter()
            .map(|finding| (finding.fingerprint, finding.severity))
            .collect();
        let snapshot = self.new.world.snapshot();
        for finding in &self.new.report.findings {
            let known = before.get(&finding.fingerprint);
            if known.is_some_and(|known| *known >= finding.severity) {
                continue;
            }
            let claimed = finding.cause.is_some_and(|label| {
                let step = snapshot.step(label);
                step.is_some_and(|step| step.location.is_some() && !self.known.has(step))
            });
            if finding.provided && !claimed {
                continue;
            }
            gate.items.push(item(self.new, finding));
        }
    }
}

/// Every finding that counts.
pub(super) fn all(new: &Side<'_>, gate: &mut Gate) {
    gate.items
        .extend(new.report.own().map(|finding| item(new, finding)));
}

/// What the rules of these names find, unless it is there already.
pub(super) fn of_rules(new: &Side<'_>, names: &[&str], gate: &mut Gate) {
    let before: BTreeSet<Fingerprint> = gate.items.iter().map(|item| item.fingerprint).collect();
    let found = new.report.findings.iter();
    let found = found.filter(|one| names.contains(&one.rule.name) && !before.contains(&one.fingerprint));
    gate.items.extend(found.map(|finding| item(new, finding)));
}

fn item(new: &Side<'_>, finding: &Finding) -> Item {
    let world = new.world;
    let snapshot = world.snapshot();
    let mut item = Item::new(Kind::Finding, finding.severity);
    item.who = finding
        .identities
        .iter()
        .filter_map(|index| {
            let identity = snapshot.identity(*index)?;
            Some(Who::identity(identity, world.platform_of(*index), None))
        })
        .collect();
    item.holder = finding.missing.as_ref().map(ToString::to_string);
    item.classes = finding.classes;
    item.witness = finding.witness.clone().map(|request| Witness {
        request,
        answers: Answers::none(),
        atoms: Vec::new(),
        hypothetical: false,
    });
    item.path = finding.path.clone();
    item.step = finding.cause;
    item.place = finding
        .location
        .as_ref()
        .and_then(|location| Place::of(snapshot, location));
    item.rule = Some(finding.rule);
    item.title = finding.title.clone();
    item.fix = finding.fix.what.clone();
    item.fingerprint = finding.fingerprint;
    item
}
