//! What bundles of permissions that stand as code, such as roles and policies, give more than before.

use std::collections::BTreeMap;

use leastwise_effective::{Doubted, Gained, gains};
use leastwise_findings::Scales;
use leastwise_model::{ActionClasses, Platform, Text};
use leastwise_permset::{Label, Limits, PermissionSet};

use super::Gate;
use super::item::{Item, Kind, Place, Who};
use super::unknown::{Because, Unknown};

/// A statement of a bundle.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Where it stands.
    pub place: Place,
    /// Where in its file, whatever stands before it, for names that stay the same.
    pub pointer: String,
}

/// Who is given a bundle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// As its platform names it.
    pub id: Text,
    /// Where that is said.
    pub place: Place,
}

/// A bundle of permissions: a role, a policy.
#[derive(Clone)]
pub struct Bundle {
    /// What people call it, with what it is: `role report-reader`.
    pub name: String,
    /// Its platform.
    pub platform: &'static dyn Platform,
    /// What it lets through; `Label(n)` is the `n`th statement.
    pub set: PermissionSet,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Where it begins.
    pub place: Place,
    /// Who is given it, as far as it says.
    pub holders: Vec<Holder>,
}

/// What the bundles of `new` give that those of `old` did not: each to whoever is given it, and to those who are given it now
/// what they were not given by any. One comparison for each bundle, and for each holder that is new to one.
pub fn bundles(old: &[Bundle], new: &[Bundle], limits: &Limits, gate: &mut Gate) {
    let before: BTreeMap<(&str, &str), &Bundle> = old.iter().map(|bundle| (key(bundle), bundle)).collect();
    let nothing = PermissionSet::empty();
    for bundle in new {
        let was = before.get(&key(bundle)).copied();
        let found = gains(
            was.map_or(&nothing, |was| &was.set),
            &bundle.set,
            bundle.platform,
            limits,
        );
        let held =
            |holder: &&Holder| was.is_none_or(|was| was.holders.iter().any(|known| known.id == holder.id));
        let holders: Vec<&Holder> = bundle.holders.iter().filter(held).collect();
        for gained in found.sure {
            gate.items.push(by_statement(bundle, &holders, gained));
        }
        for doubted in found.doubtful {
            gate.unknown.push(doubt(bundle, &doubted));
        }
        for holder in bundle.holders.iter().filter(|holder| !held(holder)) {
            given(old, bundle, holder, limits, gate);
        }
    }
    let after: BTreeMap<(&str, &str), &Bundle> = new.iter().map(|bundle| (key(bundle), bundle)).collect();
    gate.less += old
        .iter()
        .filter(|was| {
            let now = after.get(&key(was)).map_or(&nothing, |now| &now.set);
            !matches!(
                was.set.included_in(now, limits),
                leastwise_permset::Inclusion::Holds
            )
        })
        .count();
}

fn key(bundle: &Bundle) -> (&str, &str) {
    (bundle.platform.name(), &bundle.name)
}

fn statement<'b>(bundle: &'b Bundle, steps: &[Label]) -> Option<&'b Statement> {
    bundle.statements.get(steps.last()?.0 as usize)
}

fn by_statement(bundle: &Bundle, holders: &[&Holder], gained: Gained) -> Item {
    let mut item = Item::new(Kind::Access, Scales::unheld(gained.classes));
    let said = statement(bundle, &gained.steps);
    item.place = Some(said.map_or(&bundle.place, |said| &said.place).clone());
    item.holder = Some(bundle.name.clone());
    let who = |id: Text| Who {
        id,
        names: Vec::new(),
        platform: Some(bundle.platform),
        requests: Some(gained.requests.clone()),
    };
    item.who = match holders {
        [] => vec![who(Text::from(bundle.name.as_str()))],
        holders => holders.iter().map(|holder| who(holder.id.clone())).collect(),
    };
    item.classes = gained.classes;
    item.witness = Some(gained.witness);
    item.named(&format!(
        "{}\n{}",
        bundle.name,
        said.map_or("", |said| &said.pointer)
    ))
}

/// What somebody gains by being given a bundle that there was.
fn given(old: &[Bundle], bundle: &Bundle, holder: &Holder, limits: &Limits, gate: &mut Gate) {
    let held = old.iter().filter(|was| {
        was.platform.name() == bundle.platform.name() && was.holders.iter().any(|known| known.id == holder.id)
    });
    let was = PermissionSet::union_of(held.map(|was| was.set.clone()));
    let found = gains(&was, &bundle.set, bundle.platform, limits);
    let classes = found
        .sure
        .iter()
        .fold(ActionClasses::default(), |all, gained| all.union(gained.classes));
    let requests = PermissionSet::union_of(found.sure.iter().map(|gained| gained.requests.clone()));
    if let Some(first) = found
        .sure
        .into_iter()
        .max_by_key(|gained| Scales::unheld(gained.classes))
    {
        let mut item = Item::new(Kind::Access, Scales::unheld(classes));
        item.place = Some(holder.place.clone());
        item.holder = Some(bundle.name.clone());
        item.who = vec![Who {
            id: holder.id.clone(),
            names: Vec::new(),
            platform: Some(bundle.platform),
            requests: Some(requests),
        }];
        item.classes = classes;
        item.witness = Some(first.witness);
        gate.items.push(item.named(&format!("{}\ngiven", bundle.name)));
    }
    for doubted in found.doubtful {
        gate.unknown.push(doubt(bundle, &doubted));
    }
}

fn doubt(bundle: &Bundle, doubted: &Doubted) -> Unknown {
    let because = match (&doubted.witness, &doubted.limit) {
        (Some(witness), _) => witness
            .atoms
            .iter()
            .map(|atom| Because {
                gap: Text::from(atom.as_str()),
                settle: Text::default(),
            })
            .collect(),
        (None, Some(limit)) => vec![Because::limit(&limit.to_string())],
        (None, None) => Vec::new(),
    };
    let said = statement(bundle, &doubted.steps);
    Unknown {
        place: Some(said.map_or(&bundle.place, |said| &said.place).clone()),
        what: format!("whether {} gives more", bundle.name),
        because,
    }
}
