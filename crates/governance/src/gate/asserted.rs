//! What must not be: requests that nobody may be able to make.

use std::collections::BTreeMap;

use leastwise_effective::Catalogued;
use leastwise_findings::Scales;
use leastwise_model::{ActionClasses, IdentityIndex, Platform, Text};
use leastwise_permset::{Emptiness, Label, Limits, Meeting, PermissionSet, Witness};

use super::access::{given, holds};
use super::code::Bundle;
use super::item::{Item, Kind, Place, Who, call};
use super::unknown::{Because, Unknown};
use super::{Gate, Side};

/// Requests that nobody may be able to make.
pub struct Forbidden<'a> {
    /// As they were named.
    pub named: &'a str,
    /// On each platform that knows such requests; `None` on others.
    pub requests: &'a dyn Fn(&'static dyn Platform) -> Option<PermissionSet>,
}

impl Gate {
    /// Tells everybody who can make one of these requests as itself under some circumstances, by the statement that lets it
    /// through; those whom the platform's owner made, and whom no statement binds, stand apart. Bundles and entitlements that
    /// nobody is known to hold count as well. One intersection for each.
    pub fn forbid(&mut self, new: &Side<'_>, bundles: &[Bundle], forbidden: &Forbidden<'_>) {
        self.identities(new, forbidden);
        self.entitlements(new, forbidden);
        for bundle in bundles {
            let Some(requests) = (forbidden.requests)(bundle.platform) else {
                continue;
            };
            let limits = new.world.limits();
            let meeting = bundle.set.meets(&requests, limits);
            let mut item = Item::new(Kind::Granted, Scales::unheld(ActionClasses::default()));
            item.holder = Some(bundle.name.clone());
            item.who = vec![Who {
                id: Text::from(bundle.name.as_str()),
                names: Vec::new(),
                platform: Some(bundle.platform),
                requests: Some(bundle.set.intersection(&requests)),
            }];
            item.place = Some(bundle.place.clone());
            let place = |steps: &[Label]| {
                let said = bundle.statements.get(steps.last()?.0 as usize)?;
                Some(said.place.clone())
            };
            self.met(
                meeting,
                &bundle.set,
                item,
                bundle.platform,
                &place,
                forbidden.named,
            );
        }
    }

    fn identities(&mut self, new: &Side<'_>, forbidden: &Forbidden<'_>) {
        let world = new.world;
        let snapshot = world.snapshot();
        let scales = Scales::new(world, new.settings);
        let mut groups: BTreeMap<Option<Label>, Vec<Member>> = BTreeMap::new();
        for (index, identity) in snapshot.each_identity() {
            if identity.provided || identity.unbounded.is_some() {
                continue;
            }
            let Some(platform) = world.platform_of(index) else {
                continue;
            };
            let Some(requests) = (forbidden.requests)(platform) else {
                continue;
            };
            let set = world.effective(index);
            match set.meets(&requests, world.limits()) {
                Meeting::Never => {}
                Meeting::Surely(first) => {
                    let here = set.intersection(&requests);
                    let witness = world.example(index, &set, &requests, first);
                    let steps = set.trails(&witness.request, &witness.answers, 1);
                    let steps = steps.into_iter().next().unwrap_or_default();
                    let group = groups.entry(steps.last().copied()).or_default();
                    group.push(Member {
                        index,
                        requests: here,
                        witness,
                        steps,
                    });
                }
                Meeting::Depends(witness) => self.unknown.push(Unknown {
                    place: None,
                    what: format!("whether {} may {}", identity.id, forbidden.named),
                    because: Because::of(snapshot, &witness.atoms),
                }),
                Meeting::Unknown(limit) => self.unknown.push(Unknown {
                    place: None,
                    what: format!("whether {} may {}", identity.id, forbidden.named),
                    because: vec![Because::limit(&limit.to_string())],
                }),
            }
        }
        for (label, members) in groups {
            self.items
                .extend(granted(new, &scales, label, &members, forbidden.named));
        }
    }

    fn entitlements(&mut self, new: &Side<'_>, forbidden: &Forbidden<'_>) {
        let world = new.world;
        let snapshot = world.snapshot();
        for entitlement in &snapshot.entitlements {
            if !entitlement.holders.is_empty() || entitlement.provided {
                continue;
            }
            let Some(platform) = world.platform_at(entitlement.instance) else {
                continue;
            };
            let Some(requests) = (forbidden.requests)(platform) else {
                continue;
            };
            let set = given(entitlement);
            let meeting = set.meets(&requests, world.limits());
            let mut item = Item::new(Kind::Granted, Scales::unheld(ActionClasses::default()));
            let name = format!("{} {}", entitlement.kind, entitlement.name);
            item.holder = Some(format!("whoever is given {name}"));
            item.who = vec![Who {
                id: Text::from(name),
                names: Vec::new(),
                platform: Some(platform),
                requests: Some(set.intersection(&requests)),
            }];
            let at = |location: &leastwise_model::Location| Place::of(snapshot, location);
            item.place = entitlement.location.as_ref().and_then(at);
            let place = |steps: &[Label]| at(snapshot.step(*steps.last()?)?.location.as_ref()?);
            self.met(meeting, &set, item, platform, &place, forbidden.named);
        }
    }

    /// Keeps an item about something that may be given, where it holds what is forbidden.
    fn met(
        &mut self,
        meeting: Meeting,
        set: &PermissionSet,
        mut item: Item,
        platform: &'static dyn Platform,
        place: &dyn Fn(&[Label]) -> Option<Place>,
        named: &str,
    ) {
        let because = match meeting {
            Meeting::Never => return,
            Meeting::Surely(witness) => {
                let witness = natural(set, witness, platform, item.who.first());
                let steps = set.trails(&witness.request, &witness.answers, 1);
                item.place = steps.first().and_then(|steps| place(steps)).or(item.place);
                item.classes = platform.catalogue().classes(&witness.request.action);
                item.severity = Scales::unheld(item.classes);
                item.witness = Some(witness);
                self.items.push(item.named(named));
                return;
            }
            Meeting::Depends(witness) => {
                let gaps = witness.atoms.iter().map(|atom| Because::limit(atom.as_str()));
                gaps.collect()
            }
            Meeting::Unknown(limit) => vec![Because::limit(&limit.to_string())],
        };
        self.unknown.push(Unknown {
            what: format!("whether {} may {named}", item.holder.unwrap_or_default()),
            place: item.place,
            because,
        });
    }
}

/// Somebody who can make a forbidden request.
struct Member {
    index: IdentityIndex,
    requests: PermissionSet,
    witness: Witness,
    steps: Vec<Label>,
}

/// What one statement lets through, with all who make use of it.
fn granted(
    new: &Side<'_>,
    scales: &Scales<'_>,
    label: Option<Label>,
    members: &[Member],
    named: &str,
) -> Option<Item> {
    let (world, snapshot) = (new.world, new.world.snapshot());
    let first = members.first()?;
    let catalogue = world.platform_of(first.index)?.catalogue();
    let classes = catalogue.classes(&first.witness.request.action);
    let weigh = |member: &Member| scales.gain(member.index, classes, &member.requests, false);
    let mut item = Item::new(Kind::Granted, members.iter().map(weigh).max()?);
    item.who = members
        .iter()
        .filter_map(|member| {
            let identity = snapshot.identity(member.index)?;
            let requests = Some(member.requests.clone());
            Some(Who::identity(identity, world.platform_of(member.index), requests))
        })
        .collect();
    item.classes = classes;
    item.path = holds(first.index, &first.witness, &first.steps);
    item.step = label;
    item.place = label
        .and_then(|label| snapshot.step(label)?.location.clone())
        .or_else(|| snapshot.identity(first.index)?.location.clone())
        .and_then(|location| Place::of(snapshot, &location));
    item.witness = Some(first.witness.clone());
    Some(item.named(&format!("{named}\n{}", call(snapshot, label))))
}

/// A request that people would write: with an action that exists, on a resource of a shape that it takes.
fn natural(
    set: &PermissionSet,
    first: Witness,
    platform: &'static dyn Platform,
    who: Option<&Who>,
) -> Witness {
    let requests = who
        .and_then(|who| who.requests.clone())
        .unwrap_or_else(|| set.clone());
    match requests.smallest_witness(&Catalogued(platform), &Limits::default()) {
        Emptiness::Inhabited(witness) if witness.atoms.is_empty() => witness,
        _ => first,
    }
}
