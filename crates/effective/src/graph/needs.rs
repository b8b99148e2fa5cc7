//! What opportunities need, each need once, and which needs a language of resources meets.

use leastwise_model::{Need, NeedSide, Opportunity, Text};
use leastwise_permset::{Case, Context, Emptiness, Limits, Node, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

/// A need that some literal actions on some resources meet, whatever their context.
pub(super) struct Plain {
    /// Actions by number.
    pub choices: Vec<(u32, Strings)>,
}

/// The different needs of all opportunities.
pub(super) struct Needs<'w> {
    pub all: Vec<&'w Need>,
    /// They, where they are plain.
    pub plain: Vec<Option<Plain>>,
    /// For each opportunity its needs that language and guard of the first do not decide.
    pub of: Vec<Box<[u32]>>,
    /// Plain needs by an action that meets them, with the text that every resource asked for begins with; sorted.
    by_action: FxHashMap<u32, Vec<(Text, u32)>>,
    /// Needs that a language of an action meets.
    met: FxHashMap<(u32, u32), std::sync::Arc<[u32]>>,
}

impl<'w> Needs<'w> {
    /// The needs of `opportunities`, and the actions that they ask for, sorted. First needs that are one region are
    /// left out, but for those of opportunities that are `whole`.
    pub fn new(opportunities: &'w [Opportunity], whole: impl Fn(u32) -> bool) -> (Self, Vec<Text>) {
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
        let texts: Vec<Option<Vec<(Text, Strings)>>> = all.iter().map(|need| plain(need)).collect();
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
        let mut actions: Vec<Text> = actions
            .into_iter()
            .cloned()
            .chain(texts.iter().flatten().flatten().map(|(action, _)| action.clone()))
            .collect();
        actions.sort();
        actions.dedup();
        let numbered = |(action, resources): (Text, Strings)| {
            let number = actions.binary_search(&action).ok()?;
            Some((u32::try_from(number).ok()?, resources))
        };
        let plain: Vec<Option<Plain>> = texts
            .into_iter()
            .map(|choices| {
                let choices = choices?.into_iter().map(numbered).collect::<Option<_>>()?;
                Some(Plain { choices })
            })
            .collect();
        let mut by_action: FxHashMap<u32, Vec<(Text, u32)>> = FxHashMap::default();
        for (number, plain) in (0u32..).zip(&plain) {
            for (action, resources) in plain.iter().flat_map(|plain| &plain.choices) {
                let entry = (common_beginning(resources).into(), number);
                by_action.entry(*action).or_default().push(entry);
            }
        }
        for sorted in by_action.values_mut() {
            sorted.sort();
            sorted.dedup();
        }
        let needs = Self {
            all,
            plain,
            of,
            by_action,
            met: FxHashMap::default(),
        };
        (needs, actions)
    }

    /// The plain needs that an action on some resource of a language meets, whatever the context; sorted. For a
    /// language that speaks of the context: those that it may meet.
    pub fn met_by(
        &mut self,
        action: u32,
        number: u32,
        language: &[Strings],
        limits: &Limits,
    ) -> std::sync::Arc<[u32]> {
        if let Some(met) = self.met.get(&(action, number)) {
            return met.clone();
        }
        let holed = language.iter().any(|strings| strings.holes().next().is_some());
        let sorted = self.by_action.get(&action).map_or(&[][..], |sorted| sorted);
        let mut met: Vec<u32> = near(sorted, language)
            .map(|(_, need)| *need)
            .filter(|need| {
                let choices = self.plain.get(*need as usize).and_then(Option::as_ref);
                let mut choices = choices.into_iter().flat_map(|plain| &plain.choices);
                choices
                    .any(|(of, resources)| *of == action && (holed || overlap(language, resources, limits)))
            })
            .collect();
        met.sort_unstable();
        met.dedup();
        let met: std::sync::Arc<[u32]> = met.into();
        self.met.insert((action, number), met.clone());
        met
    }
}

/// Whether a resource of `wanted` lies in all of `held`; a search only where neither literal texts nor fixed
/// beginnings tell.
pub(super) fn overlap(held: &[Strings], wanted: &Strings, limits: &Limits) -> bool {
    if held.iter().all(Strings::is_any) {
        return true;
    }
    let nothing = Context::new();
    let inside = |resource: &str| held.iter().all(|it| it.contains(resource, &nothing));
    let literals: Option<Vec<&str>> = wanted.patterns().iter().map(exact_literal).collect();
    if let (Some(literals), false) = (literals, wanted.is_complement()) {
        return literals.into_iter().any(inside);
    }
    let apart = |one: &Strings| {
        !one.is_complement()
            && !wanted.is_complement()
            && one.patterns().iter().all(|a| {
                wanted.patterns().iter().all(|b| {
                    let (a, b) = (beginning(a), beginning(b));
                    !a.starts_with(b) && !b.starts_with(a)
                })
            })
    };
    if held.iter().any(apart) {
        return false;
    }
    let regions = held
        .iter()
        .chain([wanted])
        .cloned()
        .map(|it| Region::new(Strings::any(), it));
    let both = PermissionSet::intersection_of(regions.map(PermissionSet::from));
    !matches!(both.emptiness(limits), Emptiness::Empty)
}

/// The entries whose resources may lie in a language, by the fixed beginnings of both.
pub(super) fn near<'a>(
    sorted: &'a [(Text, u32)],
    language: &[Strings],
) -> impl Iterator<Item = &'a (Text, u32)> {
    let narrow = language
        .iter()
        .filter(|strings| !strings.is_complement())
        .min_by_key(|strings| {
            // Few patterns with long beginnings narrow best.
            let lengths = strings.patterns().iter().map(|pattern| beginning(pattern).len());
            (lengths.min().unwrap_or(0) == 0, strings.patterns().len())
        });
    let mut ranges: Vec<(usize, usize)> = match narrow {
        None => vec![(0, sorted.len())],
        Some(strings) => strings
            .patterns()
            .iter()
            .flat_map(|pattern| near_beginning(sorted, beginning(pattern)))
            .collect(),
    };
    ranges.sort_unstable();
    let mut from = 0;
    ranges.into_iter().flat_map(move |(start, end)| {
        let start = start.max(from);
        from = from.max(end);
        sorted.get(start..end).unwrap_or_default()
    })
}

/// Where the entries stand that begin with a text, and those that it begins with.
fn near_beginning(sorted: &[(Text, u32)], start: &str) -> Vec<(usize, usize)> {
    let count = |from: usize, holds: &dyn Fn(&str) -> bool| {
        let rest = sorted.get(from..).unwrap_or_default();
        (from, from + rest.partition_point(|(text, _)| holds(text)))
    };
    let from = |text: &str| sorted.partition_point(|(other, _)| &**other < text);
    let mut ranges: Vec<(usize, usize)> = start
        .char_indices()
        .filter_map(|(end, _)| start.get(..end))
        .map(|shorter| count(from(shorter), &|text| text == shorter))
        .collect();
    ranges.push(count(from(start), &|text| text.starts_with(start)));
    ranges.retain(|(from, to)| from < to);
    ranges
}

/// The text that every member of a pattern begins with, letter for letter.
fn beginning(pattern: &Pattern) -> &str {
    match pattern.case() {
        Case::Exact => pattern.prefix(),
        Case::Folded => "",
    }
}

/// The text that every one of some strings begins with, as far as that is plain.
fn common_beginning(strings: &Strings) -> &str {
    match strings.patterns() {
        [one] if !strings.is_complement() => beginning(one),
        _ => "",
    }
}

fn exact_literal(pattern: &Pattern) -> Option<&str> {
    match pattern.case() {
        Case::Exact => pattern.as_literal(),
        Case::Folded => None,
    }
}

/// The literal requests of the actor's own of which any meets a need; `None` where it is not of that kind.
fn plain(need: &Need) -> Option<Vec<(Text, Strings)>> {
    let mut choices = Vec::new();
    let own = need.side == NeedSide::Holder && add_choices(need, &need.set, &mut choices);
    own.then_some(choices)
}

fn add_choices(need: &Need, set: &PermissionSet, choices: &mut Vec<(Text, Strings)>) -> bool {
    match set.node() {
        Node::Region(region) if region.guard.is_always() && region.resources.holes().next().is_none() => {
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
                            .map(|action| (action, region.resources.clone())),
                    );
                    true
                }
                _ => false,
            }
        }
        Node::Union(sets) => sets.iter().all(|set| add_choices(need, set, choices)),
        Node::Labelled(_, inner) => add_choices(need, inner, choices),
        Node::Region(_) | Node::Intersection(_) | Node::Difference(..) => false,
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
