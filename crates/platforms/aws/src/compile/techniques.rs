//! Ways of becoming another identity or of widening a grant: rows of `data/techniques.tsv`, tried on every target.
//!
//! A grant is worth what its target can use of it: everything within reach of the account's policies, within the
//! target's boundary, less what documents other than the one that is rewritten refuse. Targets for which that is the same
//! share one opportunity.

mod one_name;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{
    Bearers, Facts, Gain, Gap, IdentityIndex, IdentityKind, Need, NeedSide, Opportunity, Side, Snapshot,
    Targets, TechniqueIndex, Text,
};
use leastwise_permset::{
    Atom, Case, Condition as Ask, Element, Guard, Label, Literal, Pattern, PermissionSet, Region, Strings,
    Test,
};
use rustc_hash::FxHashMap;

use super::accounts::{Account, Accounts, Reach};
use super::holdings::{Held, Policies, Restraint, alone};
use super::people::Person;
use super::units::{UnitIndex, Units};
use super::{entitlements, is_provided};
use crate::keys::Keys;
use crate::lower::{Caller, account_of};
use row::{GainWord, On, Requirement, Row, Side as RowSide, rows};

/// How many versions AWS keeps of a managed policy, and keys of a user. Source: IAM User Guide, "IAM and AWS STS quotas".
const VERSIONS_MAX: usize = 5;
const KEYS_MAX: usize = 2;

/// Adds techniques and opportunities.
pub fn add(
    people: &[Person],
    policies: &mut Policies,
    accounts: &Accounts,
    reach: &BTreeMap<Text, Reach>,
    units: &mut Units,
    keys: &mut Keys,
    snapshot: &mut Snapshot,
) {
    let first = people.first().map_or(0, |person| person.index.0);
    let mut ways = Ways {
        people,
        first,
        accounts,
        reach,
        units,
        keys,
        snapshot,
        profiles: FxHashMap::default(),
        common: FxHashMap::default(),
        able: FxHashMap::default(),
    };
    let holders = entitlements::holders(people);
    for row in rows() {
        let technique = ways.snapshot.add_technique(row.technique());
        match row.on {
            On::Trust => ways.trusts(row, technique),
            On::Role | On::User => ways.one_by_one(row, technique),
            On::Roles => ways.together(row, technique),
            On::Group => ways.groups(row, technique, policies),
            On::Policy => ways.policies(row, technique, policies, &holders),
            On::Version => ways.versions(row, technique, policies, &holders),
        }
    }
}

struct Ways<'a> {
    people: &'a [Person],
    /// The place of the first of them in the snapshot.
    first: u32,
    accounts: &'a Accounts,
    reach: &'a BTreeMap<Text, Reach>,
    units: &'a mut Units,
    keys: &'a mut Keys,
    snapshot: &'a mut Snapshot,
    /// Users of an account by what a grant is worth to them.
    profiles: FxHashMap<Text, Profiles>,
    /// What needs ask for that name no target: equal ones share their storage, so that they are decided once.
    common: FxHashMap<(usize, usize, Box<str>), PermissionSet>,
    /// Who of an account can meet the needs of a row that must name one and the same thing.
    able: FxHashMap<(usize, Text), Arc<[IdentityIndex]>>,
}

/// Identities by what a grant is worth to them.
type Profiles = Arc<[(Arc<[IdentityIndex]>, PermissionSet)]>;

/// What the needs of a row are about.
struct Subject<'a> {
    /// The canonical id of the target, where there is one.
    resource: Option<&'a str>,
    account: &'a str,
    partition: &'a str,
    service: &'a str,
    /// What else must turn out true.
    doubts: Vec<Literal>,
}

impl<'a> Ways<'a> {
    fn person(&self, index: IdentityIndex) -> Option<&'a Person> {
        self.people.get(index.0.checked_sub(self.first)? as usize)
    }

    fn atom(&mut self, name: &str, settle: &str) -> Literal {
        let atom = self.snapshot.add_gap(Gap {
            atom: Atom::new(name),
            what: name.into(),
            settle: settle.into(),
            side: Side::Adds,
        });
        Ask::Atom(atom).holds()
    }

    /// The needs of a row for one subject.
    fn needs(&mut self, row: &Row, subject: &Subject<'_>) -> Vec<Need> {
        let fill = |text: &str| {
            text.replace("{partition}", subject.partition)
                .replace("{account}", subject.account)
                .replace("{service}", subject.service)
        };
        let mut needs = Vec::with_capacity(row.needs.len());
        for (at, need) in row.needs.iter().enumerate() {
            let mut literals: Vec<Literal> = if at == 0 {
                subject.doubts.clone()
            } else {
                Vec::new()
            };
            for (key, value) in &need.carries {
                let only = Test::Text(Strings::literal(&fill(value)));
                // Present with this value and with no other.
                literals.push(Ask::Some(key.clone(), only.clone()).holds());
                literals.push(Ask::Every(key.clone(), only).holds());
            }
            let (resource, strings) = match (&need.resource, subject.resource) {
                (None, Some(target)) => (Some(Text::from(target)), Strings::literal(target)),
                (None, None) => continue,
                (Some(pattern), _) => (None, Strings::one(arn_pattern(&fill(pattern)))),
            };
            let plain = literals.is_empty() && resource.is_none();
            let region = Region::new(need.actions.clone(), strings).when(Guard::all_of(literals));
            let set = if plain {
                let key = (std::ptr::from_ref(row).addr(), at, subject.account.into());
                self.common.entry(key).or_insert_with(|| region.into()).clone()
            } else {
                region.into()
            };
            needs.push(Need {
                side: match need.side {
                    RowSide::Hold => NeedSide::Holder,
                    RowSide::Suffer => NeedSide::NotRefused,
                },
                action: need.action.clone(),
                resource,
                set,
            });
        }
        needs
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
        self.snapshot.opportunities.push(Opportunity {
            technique,
            needs,
            bearers: Bearers::Only(bearers),
            targets: Targets::These(targets),
            gain,
            step,
        });
    }

    /// What must turn out true for a row to apply to an identity; `None` where it does not apply.
    fn applies<'p>(
        &mut self,
        row: &Row,
        person: &'p Person,
    ) -> Option<(Vec<Literal>, &'p str, Option<Label>)> {
        let mut doubts = Vec::new();
        let mut service = "";
        let mut step = None;
        for requirement in &row.requires {
            match requirement {
                Requirement::Editable if !person.editable => return None,
                Requirement::Profile if !person.profile => return None,
                Requirement::Editable | Requirement::Profile => {}
                Requirement::Service(wanted) => {
                    let of = |name: &str| name == *wanted || name.strip_prefix(wanted) == Some(".cn");
                    let ways = || person.services.iter().filter(|service| of(&service.name));
                    let best = ways()
                        .find(|service| service.doubt.is_none())
                        .or_else(|| ways().next())?;
                    doubts.extend(best.doubt.clone());
                    service = &best.name;
                    step = Some(best.label);
                }
                Requirement::FreeKey => match person.keys {
                    Some(keys) if keys < KEYS_MAX => {}
                    Some(_) => return None,
                    None => {
                        let name = format!(
                            "how many access keys users of account {} have is not known",
                            person.account
                        );
                        doubts.push(self.atom(
                            &name,
                            "aws iam generate-credential-report; aws iam get-credential-report",
                        ));
                    }
                },
                Requirement::FullKeys if person.keys.is_some_and(|keys| keys < KEYS_MAX) => return None,
                Requirement::FullKeys => {}
                Requirement::Function => {
                    let name = format!(
                        "which functions of account {} run as which role is not known: no function was exported",
                        person.account
                    );
                    doubts.push(self.atom(&name, "aws lambda list-functions"));
                }
                // Asked of groups and policies.
                Requirement::Members | Requirement::FreeVersion | Requirement::FullVersions => {}
            }
        }
        Some((doubts, service, step))
    }

    /// The ways that trust policies open.
    fn trusts(&mut self, row: &Row, technique: TechniqueIndex) {
        let people = self.people;
        for person in people {
            let targets = alone(person.index);
            for way in &person.ways {
                let needs: Vec<Need> = row
                    .needs
                    .iter()
                    .map(|need| Need {
                        side: way.side,
                        action: need.action.clone(),
                        resource: Some(person.arn.clone()),
                        set: way.set.clone(),
                    })
                    .collect();
                self.push(
                    technique,
                    needs,
                    way.bearers.clone(),
                    targets.clone(),
                    Gain::Become,
                    Some(way.label),
                );
            }
        }
    }

    /// One opportunity for each user or role.
    fn one_by_one(&mut self, row: &Row, technique: TechniqueIndex) {
        let kind = if row.on == On::Role {
            IdentityKind::Role
        } else {
            IdentityKind::User
        };
        let people = self.people;
        for person in people.iter().filter(|person| person.kind == kind) {
            let Some((doubts, service, step)) = self.applies(row, person) else {
                continue;
            };
            let accounts = self.accounts;
            let Some(home) = accounts.get(&person.account) else {
                continue;
            };
            let subject = Subject {
                resource: Some(&person.arn),
                account: &person.account,
                partition: &home.partition,
                service,
                doubts,
            };
            let needs = self.needs(row, &subject);
            let gains = match row.gain {
                GainWord::Become => vec![Gain::Become],
                GainWord::Overwrite => overwritten(&person.held, &person.restraint)
                    .into_iter()
                    .map(|without| Gain::Grant(self.worth(person, without)))
                    .collect(),
                GainWord::Anything | GainWord::Version | GainWord::Group => {
                    vec![Gain::Grant(self.worth(person, None))]
                }
            };
            let bearers = match one_name::pattern(row) {
                None => bearers(row, home),
                Some(pattern) => {
                    let key = (std::ptr::from_ref(row).addr(), person.account.clone());
                    if let Some(known) = self.able.get(&key) {
                        known.clone()
                    } else {
                        let list = bearers(row, home);
                        let able = list.iter().copied().filter(|index| {
                            self.person(*index)
                                .is_none_or(|person| one_name::may(row, pattern, person, self.units))
                        });
                        let able: Arc<[IdentityIndex]> = able.collect();
                        self.able.insert(key, able.clone());
                        able
                    }
                }
            };
            for gain in gains {
                self.push(
                    technique,
                    needs.clone(),
                    bearers.clone(),
                    alone(person.index),
                    gain,
                    step,
                );
            }
        }
    }

    /// One opportunity for all roles of an account whose needs are the same.
    fn together(&mut self, row: &Row, technique: TechniqueIndex) {
        let people = self.people;
        let accounts = self.accounts;
        let mut alike: BTreeMap<(&Text, Vec<Literal>, &str), Vec<IdentityIndex>> = BTreeMap::new();
        for person in people.iter().filter(|person| person.kind == IdentityKind::Role) {
            if let Some((doubts, service, _)) = self.applies(row, person) {
                alike
                    .entry((&person.account, doubts, service))
                    .or_default()
                    .push(person.index);
            }
        }
        for ((account, doubts, service), targets) in alike {
            let Some(home) = accounts.get(account) else {
                continue;
            };
            let subject = Subject {
                resource: None,
                account,
                partition: &home.partition,
                service,
                doubts,
            };
            let needs = self.needs(row, &subject);
            self.push(
                technique,
                needs,
                bearers(row, home),
                targets.into(),
                Gain::Become,
                None,
            );
        }
    }

    fn groups(&mut self, row: &Row, technique: TechniqueIndex, policies: &Policies) {
        let accounts = self.accounts;
        let mut members: FxHashMap<&str, Vec<IdentityIndex>> = FxHashMap::default();
        let people = self.people;
        if row.requires.contains(&Requirement::Members) {
            for person in people {
                for group in &person.groups {
                    members.entry(group).or_default().push(person.index);
                }
            }
        }
        for ((account, _), group) in policies.groups.iter().filter(|(_, group)| !group.arn.is_empty()) {
            let Some(home) = accounts.get(account) else {
                continue;
            };
            let subject = Subject {
                resource: Some(&group.arn),
                account,
                partition: &home.partition,
                service: "",
                doubts: Vec::new(),
            };
            let needs = self.needs(row, &subject);
            let list = members.get(&*group.arn).map(Vec::as_slice).unwrap_or_default();
            let profiles: Profiles = match row.gain {
                GainWord::Group => self.users(account, home),
                GainWord::Overwrite => {
                    let first = list.first().and_then(|index| self.person(*index));
                    let without = first.map_or_else(
                        || vec![None],
                        |person| overwritten(&group.held, &person.restraint),
                    );
                    without
                        .into_iter()
                        .flat_map(|without| self.by_worth(list, without))
                        .collect()
                }
                _ => self.by_worth(list, None).into(),
            };
            let mut given = None;
            if row.gain == GainWord::Group {
                let mut sets = Vec::new();
                for held in &group.held {
                    let own = self
                        .units
                        .sets(held.unit, Caller::Anyone, self.keys, self.snapshot);
                    sets.push(own);
                }
                let sets = super::units::Sets::together(sets);
                if sets.allows.is_plainly_empty() {
                    continue;
                }
                given = Some(sets.allows.difference(&sets.denies));
            }
            for (targets, worth) in profiles.iter() {
                let gain = match &given {
                    Some(given) => given.intersection(worth),
                    None => worth.clone(),
                };
                self.push(
                    technique,
                    needs.clone(),
                    bearers(row, home),
                    targets.clone(),
                    Gain::Grant(gain),
                    None,
                );
            }
        }
    }

    fn policies(
        &mut self,
        row: &Row,
        technique: TechniqueIndex,
        policies: &Policies,
        holders: &FxHashMap<UnitIndex, Vec<IdentityIndex>>,
    ) {
        let accounts = self.accounts;
        for (arn, policy) in policies.described.iter().filter(|(arn, _)| !is_provided(arn)) {
            let full = policy.versions.len() >= VERSIONS_MAX;
            let fits = row.requires.iter().all(|requirement| match requirement {
                Requirement::FreeVersion => !full,
                Requirement::FullVersions => full,
                _ => true,
            });
            let Some(unit) = policies.managed.get(arn).filter(|_| fits) else {
                continue;
            };
            let Some(home) = account_of(arn).and_then(|id| accounts.get(id)) else {
                continue;
            };
            let Some(held) = holders.get(unit) else { continue };
            let needs = self.needs(row, &policy_subject(arn, home));
            for (targets, worth) in self.by_worth(held, Some(*unit)) {
                self.push(
                    technique,
                    needs.clone(),
                    bearers(row, home),
                    targets,
                    Gain::Grant(worth),
                    None,
                );
            }
        }
    }

    fn versions(
        &mut self,
        row: &Row,
        technique: TechniqueIndex,
        policies: &Policies,
        holders: &FxHashMap<UnitIndex, Vec<IdentityIndex>>,
    ) {
        let accounts = self.accounts;
        for version in policies
            .others
            .iter()
            .filter(|version| !is_provided(&version.arn))
        {
            let Some(unit) = policies.managed.get(&version.arn) else {
                continue;
            };
            let Some(home) = account_of(&version.arn).and_then(|id| accounts.get(id)) else {
                continue;
            };
            let Some(held) = holders.get(unit) else { continue };
            let needs = self.needs(row, &policy_subject(&version.arn, home));
            for (targets, worth) in self.by_worth(held, Some(*unit)) {
                // What a version says may depend on who holds it.
                let shared = self.units.is_shared(version.unit);
                let each: Vec<Arc<[IdentityIndex]>> = if shared {
                    vec![targets]
                } else {
                    targets.iter().map(|one| alone(*one)).collect()
                };
                for targets in each {
                    let facts: Facts = targets
                        .first()
                        .and_then(|one| self.snapshot.identity(*one))
                        .map(|identity| identity.holding.facts.clone())
                        .unwrap_or_default();
                    let caller = Caller::Identity(&facts, None);
                    let sets = self.units.sets(version.unit, caller, self.keys, self.snapshot);
                    if sets.allows.is_plainly_empty() {
                        continue;
                    }
                    let gain = sets.allows.intersection(&worth).difference(&sets.denies);
                    self.push(
                        technique,
                        needs.clone(),
                        bearers(row, home),
                        targets,
                        Gain::Grant(gain),
                        None,
                    );
                }
            }
        }
    }

    /// What a grant of everything is worth to an identity while one document is out of force.
    fn worth(&self, person: &Person, without: Option<UnitIndex>) -> PermissionSet {
        let reach = self.reach.get(&person.account);
        let reach = reach.map_or_else(PermissionSet::everything, |reach| reach.most.clone());
        let bounded = match &person.restraint.bound {
            Some(bound) => reach.intersection(bound),
            None => reach,
        };
        let denies = person
            .restraint
            .denies
            .iter()
            .filter(|(unit, _)| Some(*unit) != without);
        bounded.difference(&PermissionSet::union_of(denies.map(|(_, set)| set.clone())))
    }

    /// Identities by what a grant is worth to them.
    fn by_worth(
        &self,
        identities: &[IdentityIndex],
        without: Option<UnitIndex>,
    ) -> Vec<(Arc<[IdentityIndex]>, PermissionSet)> {
        let mut alike: BTreeMap<Vec<usize>, (Vec<IdentityIndex>, PermissionSet)> = BTreeMap::new();
        let mut order = Vec::new();
        for index in identities {
            let Some(person) = self.person(*index) else {
                continue;
            };
            let restraint = &person.restraint;
            let mut profile = vec![restraint.bound.as_ref().map_or(0, PermissionSet::address)];
            let denies = restraint.denies.iter().filter(|(unit, _)| Some(*unit) != without);
            profile.extend(denies.map(|(_, set)| set.address()));
            let known = alike.len();
            let entry = alike
                .entry(profile.clone())
                .or_insert_with(|| (Vec::new(), self.worth(person, without)));
            entry.0.push(*index);
            if alike.len() > known {
                order.push(profile);
            }
        }
        // In the order of the first member: addresses differ from run to run.
        order
            .iter()
            .filter_map(|profile| alike.remove(profile))
            .map(|(members, worth)| (members.into(), worth))
            .collect()
    }

    /// The users of an account by what a grant is worth to them.
    fn users(&mut self, account: &Text, home: &Account) -> Profiles {
        if let Some(known) = self.profiles.get(account) {
            return known.clone();
        }
        let profiles: Profiles = self.by_worth(&home.users, None).into();
        self.profiles.insert(account.clone(), profiles.clone());
        profiles
    }
}

/// The inline policies among these whose refusals end when a policy is written under their name; `None` alone, a new
/// name, where none of them refuses anything.
fn overwritten(held: &[Held], restraint: &Restraint) -> Vec<Option<UnitIndex>> {
    let inline = held.iter().filter(|one| one.steps == [None, None]);
    let refusing: Vec<Option<UnitIndex>> = inline
        .filter(|one| restraint.denies.iter().any(|(unit, _)| *unit == one.unit))
        .map(|one| Some(one.unit))
        .collect();
    if refusing.is_empty() { vec![None] } else { refusing }
}

fn policy_subject<'a>(arn: &'a str, home: &'a Account) -> Subject<'a> {
    Subject {
        resource: Some(arn),
        account: account_of(arn).unwrap_or_default(),
        partition: &home.partition,
        service: "",
        doubts: Vec::new(),
    }
}

/// ARNs in which `*` stands within one field: what is created or started has no `:` in its name.
fn arn_pattern(text: &str) -> Pattern {
    let mut elements = Vec::new();
    for (at, piece) in text.split('*').enumerate() {
        if at > 0 {
            elements.push(Element::ManyExcept(':'));
        }
        elements.push(Element::Text(piece.into()));
    }
    Pattern::new(elements, Case::Exact)
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
