//! Rows that are tried on what has a policy of its own: who may write it may let itself in.
//!
//! An identity gains what it may write policies on, as far as it may, seen through the row: the bucket and its objects for
//! the policy of a bucket, the key for that of a key. The policy can name a user, or one session of a role, so that no
//! boundary holds back what it grants; what other policies refuse stays refused, and what the written one refused ends.
//! Sources: IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities".
//!
//! In an estate of very many identities what each of them may write is not looked at: what policies could give on the account's
//! resources is then unknown.
//!
//! **Growth of cost.** One look at each document. For each identity of which that does not tell: its requests with the row's
//! action, and, where samples of what is gained do not tell, an inclusion for each alternative of these.

use leastwise_model::ActionBits;
use leastwise_permset::{Emptiness, Inclusion, Request, Slice};

use super::places::{all_of, domain, image, only};
use super::row::RowNeed;
use super::writes::{Documents, Writes};
use super::*;
use crate::compile::holdings::{RESOURCES, TRUST_POLICIES};

/// Identities of an estate beyond which what each of them may write is not looked at.
pub(super) const EXACT_UP_TO: usize = 20_000;

/// An alternative of what is held, and the refusals that stay: by address, which live as long as the people.
type Profile = (Slice, Vec<usize>);

/// By which documents alone somebody may write policies; `None` where something else grants or may refuse it.
type Plainly = Option<Vec<UnitIndex>>;

/// What may be written by people who are refused the same, and what is gained.
pub(super) struct Opening {
    pub need: Need,
    pub gain: PermissionSet,
    /// Some requests of it.
    samples: Vec<Request>,
    /// What of all that is not known must hold for the way to be open: where only what was not read opens it, what was not
    /// read may grant the same.
    grounds: Guard,
    bearers: Vec<IdentityIndex>,
}

impl Opening {
    /// Whether what is gained is more than a set lets through already.
    pub(super) fn is_new_to(&self, held: &PermissionSet) -> bool {
        let new = |sample: &Request| self.gain.contains(sample) && !held.contains(sample);
        if self.grounds.is_always() && self.samples.iter().any(new) {
            return true;
        }
        let here = Region::everything().when(self.grounds.clone());
        let open = self.gain.intersection(&here.into());
        !matches!(open.included_in(held, &Limits::default()), Inclusion::Holds)
    }
}

impl Ways<'_> {
    pub(super) fn resources(&mut self, row: &Row, technique: TechniqueIndex) {
        let (opens, frees) = match row.gain {
            GainWord::Opens(opens) => (opens, false),
            GainWord::Frees(opens) => (opens, true),
            _ => return,
        };
        let [need] = row.needs.as_slice() else {
            return;
        };
        let (accounts, asked) = (self.accounts, able::asked(row));
        let mut documents = Documents::new(need, opens);
        let many = self.people.len() > EXACT_UP_TO;
        for (account, home) in accounts {
            if frees && !self.refused_by_resources(home) {
                continue;
            }
            let Some(domain) = domain(need, opens, account, home) else {
                continue;
            };
            let doubtful = row.requires.iter().any(able::is_unseen);
            if doubtful && !self.is_of_use(row, account) {
                continue;
            }
            let before = self.found.opportunities.len();
            match (many, frees) {
                (true, _) => self.at_large(technique, &asked, &mut documents, (account, home), &domain),
                (false, true) => self.each_freed(technique, &asked, &documents, home, &domain),
                (false, false) => self.each_writer(technique, &asked, &mut documents, home, &domain),
            }
            if doubtful && self.found.opportunities.len() > before {
                let doubts = self.unseen(row, account);
                self.doubt(before, &doubts);
            }
        }
    }

    /// Makes opportunities from `before` on depend on what is not known.
    fn doubt(&mut self, before: usize, doubts: &[Literal]) {
        let perhaps = Region::everything().when(Guard::all_of(doubts.iter().cloned()));
        let perhaps = PermissionSet::from(perhaps);
        for way in self.found.opportunities.iter_mut().skip(before) {
            match (way.needs.first_mut(), &mut way.gain) {
                (Some(need), _) => need.set = need.set.intersection(&perhaps),
                (None, Gain::Grant(gain)) => *gain = gain.intersection(&perhaps),
                (None, _) => {}
            }
        }
    }

    /// What each identity of an account may open; who opens the same shares an opportunity.
    fn each_writer(
        &mut self,
        technique: TechniqueIndex,
        asked: &ActionBits,
        documents: &mut Documents<'_>,
        home: &Account,
        domain: &Strings,
    ) {
        let mut openings: Vec<Opening> = Vec::new();
        let mut known: FxHashMap<Profile, Option<usize>> = FxHashMap::default();
        for index in home.identities.iter() {
            let Some(plainly) = self.may_gain(*index, asked, documents) else {
                continue;
            };
            let identity = self.snapshot.identity(*index);
            let Some(held) = identity.map(|identity| identity.holding.effective()) else {
                continue;
            };
            let slices = match plainly {
                Some(units) => self.said_by(&units, *index, documents),
                None => self.writable(&held, documents.need),
            };
            for slice in slices {
                let key = (slice, self.staying(*index));
                let place = match known.get(&key) {
                    Some(place) => *place,
                    None => {
                        let opening = self.opening(documents, domain, *index, &key.0);
                        let place = opening.is_some().then_some(openings.len());
                        openings.extend(opening);
                        known.insert(key, place);
                        place
                    }
                };
                if let Some(opening) = place.and_then(|place| openings.get_mut(place))
                    && opening.bearers.last() != Some(index)
                    && opening.is_new_to(&held)
                {
                    opening.bearers.push(*index);
                }
            }
        }
        let opened = openings.into_iter().filter(|opening| !opening.bearers.is_empty());
        let opened = opened.map(|opening| Opportunity {
            technique,
            needs: vec![opening.need],
            bearers: opening.bearers.into(),
            targets: Targets::Actor,
            gain: Gain::Grant(opening.gain),
            step: None,
        });
        self.found.opportunities.extend(opened);
    }

    /// One opportunity for all of an account who may write a policy on something: what it opens is not known.
    fn at_large(
        &mut self,
        technique: TechniqueIndex,
        asked: &ActionBits,
        documents: &mut Documents<'_>,
        (account, home): (&Text, &Account),
        domain: &Strings,
    ) {
        let need = documents.need;
        let writers = home.identities.iter().copied();
        let bearers: Arc<[IdentityIndex]> = writers
            .filter(|index| self.may_gain(*index, asked, documents).is_some())
            .collect();
        if bearers.is_empty() {
            return;
        }
        let name = format!(
            "on what identities of account {account} may use {} was not looked at one by one: the estate has more than {EXACT_UP_TO} identities",
            need.action
        );
        let doubt = self.atom(&name, "the same question with --in of the account's own export");
        let image = image(documents.opens, [domain].into_iter());
        let reach = self.reach.get(account);
        let own = reach.into_iter().flat_map(|reach| reach.own.iter().cloned());
        let given = Region::new(documents.gained(), Strings::any()).when(Guard::all_of([doubt]));
        let given = PermissionSet::from(given);
        // Documents tell who may write a policy at all; what each of them needs for which resource is what is not known.
        self.found.opportunities.push(Opportunity {
            technique,
            needs: Vec::new(),
            bearers,
            targets: Targets::Actor,
            gain: Gain::Grant(PermissionSet::intersection_of(own.chain([given, image]))),
            step: None,
        });
    }

    /// Somebody who may write a policy and who perhaps does not hold all that this could give.
    fn may_gain(
        &self,
        index: IdentityIndex,
        asked: &ActionBits,
        documents: &mut Documents<'_>,
    ) -> Option<Plainly> {
        let (able, person) = (self.able(index)?, self.person(index)?);
        let holding = &self.snapshot.identity(index)?.holding;
        let others = holding.layers.iter().any(|layer| &*layer.title == TRUST_POLICIES);
        if able.all || !(others || able.may_hold(asked)) {
            return None;
        }
        let mut trusted = holding
            .layers
            .iter()
            .filter(|layer| &*layer.title == TRUST_POLICIES);
        let trusted = trusted.any(|layer| documents.look(&layer.set) != Writes::Nothing);
        let writing = person.held.iter().map(|held| held.unit).filter(|unit| {
            let allows = self.documents.get(unit);
            allows.is_none_or(|allows| allows.may_give(asked))
        });
        let writing = writing.map(|unit| (documents.of(unit, self.units), unit));
        let writing: Vec<(Writes, UnitIndex)> =
            writing.filter(|(writes, _)| *writes != Writes::Nothing).collect();
        let restraint = &person.restraint;
        // What the policies of keys leave to those of identities may be less than these allow.
        let keys = self.reach.get(&person.account).map(|reach| &reach.share.keys);
        let written = restraint.denies.iter().filter(|(unit, _)| *unit == RESOURCES);
        let mut lifted = written.map(|(_, set)| set).chain(keys);
        let limited = restraint.bound.is_some() || lifted.any(|set| documents.may_refuse(set));
        let gains = match writing.iter().map(|(writes, _)| *writes).max() {
            None | Some(Writes::Nothing) => trusted,
            Some(Writes::Held) => trusted || limited,
            Some(Writes::Perhaps) => true,
        };
        let mut held = person.held.iter().map(|held| held.unit);
        if !gains || !limited && held.any(|unit| documents.gives(unit, self.units)) {
            return None;
        }
        let units: Vec<UnitIndex> = writing.into_iter().map(|(_, unit)| unit).collect();
        let mut refused = restraint.denies.iter().map(|(_, set)| set).chain(keys);
        let plain =
            !trusted && restraint.bound.is_none() && !refused.any(|set| documents.may_refuse_writing(set));
        Some(plain.then_some(units))
    }

    /// On what documents let somebody write a policy, and when; what says the same of everybody is looked at once.
    fn said_by(
        &mut self,
        units: &[UnitIndex],
        index: IdentityIndex,
        documents: &mut Documents<'_>,
    ) -> Vec<Slice> {
        let mut slices = Vec::new();
        for unit in units {
            if let Some(known) = documents.slices.get(unit) {
                slices.extend(known.iter().cloned());
                continue;
            }
            let Some(identity) = self.snapshot.identity(index) else {
                continue;
            };
            let facts = identity.holding.facts.clone();
            let role = identity.kind == IdentityKind::Role;
            let unique = identity.names.first().filter(|_| role).cloned();
            let caller = Caller::Identity(&facts, unique.as_deref());
            let sets = self.sets(*unit, caller);
            let said = self.writable(&sets.allows, documents.need);
            slices.extend(said.iter().cloned());
            if self.units.is_shared(*unit) {
                documents.slices.insert(*unit, said);
            }
        }
        slices
    }

    /// On what a set lets a policy be written, and when. Where that has too many parts, perhaps on everything.
    pub(super) fn writable(&mut self, held: &PermissionSet, need: &RowNeed) -> Vec<Slice> {
        match held.on_action(&need.action, &Limits::default()) {
            Ok(slices) => slices.into_iter().map(untold).collect(),
            Err(limit) => {
                let name = format!("on what {} is allowed is not known: {limit}", need.action);
                let settle = "aws iam simulate-principal-policy";
                vec![Slice {
                    resources: Vec::new(),
                    guard: Guard::all_of([self.atom(&name, settle)]),
                    trail: Default::default(),
                }]
            }
        }
    }

    /// The refusals that stay whatever the policy of a resource says.
    fn refusals(&self, index: IdentityIndex) -> impl Iterator<Item = &PermissionSet> {
        let denies = self
            .person(index)
            .map(|person| person.restraint.denies.as_slice());
        let denies = denies.into_iter().flatten();
        denies.filter(|(unit, _)| *unit != RESOURCES).map(|(_, set)| set)
    }

    fn staying(&self, index: IdentityIndex) -> Vec<usize> {
        self.refusals(index).map(PermissionSet::address).collect()
    }

    /// What one alternative of what is held opens; `None` where no policy can be written by it.
    pub(super) fn opening(
        &mut self,
        documents: &Documents<'_>,
        domain: &Strings,
        index: IdentityIndex,
        slice: &Slice,
    ) -> Option<Opening> {
        let (need, opens) = (documents.need, documents.opens);
        let mut literals: Vec<Literal> = slice.guard.literals().to_vec();
        let unread = |literal: &&Literal| matches!(literal.condition, Ask::Atom(_));
        let grounds = Guard::all_of(literals.iter().filter(unread).cloned());
        if key_grants::is_made_by(need) {
            literals.extend(self.grants_that_may_be_made(slice));
        }
        let asked = Guard::all_of(literals);
        let among = || slice.resources.iter().chain([domain]);
        let written = all_of(among().cloned());
        let here = Region::new(need.actions.clone(), Strings::any()).when(asked.clone());
        let some = written.intersection(&here.into()).emptiness(&Limits::default());
        let samples = match some {
            Emptiness::Empty => return None,
            Emptiness::Unknown(_) => Vec::new(),
            Emptiness::Inhabited(witness) => {
                let request =
                    |action: &str| Request::new(&action.replace('*', "Anything"), &witness.request.resource);
                opens.actions.split(',').map(request).collect()
            }
        };
        let given = Region::new(documents.gained(), Strings::any());
        let mut sets = vec![PermissionSet::from(given), image(opens, among())];
        let reach = self
            .person(index)
            .and_then(|person| self.reach.get(&person.account));
        sets.extend(reach.into_iter().flat_map(|reach| reach.own.iter().cloned()));
        let refused = reach.map(|reach| &reach.share.anywhere);
        let refused = PermissionSet::union_of(self.refusals(index).chain(refused).cloned());
        // Those to whom it is open hold just this alternative, so that any list of it tells the others apart.
        let literal = among().find(|strings| only(strings).is_some());
        let listing = among().find(|strings| !strings.is_complement() && !strings.is_any());
        let strings = literal.or(listing).unwrap_or(domain);
        Some(Opening {
            need: Need {
                side: NeedSide::Holder,
                action: need.action.clone(),
                resource: literal.and_then(only),
                set: Region::new(need.actions.clone(), strings.clone())
                    .when(asked)
                    .into(),
            },
            gain: PermissionSet::intersection_of(sets).difference(&refused),
            samples,
            grounds,
            bearers: Vec::new(),
        })
    }
}

/// A slice without the labels of what grants it, which tell nothing here.
fn untold(slice: Slice) -> Slice {
    Slice {
        trail: Default::default(),
        ..slice
    }
}
