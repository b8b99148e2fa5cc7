//! A statement's requests by what is known of their resource.
//!
//! Where a condition asks for something that the export tells of a resource, the statement falls into areas: users and
//! roles of which the same is known, ARNs that name one account or region, and all the rest. In each area the condition is decided;
//! in the rest it stands as written.
//! Sources: those of `data/resource-keys.tsv`.
//!
//! Cost: linear in the users and roles of the account that a statement names, for statements with such a condition only.

mod fields;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::Text;
use leastwise_permset::{Case, Context, Key, Node, Pattern, PermissionSet, Region, Strings};

use super::settle::{Facts, settled};
use super::{Demands, Lowering};
use crate::catalogue::ActionSet;
use crate::policy::Effect;
use crate::told::{Row, Source, on_entities, row};
use fields::regions;

/// A part of all requests, told by their resources.
#[derive(Clone, Default)]
pub(super) struct Area {
    /// Users and roles, where the area is a list of them.
    listed: Option<Listed>,
    /// All of these hold.
    within: Vec<PermissionSet>,
    /// And none of these.
    less: Vec<PermissionSet>,
    /// Resources of which nothing is left here, each list sorted.
    taken: Vec<Arc<[Text]>>,
    /// What is known of the keys.
    pub facts: Facts,
}

/// Users and roles, sorted, and their ARNs as patterns.
#[derive(Clone, Debug)]
pub struct Listed {
    arns: Arc<[Text]>,
    strings: Strings,
}

impl Listed {
    /// `arns` sorted.
    pub fn new(arns: Vec<Text>) -> Self {
        Self {
            strings: Strings::any_of(arns.iter().map(|arn| Pattern::literal(arn))),
            arns: arns.into(),
        }
    }

    /// They without those for which `wanted` does not hold; `None` where nobody is left.
    fn only(&self, wanted: impl Fn(&Text) -> bool) -> Option<Self> {
        let left: Vec<Text> = self.arns.iter().filter(|arn| wanted(arn)).cloned().collect();
        if left.is_empty() {
            None
        } else if left.len() == self.arns.len() {
            Some(self.clone())
        } else {
            Some(Self::new(left))
        }
    }
}

/// Whether these are all resources, as it shows at a glance.
fn all(resources: &Strings) -> bool {
    resources.is_any() || !resources.is_complement() && resources.patterns().iter().any(Pattern::is_any)
}

impl Area {
    /// What of the alternatives is left here. Whoever is granted something still asks as the demands say: where a caller
    /// chooses a key to which the resource binds it, they stay.
    pub fn left(&self, alternatives: &[Demands], effect: Effect) -> Vec<Demands> {
        let bound = |key: &Key| row(key).is_some_and(|(row, _)| row.source == Source::Region);
        if effect == Effect::Deny || !self.facts.iter().any(|(key, _)| bound(key)) {
            return settled(alternatives, &self.facts);
        }
        let possible = |demands: &&Demands| !settled(std::slice::from_ref(*demands), &self.facts).is_empty();
        let left: Vec<Demands> = alternatives.iter().filter(possible).cloned().collect();
        let facts: Facts = self
            .facts
            .iter()
            .filter(|(key, _)| !bound(key))
            .cloned()
            .collect();
        settled(&left, &facts)
    }

    /// The requests of a region's actions and resources in this area.
    pub fn of(&self, region: impl Fn(&Strings) -> PermissionSet, resources: &Strings) -> PermissionSet {
        let in_list = |list: &Arc<[Text]>, text: &str| list.binary_search_by(|arn| (**arn).cmp(text)).is_ok();
        let taken = |text: &str| self.taken.iter().any(|list| in_list(list, text));
        let literals = resources.patterns().iter().map(Pattern::as_literal);
        if !resources.is_complement() && literals.clone().all(|text| text.is_some_and(taken)) {
            return PermissionSet::empty();
        }
        let mut set = match &self.listed {
            None => region(resources),
            Some(listed) => {
                let open = resources.holes().next().is_some();
                let whole = open || all(resources);
                let named = |arn: &Text| whole || resources.contains(arn, &Context::new());
                let Some(listed) = listed.only(named) else {
                    return PermissionSet::empty();
                };
                let set = region(&listed.strings);
                if open {
                    set.intersection(&region(resources))
                } else {
                    set
                }
            }
        };
        // What the names themselves decide is no question any more: most statements name what is in one area.
        let names: Option<Vec<&str>> = literals.collect();
        let names = names.filter(|_| !resources.is_complement()).unwrap_or_default();
        let mut within = Vec::new();
        for part in &self.within {
            match has_all(part, &names) {
                Some(true) => {}
                Some(false) => return PermissionSet::empty(),
                None => within.push(part.clone()),
            }
        }
        let mut less = Vec::new();
        for part in &self.less {
            match has_all(part, &names) {
                Some(true) => return PermissionSet::empty(),
                Some(false) => {}
                None => less.push(part.clone()),
            }
        }
        if !within.is_empty() {
            set = PermissionSet::intersection_of(within.into_iter().chain([set]));
        }
        if !less.is_empty() {
            set = set.difference(&PermissionSet::union_of(less));
        }
        set
    }
}

/// Whether all of some resources are in a part that speaks of resources alone, or none is; `None` for others and where there
/// are no names.
fn has_all(part: &PermissionSet, names: &[&str]) -> Option<bool> {
    let Node::Region(region) = part.node() else {
        return None;
    };
    let plain = region.actions.is_any() && region.guard.is_always();
    if !plain || region.resources.holes().next().is_some() {
        return None;
    }
    let nothing = Context::new();
    let mut inside = names.iter().map(|name| region.resources.contains(name, &nothing));
    let first = inside.next()?;
    inside.all(|other| other == first).then_some(first)
}

impl Lowering<'_> {
    /// The areas of a part of a statement. `meant` are the actions of the catalogue that it names; `None`: any.
    pub(super) fn areas(
        &self,
        told: &[Key],
        meant: Option<&ActionSet>,
        resources: &[(Strings, Demands)],
        alternatives: &[Demands],
        account: Option<&str>,
    ) -> Vec<Area> {
        let mut areas = vec![Area::default()];
        let mut by_row: BTreeMap<Source, (&Row, Vec<&Key>)> = BTreeMap::new();
        for key in told {
            if let Some((row, _)) = row(key) {
                by_row.entry(row.source).or_insert((row, Vec::new())).1.push(key);
            }
        }
        for (source, (row, keys)) in by_row {
            let Some(excepted) = excepted(row, meant) else {
                continue;
            };
            let classes = match source {
                Source::Account => self.accounts(&keys, alternatives),
                Source::Region => regions(&keys, alternatives),
                Source::Organization => self.organization(&keys),
                Source::Tag | Source::Boundary => {
                    let any = meant.is_none_or(|meant| !meant.intersect(on_entities()).is_empty());
                    if any {
                        self.entities(&keys, resources, account)
                    } else {
                        Classes::default()
                    }
                }
            };
            if !classes.each.is_empty() {
                areas = areas
                    .into_iter()
                    .flat_map(|area| cut(&area, &classes, excepted.as_ref()))
                    .collect();
            }
        }
        areas
    }

    /// Users and roles of an account that these resources name, by what is known of the keys. Of other accounts' roles the
    /// condition stays as written.
    fn entities(&self, keys: &[&Key], resources: &[(Strings, Demands)], account: Option<&str>) -> Classes {
        let alike = self.keys.told().alike(account, keys);
        let class = |facts: &Facts, listed: Listed| Class {
            resources: listed.strings.clone(),
            listed: Some(listed),
            other: None,
            facts: facts.clone(),
        };
        if resources.iter().any(|(strings, _)| all(strings)) {
            let each = alike.classes.iter();
            return Classes {
                each: each.map(|(facts, listed)| class(facts, listed.clone())).collect(),
                covered: alike.covered.clone(),
            };
        }
        let named = |arn: &Text| {
            resources.iter().any(|(strings, _)| {
                strings.holes().next().is_some() || strings.contains(arn, &Context::new())
            })
        };
        let each = alike.classes.iter();
        Classes::new(
            each.filter_map(|(facts, listed)| Some(class(facts, listed.only(named)?)))
                .collect(),
        )
    }
}

/// Users and roles by what is known of some keys.
#[derive(Debug)]
pub struct Alike {
    classes: Vec<(Facts, Listed)>,
    covered: Strings,
}

impl Alike {
    /// Sorts users and roles, which come in order, by what is known; those of which nothing is known are left out.
    pub fn new(entities: impl Iterator<Item = (Text, Facts)>) -> Self {
        let mut alike: BTreeMap<Facts, Vec<Text>> = BTreeMap::new();
        let mut covered = Vec::new();
        for (arn, facts) in entities {
            if !facts.is_empty() {
                covered.push(Pattern::literal(&arn));
                alike.entry(facts).or_default().push(arn);
            }
        }
        let classes = alike.into_iter();
        Self {
            classes: classes
                .map(|(facts, listed)| (facts, Listed::new(listed)))
                .collect(),
            covered: Strings::any_of(covered),
        }
    }
}

/// Resources by what is known of them.
struct Classes {
    each: Vec<Class>,
    /// All of their resources.
    covered: Strings,
}

impl Default for Classes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Classes {
    fn new(each: Vec<Class>) -> Self {
        let patterns = each.iter().flat_map(|class| class.resources.patterns());
        Self {
            covered: Strings::any_of(patterns.cloned()),
            each,
        }
    }
}

/// Resources of which the same is known.
struct Class {
    listed: Option<Listed>,
    resources: Strings,
    /// What of the resources is another class's.
    other: Option<Strings>,
    facts: Facts,
}

impl Class {
    fn has(&self, arn: &Text) -> bool {
        match &self.listed {
            Some(listed) => listed.arns.binary_search(arn).is_ok(),
            None => {
                let within = |strings: &Strings| strings.contains(arn, &Context::new());
                within(&self.resources) && !self.other.as_ref().is_some_and(within)
            }
        }
    }
}

/// The excepted actions that the statement can mean, as a set for any resource: `Some(None)` where it means none of
/// them, `None` where it means no others.
fn excepted(row: &Row, meant: Option<&ActionSet>) -> Option<Option<PermissionSet>> {
    let actions = || {
        let strings = |patterns: &[&str]| {
            Strings::any_of(patterns.iter().map(|text| Pattern::glob(text, Case::Folded)))
        };
        let on = |actions: Strings| PermissionSet::from(Region::new(actions, Strings::any()));
        let except = on(strings(&row.except));
        match *row.only {
            ["*"] => except,
            _ => except.union(&on(strings(&row.only).complement())),
        }
    };
    let Some(meant) = meant else {
        return Some(Some(actions()));
    };
    let left = meant.intersect(row.actions());
    if left.is_empty() {
        return None;
    }
    Some((left.count() < meant.count()).then(actions))
}

/// An area cut along classes of resources.
fn cut(area: &Area, classes: &Classes, excepted: Option<&PermissionSet>) -> Vec<Area> {
    let on = |strings: &Strings| PermissionSet::from(Region::new(Strings::any(), strings.clone()));
    let mut areas = Vec::with_capacity(classes.each.len() + 1);
    for class in &classes.each {
        let mut made = area.clone();
        made.facts.extend(class.facts.iter().cloned());
        made.less.extend(excepted.cloned());
        match (&mut made.listed, &class.listed) {
            (Some(listed), _) => match listed.only(|arn| class.has(arn)) {
                Some(left) => *listed = left,
                None => continue,
            },
            (None, Some(listed)) => made.listed = Some(listed.clone()),
            (None, None) => {
                made.within.push(on(&class.resources));
                made.less.extend(class.other.as_ref().map(on));
            }
        }
        areas.push(made);
    }
    let mut rest = area.clone();
    let known = on(&classes.covered);
    rest.less.push(match excepted {
        Some(excepted) => known.difference(excepted),
        None => known,
    });
    if excepted.is_none() {
        let some = |arn: &Text| classes.each.iter().any(|class| class.has(arn));
        if rest
            .listed
            .as_ref()
            .is_some_and(|listed| listed.arns.iter().all(some))
        {
            return areas;
        }
        let listed = classes.each.iter().filter_map(|class| class.listed.as_ref());
        rest.taken.extend(listed.map(|listed| listed.arns.clone()));
    }
    areas.push(rest);
    areas
}
