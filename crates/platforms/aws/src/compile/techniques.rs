//! Ways of becoming another identity or of widening a grant: rows of `data/techniques.tsv`, tried on every target.
//!
//! A grant is worth what its target can use of it: everything within reach of the account's policies, within the
//! target's boundary, less what documents other than the one that is rewritten refuse. Targets for which that is the same
//! share one opportunity.

mod able;
mod asking;
mod attached;
mod entities;
mod existing;
mod found;
mod freed;
mod gain;
mod groups;
mod handed;
mod itself;
mod key_grants;
mod members;
mod memberships;
mod needs;
mod one_name;
mod opened;
mod permission_sets;
mod places;
mod policies;
mod retagged;
mod row;
mod sessions;
#[cfg(test)]
mod tests;
mod worth;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use leastwise_model::{
    Facts, Gain, Gap, IdentityIndex, IdentityKind, Need, NeedSide, Opportunity, Side, Snapshot, Step,
    Targets, TechniqueIndex, Text, spread,
};
use leastwise_permset::{
    Atom, Case, Condition as Ask, Element, Guard, Key, Label, Limits, Literal, Meeting, Pattern,
    PermissionSet, Region, Strings, Test,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::accounts::{Account, Accounts, Reach};
use super::controls::Lower;
use super::holdings::{Held, Policies, Restraint, alone};
use super::people::Person;
use super::runs::Runs;
use super::units::{Sets, UnitIndex, Units};
use super::{entitlements, is_provided, location};
use crate::keys::Keys;
use crate::lower::{Caller, account_of};
use able::Able;
use asking::Asking;
use existing::Things;
use found::{Found, Interned, lock};
use needs::{Subject, arn_pattern, between, set_boundary};
pub use permission_sets::Center;
use row::{GainWord, On, Requirement, Row, Side as RowSide, rows};
use worth::{Without, overwritten, refusing};

/// How many versions AWS keeps of a managed policy, and keys of a user. Source: IAM User Guide, "IAM and AWS STS quotas".
const VERSIONS_MAX: usize = 5;
const KEYS_MAX: usize = 2;

/// Adds techniques and opportunities.
pub fn add(
    people: &[Person],
    policies: &mut Policies,
    accounts: &Accounts,
    reach: &BTreeMap<Text, Reach>,
    runs: &Runs<'_>,
    center: Center<'_>,
    lower: Lower<'_>,
) {
    let Lower {
        units,
        keys,
        snapshot,
    } = lower;
    let (units, policies) = (&*units, &*policies);
    let rows = rows();
    let added = rows.iter().map(|row| snapshot.add_technique(row.technique()));
    let techniques: Vec<TechniqueIndex> = added.collect();
    let (able, documents) = Able::each(people, units);
    let (bounded, served) = (bounded(people), served(people));
    let holders = entitlements::holders(people);
    let (keys, interned) = (Mutex::new(keys), Interned::default());
    let told = &*snapshot;
    let ways = || Ways {
        people,
        first: people.first().map_or(0, |person| person.index.0),
        accounts,
        reach,
        runs,
        center,
        units,
        keys: &keys,
        snapshot: told,
        interned: &interned,
        able: &able,
        documents: &documents,
        bounded: &bounded,
        served: &served,
        found: Found::default(),
        alone: FxHashMap::default(),
        profiles: FxHashMap::default(),
        bearers: FxHashMap::default(),
        asking: FxHashMap::default(),
        of_use: FxHashMap::default(),
        administrators: FxHashMap::default(),
        tagged: FxHashMap::default(),
        members: None,
        taken_over: FxHashMap::default(),
        allowed: one_name::Allowed::default(),
    };
    let found = spread(rows.len(), ways, |ways, at| {
        let (Some(row), Some(technique)) = (rows.get(at), techniques.get(at).copied()) else {
            return Found::default();
        };
        match row.on {
            On::Trust => ways.trusts(row, technique),
            On::Role | On::User => ways.one_by_one(row, technique, policies),
            On::Account => ways.anew(row, technique),
            On::Roles => {
                let kind = row.existing();
                if let Some(kind) = kind {
                    ways.by_things(row, technique, kind);
                }
                ways.together(row, technique, kind);
            }
            On::Group => ways.groups(row, technique, policies),
            On::Policy => ways.policies(row, technique, policies, &holders),
            On::Version => ways.versions(row, technique, policies, &holders),
            On::Resource => ways.resources(row, technique),
            On::Set => ways.permission_sets(row, technique, policies),
            On::Member => ways.members(row, technique),
            On::Membership => ways.memberships(row, technique, policies),
        }
        if matches!(row.on, On::Role | On::Policy | On::Version | On::Set) {
            sessions::widened(people, told, &mut ways.found.opportunities);
        }
        std::mem::take(&mut ways.found)
    });
    let untold = ways().untold_administration();
    let count = found.iter().map(|found| found.opportunities.len()).sum();
    snapshot.opportunities.reserve_exact(count);
    let first = snapshot.steps.len();
    for found in found {
        found.add_to(first, snapshot);
    }
    for (index, untold) in untold {
        if let Some(identity) = snapshot.identities.get_mut(index.0 as usize) {
            identity.assumptions.push(untold);
        }
    }
}

struct Ways<'a> {
    people: &'a [Person],
    /// The place of the first of them in the snapshot.
    first: u32,
    accounts: &'a Accounts,
    reach: &'a BTreeMap<Text, Reach>,
    runs: &'a Runs<'a>,
    center: Center<'a>,
    units: &'a Units,
    keys: &'a Mutex<&'a mut Keys>,
    snapshot: &'a Snapshot,
    interned: &'a Interned,
    /// What documents allow each person.
    able: &'a [Able],
    /// What each document allows.
    documents: &'a able::ByDocument,
    /// Whom a policy bounds.
    bounded: &'a FxHashMap<&'a Text, Vec<&'a Person>>,
    /// As whom a service may act, by its name without a partition's ending.
    served: &'a FxHashMap<&'a str, Vec<&'a Person>>,
    /// What the row at hand has found so far.
    found: Found,
    /// Lists of one target, each kept once.
    alone: FxHashMap<IdentityIndex, Arc<[IdentityIndex]>>,
    /// Users of an account by what a grant is worth to them.
    profiles: FxHashMap<Text, Profiles>,
    /// Who of an account can meet the needs of a row that must name one and the same thing.
    bearers: FxHashMap<(usize, Text), Arc<[IdentityIndex]>>,
    /// Who may make some of these requests.
    asking: FxHashMap<PermissionSet, Asking>,
    /// Whether a row opens anything in an account.
    of_use: FxHashMap<(usize, Text), bool>,
    /// Who can do everything, above all make a user that can.
    administrators: FxHashMap<IdentityIndex, bool>,
    /// Whether documents ask for a tag of who asks.
    tagged: FxHashMap<UnitIndex, bool>,
    /// What policies can give in the members of the organization.
    members: Option<PermissionSet>,
    /// The roles of an account that who can do everything there takes over.
    taken_over: FxHashMap<Text, Arc<[IdentityIndex]>>,
    /// What documents allow.
    allowed: one_name::Allowed,
}

/// Identities by what a grant is worth to them.
type Profiles = Arc<[(Arc<[IdentityIndex]>, PermissionSet)]>;

impl<'a> Ways<'a> {
    fn person(&self, index: IdentityIndex) -> Option<&'a Person> {
        self.people.get(index.0.checked_sub(self.first)? as usize)
    }

    /// The people of a kind to whom a row may apply, in order.
    fn subjects(&self, row: &Row, kind: IdentityKind) -> Vec<&'a Person> {
        let service = row.requires.iter().find_map(|requirement| match requirement {
            Requirement::Service(wanted) => Some(*wanted),
            _ => None,
        });
        let of_kind = |person: &&Person| person.kind == kind && person.session.is_none();
        match service {
            Some(service) => {
                let served = self.served.get(service).into_iter().flatten();
                served.copied().filter(of_kind).collect()
            }
            None => self.people.iter().filter(of_kind).collect(),
        }
    }

    fn able(&self, index: IdentityIndex) -> Option<&Able> {
        self.able.get(index.0.checked_sub(self.first)? as usize)
    }

    fn gap(&mut self, gap: Gap) -> Literal {
        let atom = gap.atom.clone();
        self.found.gaps.entry(atom.clone()).or_insert(gap);
        Ask::Atom(atom).holds()
    }

    fn step(&mut self, step: Step) -> Label {
        let place = self.snapshot.steps.len() + self.found.steps.len();
        self.found.steps.push(step);
        Label(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// What a document says for one caller.
    fn sets(&mut self, unit: UnitIndex, caller: Caller<'_>) -> Sets {
        let gaps = &mut self.found.gaps;
        self.units.sets_for(unit, caller, &mut lock(self.keys), gaps)
    }

    fn atom(&mut self, name: &str, settle: &str) -> Literal {
        self.gap(Gap {
            atom: Atom::new(name),
            what: name.into(),
            settle: settle.into(),
            side: Side::Adds,
        })
    }

    /// What a row needs to exist in an account and no export shows.
    fn unseen(&mut self, row: &Row, account: &str) -> Vec<Literal> {
        let mut doubts = Vec::new();
        for requirement in &row.requires {
            if let Requirement::Unseen(unseen) = requirement {
                let name = unseen.what.replace("{account}", account);
                doubts.push(self.atom(&name, unseen.settle));
            }
        }
        doubts
    }

    /// The set that equals this one, where there is one already.
    fn shared(&self, set: PermissionSet) -> PermissionSet {
        let mut sets = lock(&self.interned.sets);
        if let Some(known) = sets.get(&set) {
            return known.clone();
        }
        sets.insert(set.clone());
        set
    }

    fn push(
        &mut self,
        technique: TechniqueIndex,
        needs: Vec<Need>,
        bearers: Arc<[IdentityIndex]>,
        targets: Arc<[IdentityIndex]>,
        gain: Gain,
        step: Option<Label>,
    ) {
        if needs.is_empty() || bearers.is_empty() || targets.is_empty() {
            return;
        }
        let targets = match *targets {
            [one] => self.alone.entry(one).or_insert(targets).clone(),
            _ => targets,
        };
        self.found.opportunities.push(Opportunity {
            technique,
            needs,
            bearers,
            targets: Targets::These(targets),
            gain,
            step,
        });
    }

    /// Those of an account who can meet the needs of a row, as far as documents allow its actions at all, and where needs
    /// must name one and the same thing, which is none of `taken`; without those who have the same by another row anyway.
    fn bearers(
        &mut self,
        row: &Row,
        account: &Text,
        home: &Account,
        taken: &Strings,
    ) -> Arc<[IdentityIndex]> {
        let key = (std::ptr::from_ref(row).addr(), account.clone());
        if let Some(known) = self.bearers.get(&key) {
            return known.clone();
        }
        let list = bearers(row, home);
        let pattern = one_name::pattern(row);
        let sets: Vec<PermissionSet> = row.needs.iter().filter_map(set_boundary).collect();
        let (elsewhere, asked) = (able::has_seen_way(row), able::asked(row));
        let mut able = Vec::new();
        for index in list.iter().copied() {
            let documents = |able: &Able| able.may_hold(&asked) && !(elsewhere && able.all);
            if !self.able(index).is_none_or(documents) {
                continue;
            }
            let one_name = pattern.zip(self.person(index)).is_none_or(|(pattern, person)| {
                one_name::may(row, pattern, taken, person, self.units, &mut self.allowed)
            });
            if one_name && sets.iter().all(|set| self.may_ask(index, set)) {
                able.push(index);
            }
        }
        let able: Arc<[IdentityIndex]> = if able.len() == list.len() {
            list
        } else {
            able.into()
        };
        self.bearers.insert(key, able.clone());
        able
    }
}

/// Whom each policy bounds.
fn bounded(people: &[Person]) -> FxHashMap<&Text, Vec<&Person>> {
    let mut bounded: FxHashMap<&Text, Vec<&Person>> = FxHashMap::default();
    for person in people {
        if let Some(boundary) = &person.boundary {
            bounded.entry(boundary).or_default().push(person);
        }
    }
    bounded
}

/// As whom each service may act.
fn served(people: &[Person]) -> FxHashMap<&str, Vec<&Person>> {
    let mut served: FxHashMap<&str, Vec<&Person>> = FxHashMap::default();
    for person in people {
        let mut names: Vec<&str> = person
            .services
            .iter()
            .map(|service| bare(&service.name))
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            served.entry(name).or_default().push(person);
        }
    }
    served
}

/// A service's name without the ending of the partition in China; for providers what sort they are.
fn bare(service: &str) -> &str {
    if service.contains(":saml-provider/") {
        return "saml";
    }
    if service.contains(":oidc-provider/oidc.eks.") {
        return "oidc.eks";
    }
    if service.contains(":oidc-provider/") {
        return "oidc";
    }
    service.strip_suffix(".cn").unwrap_or(service)
}

/// Root users can do all of this but take on a role.
fn bearers(row: &Row, home: &Account) -> Arc<[IdentityIndex]> {
    let assumes = row.needs.iter().any(|need| &*need.action == "sts:AssumeRole");
    if assumes {
        home.identities.clone()
    } else {
        home.everyone.clone()
    }
}
