//! Rows that are tried on roles and users.

use super::row::MadeBy;
use super::worth::listed;
use super::*;
use crate::running::Kind;
use leastwise_permset::Inclusion;

impl<'a> Ways<'a> {
    /// What must turn out true for a row to apply to an identity, some kind of thing being known; `None` where it does
    /// not apply.
    pub(super) fn applies<'p>(
        &mut self,
        row: &Row,
        person: &'p Person,
        known: Option<&Kind>,
    ) -> Option<(Vec<Literal>, &'p str, Option<Label>)> {
        self.applies_by(row, person, known, None)
    }

    /// The same by one service or provider of several alike, where one is named.
    fn applies_by<'p>(
        &mut self,
        row: &Row,
        person: &'p Person,
        known: Option<&Kind>,
        named: Option<&str>,
    ) -> Option<(Vec<Literal>, &'p str, Option<Label>)> {
        let mut doubts = Vec::new();
        let mut service = "";
        let mut step = None;
        for requirement in &row.requires {
            match requirement {
                Requirement::Editable if !person.editable => return None,
                Requirement::Profile if person.profiles.is_empty() => return None,
                Requirement::Editable | Requirement::Profile => {}
                Requirement::Service(wanted) => {
                    let ways = || {
                        let services = person.services.iter();
                        let services = services.filter(|service| bare(&service.name) == *wanted);
                        services.filter(|service| named.is_none_or(|name| *service.name == *name))
                    };
                    let best = ways()
                        .find(|service| service.doubt.is_none() && service.gap.is_none())
                        .or_else(|| ways().next())?;
                    doubts.extend(best.doubt.clone());
                    if let Some(gap) = &best.gap {
                        if !self.is_of_use(row, &person.account) {
                            return None;
                        }
                        doubts.push(self.gap(gap.clone()));
                    }
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
                Requirement::Bounded if person.boundary.is_none() => return None,
                Requirement::InlineRefuses if refusing(person).inline.is_empty() => return None,
                Requirement::AttachedRefuses if refusing(person).attached.is_empty() => return None,
                Requirement::Bounded | Requirement::InlineRefuses | Requirement::AttachedRefuses => {}
                Requirement::Console(wanted) => match person.console {
                    Some(console) if console.second_factor || console.password != *wanted => return None,
                    Some(_) => {}
                    None => doubts.push(self.console_doubt(person)),
                },
                Requirement::SecondFactor => match person.console {
                    Some(console) if !(console.password && console.second_factor) => return None,
                    Some(_) => {}
                    None => doubts.push(self.console_doubt(person)),
                },
                Requirement::Unseen(unseen) if known.is_some_and(|kind| kind.word == unseen.word) => {}
                Requirement::Partial(_) if self.can_make_administrators(person) => {}
                Requirement::Unseen(_) | Requirement::Partial(_) if !self.is_of_use(row, &person.account) => {
                    return None;
                }
                Requirement::Unseen(unseen) | Requirement::Partial(unseen) => {
                    let name = unseen.what.replace("{account}", &person.account);
                    doubts.push(self.atom(&name, unseen.settle));
                }
                Requirement::Itself
                    if !self
                        .able(person.index)
                        .is_some_and(|able| able.may_hold(&able::asked(row))) =>
                {
                    return None;
                }
                Requirement::Itself => {}
                // Asked of actors and permission sets.
                Requirement::SignedIn | Requirement::Group | Requirement::Organization => {}
                // Asked of groups and policies.
                Requirement::Members
                | Requirement::FreeVersion
                | Requirement::FullVersions
                | Requirement::Bounds => {}
            }
        }
        Some((doubts, service, step))
    }

    fn console_doubt(&mut self, person: &Person) -> Literal {
        let name = format!(
            "whether users of account {} have a password and a second factor is not known",
            person.account
        );
        let settle = "aws iam generate-credential-report; aws iam get-credential-report";
        self.atom(&name, settle)
    }

    /// The ways that trust policies open.
    pub(super) fn trusts(&mut self, row: &Row, technique: TechniqueIndex) {
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
    pub(super) fn one_by_one(&mut self, row: &Row, technique: TechniqueIndex, policies: &Policies) {
        let kind = if row.on == On::Role {
            IdentityKind::Role
        } else {
            IdentityKind::User
        };
        let names: FxHashMap<UnitIndex, &Text> =
            policies.managed.iter().map(|(arn, unit)| (*unit, arn)).collect();
        let tags = row.gain == GainWord::Retagged;
        if tags && !lock(self.keys).met().iter().any(retagged::is_tag) {
            return;
        }
        for person in self.subjects(row, kind) {
            let Some((doubts, service, step)) = self.applies(row, person, None) else {
                continue;
            };
            let accounts = self.accounts;
            let Some(home) = accounts.get(&person.account) else {
                continue;
            };
            let mut subject = Subject {
                resource: Some(&person.arn),
                account: &person.account,
                partition: &home.partition,
                service,
                doubts,
                ..Subject::default()
            };
            let itself = row.requires.contains(&Requirement::Itself);
            let bearers = if itself {
                alone(person.index)
            } else {
                self.bearers(row, &person.account, home, &Strings::none())
            };
            if bearers.is_empty() {
                continue;
            }
            for (without, policies) in lifted(row, person, &names) {
                let gain = match row.gain {
                    GainWord::Become => Gain::Become,
                    GainWord::Own(_) => Gain::Grant(self.own(person, &without)),
                    GainWord::Acts(actions) => match self.acts(person, actions) {
                        Some(acts) => Gain::Grant(acts),
                        None => continue,
                    },
                    GainWord::Retagged => match self.retagged(person) {
                        Some(held) => Gain::Grant(held),
                        None => continue,
                    },
                    _ => Gain::Grant(self.worth(person, &without)),
                };
                subject.policies = policies;
                let mut needs = self.needs(row, &subject);
                if itself {
                    let Some(left) = self.by_its_own_grant(row, person, needs) else {
                        continue;
                    };
                    needs = left;
                }
                if !matches!(row.gain, GainWord::Acts(_)) {
                    self.push(technique, needs, bearers.clone(), alone(person.index), gain, step);
                } else {
                    self.found.opportunities.push(Opportunity {
                        technique,
                        needs,
                        bearers: bearers.clone(),
                        targets: Targets::Actor,
                        gain,
                        step,
                    });
                }
            }
        }
    }

    /// Whether a grant may be more than an identity holds already; of very many identities, whether it can do everything.
    fn is_new_to(&self, index: IdentityIndex, gain: &PermissionSet) -> bool {
        // Where a document was not read, that may grant the same.
        let told = self.able(index).is_some_and(|able| !able.all && able.is_read());
        let held = || {
            let identity = self.snapshot.identity(index);
            let held = identity.map(|identity| identity.holding.effective());
            held.is_some_and(|held| matches!(gain.included_in(&held, &Limits::default()), Inclusion::Holds))
        };
        told && (self.people.len() > opened::EXACT_UP_TO || !held())
    }

    /// One opportunity for whoever can make an identity of its own choosing: what the account's policies can give any.
    pub(super) fn anew(&mut self, row: &Row, technique: TechniqueIndex) {
        let (accounts, people) = (self.accounts, self.people);
        for (account, home) in accounts {
            let Some(most) = self.reach.get(account).map(|reach| reach.most.clone()) else {
                continue;
            };
            let taken = people.iter().filter(|person| person.account == *account);
            let taken = Strings::any_of(taken.map(|person| Pattern::literal(&person.arn)));
            let mut bearers = self.bearers(row, account, home, &taken);
            let gain = match row.gain {
                GainWord::ActsOn(actions, place) => {
                    let place = place
                        .replace("{partition}", &home.partition)
                        .replace("{account}", account);
                    let asked = Region::new(listed(actions), Strings::one(arn_pattern(&place)));
                    let gain = most.intersection(&asked.into());
                    bearers = bearers
                        .iter()
                        .copied()
                        .filter(|index| self.is_new_to(*index, &gain))
                        .collect();
                    gain
                }
                _ => most,
            };
            if bearers.is_empty() {
                continue;
            }
            let subject = Subject {
                account,
                partition: &home.partition,
                doubts: self.unseen(row, account),
                ..Subject::default()
            };
            let needs = self.needs(row, &subject);
            self.found.opportunities.push(Opportunity {
                technique,
                needs,
                bearers,
                targets: Targets::Actor,
                gain: Gain::Grant(gain),
                step: None,
            });
        }
    }

    /// One opportunity for all roles of an account whose needs are the same.
    pub(super) fn together(&mut self, row: &Row, technique: TechniqueIndex, kind: Option<&'static Kind>) {
        let accounts = self.accounts;
        let mut alike: BTreeMap<(&Text, Vec<Literal>, &str), Vec<IdentityIndex>> = BTreeMap::new();
        for person in self.subjects(row, IdentityKind::Role) {
            for named in providers(row, person) {
                if let Some((doubts, service, _)) = self.applies_by(row, person, None, named) {
                    alike
                        .entry((&person.account, doubts, service))
                        .or_default()
                        .push(person.index);
                }
            }
        }
        for ((account, doubts, service), targets) in alike {
            let Some(home) = accounts.get(account) else {
                continue;
            };
            let things = match kind.map(|kind| self.by_others(kind, account, &home.partition)) {
                Some(None) => continue,
                others => others.flatten(),
            };
            let subject = Subject {
                account,
                partition: &home.partition,
                service,
                doubts,
                things,
                ..Subject::default()
            };
            let bearers = self.bearers(row, account, home, &Strings::none());
            let needs = self.needs(row, &subject);
            self.push(technique, needs, bearers, targets.into(), Gain::Become, None);
        }
    }
}

/// The providers by each of which a row is to be tried on a role; of services one that lets it in is enough.
fn providers<'p>(row: &Row, person: &'p Person) -> Vec<Option<&'p str>> {
    let wanted = row.requires.iter().find_map(|requirement| match requirement {
        Requirement::Service(sort @ ("saml" | "oidc")) => Some(*sort),
        _ => None,
    });
    let Some(sort) = wanted else {
        return vec![None];
    };
    let services = person.services.iter().map(|service| &*service.name);
    let mut names: Vec<&str> = services.filter(|name| bare(name) == sort).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(Some).collect()
}

/// What is out of force once the needs of a row are met, in each way in which they can be, and the managed policies that
/// these name; nothing where no policy refuses of those that the row takes away.
pub(super) fn lifted(
    row: &Row,
    person: &Person,
    names: &FxHashMap<UnitIndex, &Text>,
) -> Vec<(Without, Vec<Text>)> {
    let refusing = refusing(person);
    let lifts = row.lifts();
    let base = Without {
        units: if lifts.inline {
            refusing.inline.clone()
        } else {
            Vec::new()
        },
        boundary: lifts.boundary,
    };
    let Some(whose) = lifts.attached else {
        return vec![(base, Vec::new())];
    };
    let provided = |unit: &UnitIndex| names.get(unit).is_some_and(|arn| is_provided(arn));
    let attached = refusing.attached.into_iter().filter(|unit| match whose {
        MadeBy::Anybody => true,
        MadeBy::Aws => provided(unit),
        MadeBy::Account => !provided(unit),
    });
    let attached: Vec<UnitIndex> = attached.collect();
    if attached.is_empty() {
        return Vec::new();
    }
    let lift = |units: &[UnitIndex]| {
        let mut without = base.clone();
        without.units.extend(units);
        let policies = units.iter().filter_map(|unit| names.get(unit));
        (without, policies.map(|arn| (*arn).clone()).collect())
    };
    let mut all = vec![lift(&attached)];
    // What a policy grants goes with what it refuses: one alone may leave more.
    if matches!(row.gain, GainWord::Own(_)) && attached.len() > 1 {
        all.extend(attached.chunks(1).map(lift));
    }
    all
}
