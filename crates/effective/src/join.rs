//! Joins the two halves of trust between platforms: tokens that an issuer gives its identities, and what accepts them.
//!
//! An edge exists where a token that somebody can have is one that the target admits. Its claims are keys of the context
//! of the request that takes the target on: the subject is known, the audience is known or free, any other claim is
//! absent, and whatever else the target asks of the request (where it comes from, when) stays a condition. So the
//! question is one of membership, decided by the target's own statement.

mod families;
mod naming;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Acceptance, Accepted, Gain, Gap, IdentityIndex, IdentityKind, Issuer, KeyOrigin, Need, NeedSide,
    Opportunity, Platform, Side, Snapshot, Targets, Technique, TechniqueIndex, Text, TokenHolder,
};
use leastwise_permset::{
    Atom, Condition, Context, Guard, Key, Limits, Openness, PermissionSet, Question, Region, Strings,
};
use rustc_hash::FxHashMap;

use crate::certainty::Certainty;

/// Adds the opportunities that cross platforms. `platforms` by instance. Linear in acceptances times the subjects that
/// each may admit: one where its statement names them, else all of the issuer.
pub(crate) fn join(snapshot: &mut Snapshot, platforms: &[&'static dyn Platform], limits: &Limits) {
    if snapshot.acceptances.is_empty() {
        return;
    }
    let mut joining = Joining {
        subjects: FxHashMap::default(),
        ids: None,
        combined: FxHashMap::default(),
        beginnings: FxHashMap::default(),
        seen: FxHashMap::default(),
        techniques: snapshot.techniques.len(),
        snapshot,
        limits,
        found: Vec::new(),
        new_techniques: Vec::new(),
        gaps: Vec::new(),
    };
    joining.all(platforms);
    let (found, techniques, gaps) = (joining.found, joining.new_techniques, joining.gaps);
    snapshot.opportunities.extend(found);
    snapshot.techniques.extend(techniques);
    for gap in gaps {
        snapshot.add_gap(gap);
    }
}

struct Joining<'s> {
    snapshot: &'s Snapshot,
    limits: &'s Limits,
    /// Identities of an instance by the subject of their tokens.
    subjects: FxHashMap<u32, BTreeMap<&'s str, IdentityIndex>>,
    /// Identities by id, where anything names one.
    ids: Option<FxHashMap<&'s str, IdentityIndex>>,
    /// Techniques that lead to a token and present it.
    combined: FxHashMap<(TechniqueIndex, TechniqueIndex), TechniqueIndex>,
    /// How the subjects of a family begin, by its address.
    beginnings: FxHashMap<usize, Option<BTreeSet<String>>>,
    /// Families as targets see them.
    seen: FxHashMap<families::Sight, families::Seen>,
    techniques: usize,
    found: Vec<Opportunity>,
    new_techniques: Vec<Technique>,
    gaps: Vec<Gap>,
}

/// A token as far as it decides: its subject, and its audience where that is not free.
struct Token<'a> {
    subject: &'a str,
    audience: Option<&'a str>,
}

impl<'s> Joining<'s> {
    fn all(&mut self, platforms: &[&'static dyn Platform]) {
        let snapshot = self.snapshot;
        let claimed: BTreeSet<&str> = snapshot
            .issuers
            .iter()
            .filter_map(|issuer| issuer.url.as_deref())
            .collect();
        for acceptance in &snapshot.acceptances {
            let Some(target) = snapshot.identity(acceptance.target) else {
                continue;
            };
            let Some(platform) = platforms.get(target.instance.0 as usize) else {
                continue;
            };
            if let Accepted::Identity { id } = &acceptance.admits {
                self.identity(acceptance, id);
                continue;
            }
            let home = snapshot.instance(target.instance).map(|instance| &instance.name);
            for issuer in &snapshot.issuers {
                match &acceptance.admits {
                    Accepted::Token { issuer: wanted, .. } => match &issuer.url {
                        Some(url) if url == wanted => self.tokens(issuer, acceptance, *platform, None),
                        None if !claimed.contains(&**wanted) => {
                            let doubt = self.unknown_issuer(issuer);
                            self.tokens(issuer, acceptance, *platform, Some(doubt));
                        }
                        Some(_) | None => {}
                    },
                    Accepted::Machine if issuer.host.as_ref() == home => self.machines(issuer, acceptance),
                    Accepted::Machine | Accepted::Identity { .. } => {}
                }
            }
        }
    }

    fn name_of(&self, issuer: &Issuer) -> Text {
        self.snapshot
            .instance(issuer.instance)
            .map_or_else(|| "".into(), |instance| instance.title.clone())
    }

    fn unknown_issuer(&mut self, issuer: &Issuer) -> Atom {
        let name = self.name_of(issuer);
        self.gap(
            format!("the issuer of the tokens of {name} is not known"),
            format!("which roles and other identities admit tokens of {name}"),
            "kubectl get --raw /.well-known/openid-configuration, and `issuer` of the cluster in leastwise.toml",
        )
    }

    fn untold(&mut self, issuer: &Issuer, claim: &str) -> Atom {
        let name = self.name_of(issuer);
        self.gap(
            format!("claim `{claim}` of tokens of {name}"),
            format!(
                "whether tokens of {name} have the claim `{claim}` that is asked for, which no export tells"
            ),
            "look at the claims of such a token",
        )
    }

    fn gap(&mut self, name: String, what: String, settle: &str) -> Atom {
        let atom = Atom::new(&name);
        self.gaps.push(Gap {
            atom: atom.clone(),
            what: what.into(),
            settle: settle.into(),
            side: Side::Adds,
        });
        atom
    }

    /// The identities that have tokens of an issuer, by subject.
    fn subjects(&mut self, issuer: &Issuer) -> &BTreeMap<&'s str, IdentityIndex> {
        let snapshot = self.snapshot;
        self.subjects.entry(issuer.instance.0).or_insert_with(|| {
            let identities = snapshot.each_identity().filter(|(_, identity)| {
                identity.instance == issuer.instance && identity.kind == IdentityKind::ServiceAccount
            });
            identities
                .filter_map(|(index, identity)| Some((&**identity.names.first()?, index)))
                .collect()
        })
    }

    /// What presents tokens of an issuer.
    fn tokens(
        &mut self,
        issuer: &'s Issuer,
        acceptance: &'s Acceptance,
        platform: &'static dyn Platform,
        doubt: Option<Atom>,
    ) {
        let Accepted::Token {
            claims,
            audience: usual,
            ..
        } = &acceptance.admits
        else {
            return;
        };
        let doubted = |certainty: Certainty| match &doubt {
            Some(atom) => certainty.and(&Certainty::Depends(vec![atom.clone()])),
            None => certainty,
        };
        self.families(issuer, acceptance, platform, &doubted);
        if issuer.holders.iter().all(|holder| holder.claims.is_some()) && issuer.free.is_empty() {
            return;
        }
        let named = texts::named(&acceptance.set, &platform.key(&format!("{claims}sub")));
        let subjects: Vec<(&'s str, IdentityIndex)> = match named {
            Some(named) => {
                let all = self.subjects(issuer);
                named
                    .iter()
                    .filter_map(|name| all.get_key_value(name.as_str()))
                    .map(|(subject, index)| (*subject, *index))
                    .collect()
            }
            None => self.subjects(issuer).iter().map(|(s, i)| (*s, *i)).collect(),
        };
        let mut own: BTreeMap<Certainty, Vec<IdentityIndex>> = BTreeMap::new();
        let mut free: BTreeMap<Certainty, BTreeSet<IdentityIndex>> = BTreeMap::new();
        for (subject, identity) in subjects {
            let own_name = |holder: &&TokenHolder| holder.identity == identity && holder.claims.is_none();
            let held = issuer.holders.iter().filter(own_name);
            let best = held
                .filter_map(|holder| {
                    let audience = Some(holder.audience.as_deref().unwrap_or(usual));
                    self.accepts(acceptance, claims, platform, &Token { subject, audience })
                })
                .min();
            if let Some(certainty) = &best {
                own.entry(doubted(certainty.clone())).or_default().push(identity);
            }
            if best != Some(Certainty::Surely)
                && let Some(certainty) = self.accepts(
                    acceptance,
                    claims,
                    platform,
                    &Token {
                        subject,
                        audience: None,
                    },
                )
            {
                free.entry(doubted(certainty)).or_default().insert(identity);
            }
        }
        for (certainty, mut bearers) in own {
            bearers.sort_unstable();
            let needs = residual(acceptance, &certainty);
            self.add(acceptance, acceptance.technique, needs, bearers.into());
        }
        for (certainty, identities) in free {
            self.minted(issuer, acceptance, &identities, &certainty);
        }
    }

    /// How sure it is that a token is admitted; `None` where it is not.
    fn accepts(
        &self,
        acceptance: &Acceptance,
        claims: &str,
        platform: &'static dyn Platform,
        token: &Token<'_>,
    ) -> Option<Certainty> {
        let claim = |name: &str| platform.key(&format!("{claims}{name}"));
        let (subject, audience) = (claim("sub"), claim("aud"));
        let mut known = Context::new();
        known.set(subject, [token.subject.into()].into());
        if let Some(value) = token.audience {
            known.set(audience.clone(), [value.into()].into());
        }
        let prefix = platform.key(claims);
        let others = acceptance.set.keys().into_iter().filter(|key| {
            key.as_str().starts_with(prefix.as_str()) && known.get(key).is_none() && *key != audience
        });
        let absent: BTreeSet<Key> = others.collect();
        let question = Question {
            action: &acceptance.action,
            resource: &acceptance.resource,
            known: &known,
            absent: &absent,
            given: None,
        };
        // Whoever has a token issued says for which audience; of the rest the target's platform tells who decides.
        let openness = |key: &Key| match platform.key_origin(key) {
            _ if *key == audience => Openness::Favourable,
            KeyOrigin::Caller | KeyOrigin::Secret => Openness::Favourable,
            KeyOrigin::World | KeyOrigin::Identity => Openness::Open,
        };
        Certainty::of(acceptance.set.verdict(&question, &openness, self.limits))
    }

    /// Ways of having a token issued for an audience of one's choice, and presenting it.
    fn minted(
        &mut self,
        issuer: &'s Issuer,
        acceptance: &'s Acceptance,
        identities: &BTreeSet<IdentityIndex>,
        certainty: &Certainty,
    ) {
        let snapshot = self.snapshot;
        for opportunity in &snapshot.opportunities {
            let leads = |targets: &Targets| match targets {
                Targets::These(targets) => targets.iter().any(|target| identities.contains(target)),
                Targets::Actor => false,
            };
            if opportunity.gain != Gain::Become
                || !issuer.free.contains(&opportunity.technique)
                || !leads(&opportunity.targets)
            {
                continue;
            }
            let technique = self.combine(opportunity.technique, acceptance.technique);
            let needs = opportunity.needs.iter().cloned();
            let needs = needs.chain(residual(acceptance, certainty)).collect();
            self.add(acceptance, technique, needs, opportunity.bearers.clone());
        }
    }

    /// The technique of having a token issued and presenting it.
    fn combine(&mut self, first: TechniqueIndex, then: TechniqueIndex) -> TechniqueIndex {
        if let Some(known) = self.combined.get(&(first, then)) {
            return *known;
        }
        let of = |index: TechniqueIndex| self.snapshot.techniques.get(index.0 as usize);
        let (Some(one), Some(other)) = (of(first), of(then)) else {
            return then;
        };
        let next = self.techniques + self.new_techniques.len();
        let index = TechniqueIndex(u32::try_from(next).unwrap_or(u32::MAX));
        self.new_techniques.push(Technique {
            id: format!("{}+{}", one.id, other.id).into(),
            title: format!("{}, and {} with its token", one.title, other.title).into(),
            source: format!("{}; {}", one.source, other.source).into(),
            effect: other.effect.clone(),
        });
        self.combined.insert((first, then), index);
        index
    }

    /// An identity of another platform that the target's instance knows as the target.
    fn identity(&mut self, acceptance: &'s Acceptance, id: &str) {
        let snapshot = self.snapshot;
        let ids = self.ids.get_or_insert_with(|| {
            snapshot
                .each_identity()
                .map(|(index, identity)| (&*identity.id, index))
                .collect()
        });
        let found = ids.get(id).copied();
        let question = Question {
            action: &acceptance.action,
            resource: &acceptance.resource,
            known: &Context::new(),
            absent: &BTreeSet::new(),
            given: None,
        };
        let verdict = acceptance
            .set
            .verdict(&question, &|_| Openness::Open, self.limits);
        if let (Some(index), Some(certainty)) = (found, Certainty::of(verdict)) {
            let bearers = Arc::from([index]);
            let needs = residual(acceptance, &certainty);
            self.add(acceptance, acceptance.technique, needs, bearers);
        }
    }

    /// What runs on an instance's machines may run as what those machines run as.
    fn machines(&mut self, issuer: &'s Issuer, acceptance: &'s Acceptance) {
        let name = self.name_of(issuer);
        let atom = self.gap(
            format!("which roles the machines and pods of {name} are given is not known"),
            format!("which roles the machines of {name} have, whether pods reach their credentials, and which pods are given roles of their own"),
            "kubectl get nodes -o json; aws ec2 describe-instances; aws eks list-pod-identity-associations",
        );
        let bearers: Vec<IdentityIndex> = self.subjects(issuer).values().copied().collect();
        let mut bearers = bearers;
        bearers.sort_unstable();
        let needs = residual(acceptance, &Certainty::Depends(vec![atom]));
        self.add(acceptance, acceptance.technique, needs, bearers.into());
    }

    fn add(
        &mut self,
        acceptance: &Acceptance,
        technique: TechniqueIndex,
        needs: Vec<Need>,
        bearers: Arc<[IdentityIndex]>,
    ) {
        self.found.push(Opportunity {
            technique,
            needs,
            bearers,
            targets: Targets::These(Arc::from([acceptance.target])),
            gain: Gain::Become,
            step: Some(acceptance.step),
        });
    }
}

/// What a target's own side leaves open: a need that nobody's side refuses, under that condition.
fn residual(acceptance: &Acceptance, certainty: &Certainty) -> Vec<Need> {
    let guards: Vec<Guard> = match certainty {
        Certainty::Surely => return Vec::new(),
        Certainty::When(guards) => guards.clone(),
        Certainty::Depends(atoms) => {
            let all = atoms.iter().map(|atom| Condition::Atom(atom.clone()).holds());
            vec![Guard::all_of(all)]
        }
    };
    let here = || {
        Region::new(
            Strings::literal(&acceptance.action),
            Strings::literal(&acceptance.resource),
        )
    };
    let sets = guards.into_iter().map(|guard| here().when(guard).into());
    vec![Need {
        side: NeedSide::NotRefused,
        action: acceptance.action.clone(),
        resource: Some(acceptance.resource.clone()),
        set: PermissionSet::union_of(sets),
    }]
}
