//! What opportunities need, each need once, and which needs a language of resources meets.

use std::sync::Arc;

use leastwise_model::{Need, NeedSide, Opportunity, Text};
use leastwise_permset::{
    Case, Context, Element, Emptiness, Guard, Limits, Node, Pattern, PermissionSet, Region, Strings,
};
use rustc_hash::FxHashMap;

use super::index::{Entry, Index, beginning};

/// A need that some literal actions on some resources meet, whatever their context.
pub(super) struct Plain {
    pub choices: Vec<Choice>,
}

/// Requests of which one meets a need.
pub(super) struct Choice {
    /// The action, by number.
    pub action: u32,
    /// All of these must contain the resource; some text does.
    pub resources: Box<[Strings]>,
    /// What is not known about the target's side: it speaks of no key, so it is the same for everybody.
    pub guard: Guard,
}

/// A need that an action on a language meets, and whether it does so whatever the target's side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Met {
    pub need: u32,
    pub sure: bool,
}

/// The different needs of all opportunities.
pub(super) struct Needs<'w> {
    pub all: Vec<&'w Need>,
    /// They, where they are plain.
    pub plain: Vec<Option<Plain>>,
    /// For each opportunity its needs that language and guard of the first do not decide.
    pub of: Vec<Box<[u32]>>,
    /// Plain needs by an action that meets them, with what of resources is asked for.
    by_action: FxHashMap<u32, Index>,
    /// Needs that a language of an action meets.
    met: FxHashMap<(u32, u32), Arc<[Met]>>,
}

impl<'w> Needs<'w> {
    /// The needs of `opportunities`, and the actions that they ask for, sorted. First needs that are one region are
    /// left out, but for those of opportunities that are `whole`.
    pub fn new(
        opportunities: &'w [Opportunity],
        whole: impl Fn(u32) -> bool,
        limits: &Limits,
    ) -> (Self, Vec<Text>) {
        let mut known: FxHashMap<(NeedSide, &Text, &Option<Text>, &PermissionSet), u32> =
            FxHashMap::default();
        let mut all: Vec<&Need> = Vec::new();
        let of = (0u32..)
            .zip(opportunities)
            .map(|(index, opportunity)| {
                let decided = !whole(index) && is_region(opportunity.needs.first());
                let needs = opportunity.needs.iter().skip(usize::from(decided));
                let number = |need: &'w Need| {
                    let next = u32::try_from(all.len()).unwrap_or(u32::MAX);
                    *known
                        .entry((need.side, &need.action, &need.resource, &need.set))
                        .or_insert_with(|| {
                            all.push(need);
                            next
                        })
                };
                needs.map(number).collect()
            })
            .collect();
        let texts: Vec<Option<Vec<Wish>>> = all.iter().map(|need| plain(need, limits)).collect();
        let first = opportunities
            .iter()
            .filter_map(|opportunity| opportunity.needs.first());
        let mut actions: Vec<&Text> = all
            .iter()
            .copied()
            .chain(first)
            .map(|need| &need.action)
            .collect();
        actions.sort_unstable();
        actions.dedup();
        let several = all.iter().filter(|need| !is_region(Some(need)));
        let mut actions: Vec<Text> = actions
            .into_iter()
            .cloned()
            .chain(several.filter_map(|need| actions_of(need)).flatten())
            .chain(
                texts
                    .iter()
                    .flatten()
                    .flatten()
                    .map(|(action, ..)| action.clone()),
            )
            .collect();
        actions.sort();
        actions.dedup();
        let numbered = |(action, resources, guard): Wish| {
            let number = actions.binary_search(&action).ok()?;
            Some(Choice {
                action: u32::try_from(number).ok()?,
                resources: resources.into(),
                guard,
            })
        };
        let plain: Vec<Option<Plain>> = texts
            .into_iter()
            .map(|choices| {
                let choices = choices?.into_iter().map(numbered).collect::<Option<_>>()?;
                Some(Plain { choices })
            })
            .collect();
        let mut by_action: FxHashMap<u32, Vec<Entry>> = FxHashMap::default();
        for (number, plain) in (0u32..).zip(&plain) {
            for choice in plain.iter().flat_map(|plain| &plain.choices) {
                let entries = Entry::among(&choice.resources, number);
                by_action.entry(choice.action).or_default().extend(entries);
            }
        }
        let by_action: FxHashMap<u32, Index> = by_action
            .into_iter()
            .map(|(action, entries)| (action, Index::new(entries)))
            .collect();
        let needs = Self {
            all,
            plain,
            of,
            by_action,
            met: FxHashMap::default(),
        };
        (needs, actions)
    }

    /// The plain needs that an action on some resource of a language meets, whatever the context; sorted, each once.
    /// For a language that speaks of the context: those that it may meet.
    pub fn met_by(&mut self, action: u32, number: u32, language: &[Strings], limits: &Limits) -> Arc<[Met]> {
        if let Some(met) = self.met.get(&(action, number)) {
            return met.clone();
        }
        let holed = language.iter().any(|strings| strings.holes().next().is_some());
        let index = self.by_action.get(&action);
        let near = index.map(|index| index.near(language)).unwrap_or_default();
        let mut met: Vec<Met> = near
            .into_iter()
            .filter_map(|entry| {
                let need = entry.value;
                let choices = self.plain.get(need as usize).and_then(Option::as_ref);
                let choices = choices.into_iter().flat_map(|plain| &plain.choices);
                let met = choices.filter(|choice| {
                    choice.action == action && (holed || overlap(language, &choice.resources, limits))
                });
                let sure = met.map(|choice| choice.guard.is_always()).max()?;
                Some(Met { need, sure })
            })
            .collect();
        met.sort_unstable();
        met.dedup_by_key(|met| met.need);
        let met: Arc<[Met]> = met.into();
        self.met.insert((action, number), met.clone());
        met
    }
}

/// Whether a text in all of `wanted`, of which there is one, lies in all of `held`; a search only where neither
/// literal texts nor fixed beginnings tell.
pub(super) fn overlap(held: &[Strings], wanted: &[Strings], limits: &Limits) -> bool {
    if held.iter().all(Strings::is_any) {
        return true;
    }
    let nothing = Context::new();
    let inside = |text: &str| {
        held.iter()
            .chain(wanted)
            .all(|strings| strings.contains(text, &nothing))
    };
    if let Some(literals) = wanted.iter().chain(held).find_map(literals) {
        return literals.into_iter().any(inside);
    }
    let mut pairs = held
        .iter()
        .flat_map(|one| wanted.iter().map(move |other| (one, other)));
    if let Some(texts) = pairs.find_map(|(one, other)| common_texts(one, other)) {
        return texts.iter().any(|text| inside(text));
    }
    let apart = |one: &Strings, other: &Strings| {
        !one.is_complement()
            && !other.is_complement()
            && one.patterns().iter().all(|a| {
                other.patterns().iter().all(|b| {
                    let (a, b) = (beginning(a), beginning(b));
                    !a.starts_with(b) && !b.starts_with(a)
                })
            })
    };
    if held
        .iter()
        .any(|one| wanted.iter().any(|other| apart(one, other)))
    {
        return false;
    }
    // A name that nobody gives, with the beginning that is asked for, spares most searches.
    let patterns = wanted.first().map_or(&[][..], Strings::patterns);
    let mut strangers = patterns
        .iter()
        .flat_map(|pattern| [format!("{}{STRANGER}", beginning(pattern)), filled(pattern)]);
    if strangers.any(|text| inside(&text)) {
        return true;
    }
    let all: Vec<Strings> = held.iter().chain(wanted).cloned().collect();
    !none_in_all(&all, limits)
}

/// A text of a pattern in which what is free is a name that nobody gives, where that is one.
fn filled(pattern: &Pattern) -> String {
    let elements = pattern.elements().iter();
    elements
        .map(|element| match element {
            Element::Text(text) => text,
            _ => STRANGER,
        })
        .collect()
}

/// The end of a name that nobody gives.
pub const STRANGER: &str = "qzx7-nobody-9vk";

/// The only texts that are in some strings, where these are plainly listed.
fn literals(strings: &Strings) -> Option<Vec<&str>> {
    let listed: Option<Vec<&str>> = strings.patterns().iter().map(exact_literal).collect();
    listed.filter(|_| !strings.is_complement())
}

/// The only texts that can be in both of two strings, where their patterns tell: a segment of any name before a fixed
/// ending, in a folder that is fixed, is that folder with that ending.
fn common_texts(one: &Strings, other: &Strings) -> Option<Vec<String>> {
    if one.is_complement() || other.is_complement() {
        return None;
    }
    let pairs = one
        .patterns()
        .iter()
        .flat_map(|a| other.patterns().iter().map(move |b| (a, b)));
    pairs
        .filter(|(a, b)| {
            let (a, b) = (beginning(a), beginning(b));
            a.starts_with(b) || b.starts_with(a)
        })
        .map(|(a, b)| common_text(a, b).or_else(|| common_text(b, a)))
        .collect()
}

/// The only text that can match both a pattern of one free segment and a fixed ending, and one whose beginning is fixed
/// beyond that segment.
fn common_text(segment: &Pattern, fixed: &Pattern) -> Option<String> {
    let [Element::ManyExcept(stop), Element::Text(ending)] = segment.elements() else {
        return None;
    };
    let exact = segment.case() == Case::Exact && ending.starts_with(*stop);
    let (name, _) = beginning(fixed).split_once(*stop).filter(|_| exact)?;
    Some(format!("{name}{ending}"))
}

fn exact_literal(pattern: &Pattern) -> Option<&str> {
    match pattern.case() {
        Case::Exact => pattern.as_literal(),
        Case::Folded => None,
    }
}

/// An action on resources that are in all of some strings, under a guard.
type Wish = (Text, Vec<Strings>, Guard);

/// The literal requests of the actor's own of which any meets a need; `None` where it is not of that kind.
fn plain(need: &Need, limits: &Limits) -> Option<Vec<Wish>> {
    let mut choices = Vec::new();
    let own = need.side == NeedSide::Holder && add_choices(need, &need.set, &mut choices);
    // Where something is taken away nothing may be left.
    choices.retain(|(_, resources, _)| match resources.as_slice() {
        [_] => true,
        resources => !none_in_all(resources, limits),
    });
    own.then_some(choices)
}

/// Whether no text is in all of some strings.
fn none_in_all(strings: &[Strings], limits: &Limits) -> bool {
    let regions = strings.iter().cloned().map(|it| Region::new(Strings::any(), it));
    let all = PermissionSet::intersection_of(regions.map(PermissionSet::from));
    matches!(all.emptiness(limits), Emptiness::Empty)
}

fn add_choices(need: &Need, set: &PermissionSet, choices: &mut Vec<Wish>) -> bool {
    let keyless = |guard: &Guard| {
        let mut literals = guard.literals().iter();
        literals.all(|literal| literal.condition.key().is_none())
    };
    match set.node() {
        Node::Region(region) if keyless(&region.guard) && region.resources.holes().next().is_none() => {
            // The need's own action, however its case is folded, or any that are literal.
            let own = |pattern: &Pattern| {
                pattern
                    .as_literal()
                    .is_some_and(|it| it == need.action.to_lowercase())
                    .then(|| need.action.clone())
            };
            let action = |pattern| exact_literal(pattern).map(Text::from).or_else(|| own(pattern));
            let actions: Option<Vec<Text>> = region.actions.patterns().iter().map(action).collect();
            match actions {
                Some(actions) if !region.actions.is_complement() => {
                    choices.extend(
                        actions
                            .into_iter()
                            .map(|action| (action, vec![region.resources.clone()], region.guard.clone())),
                    );
                    true
                }
                _ => false,
            }
        }
        Node::Union(sets) => sets.iter().all(|set| add_choices(need, set, choices)),
        Node::Labelled(_, inner) => add_choices(need, inner, choices),
        Node::Difference(given, taken) => {
            let from = choices.len();
            let Some(taken) = region(taken).filter(|taken| taken.guard.is_always()) else {
                return false;
            };
            let given = taken.resources.holes().next().is_none() && add_choices(need, given, choices);
            for (action, resources, _) in choices.iter_mut().skip(from) {
                if taken.actions.contains(action, &Context::new()) {
                    resources.push(taken.resources.clone().complement());
                }
            }
            given
        }
        Node::Region(_) | Node::Intersection(_) => false,
    }
}

/// Whether a need is one region, so that language and guard decide it.
pub(super) fn is_region(need: Option<&Need>) -> bool {
    need.is_some_and(|need| region(&need.set).is_some())
}

/// The one region of a need, so that language and guard decide it.
pub(super) fn region(set: &PermissionSet) -> Option<&Region> {
    match set.node() {
        Node::Region(region) => Some(region),
        Node::Labelled(_, inner) => region(inner),
        Node::Union(_) | Node::Intersection(_) | Node::Difference(..) => None,
    }
}

/// All regions of a need.
pub(super) fn regions_of(set: &PermissionSet) -> Vec<&Region> {
    match set.node() {
        Node::Region(region) => vec![region],
        Node::Labelled(_, inner) => regions_of(inner),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().flat_map(regions_of).collect(),
        Node::Difference(given, _) => regions_of(given),
    }
}

/// The actions with which a need can be met; `None` where its regions do not name them one by one.
pub(super) fn actions_of(need: &Need) -> Option<Vec<Text>> {
    let mut actions = vec![need.action.clone()];
    let own = need.action.to_lowercase();
    for region in regions_of(&need.set) {
        if region.actions.is_complement() {
            return None;
        }
        for pattern in region.actions.patterns() {
            let literal = pattern.as_literal()?;
            if *literal != *need.action && literal != own {
                actions.push(Text::from(literal));
            }
        }
    }
    actions.sort();
    actions.dedup();
    Some(actions)
}
