//! What an identity would hold if its tags were others: whatever its policies ask of them may turn out either way.
//!
//! Which tags may be set under which conditions, and what several of them together come to, is not looked at, so that all of
//! it is a gap. Source: IAM User Guide, "Controlling access to and for IAM users and roles using tags".

use leastwise_permset::Node;

use super::*;

const TAG: &str = "aws:PrincipalTag/";

/// Whether a key is a tag of who asks.
pub(super) fn is_tag(key: &Key) -> bool {
    key.as_str().starts_with(TAG)
}

impl Ways<'_> {
    /// What an identity might hold if its tags were others; `None` where its policies ask for no tag of its own.
    pub(super) fn retagged(&mut self, person: &Person) -> Option<PermissionSet> {
        if !person.held.iter().any(|held| self.asks_for_tags(held.unit)) {
            return None;
        }
        let name = format!(
            "what identities of account {} may do with other tags was not looked at",
            person.account
        );
        let settle = "aws iam simulate-principal-policy, with aws:PrincipalTag among the context entries";
        let doubt = self.atom(&name, settle);
        let identity = self.snapshot.identity(person.index)?;
        let mut facts = identity.holding.facts.clone();
        let known = facts.known.iter().map(|(key, _)| key.clone());
        let tags: Vec<Key> = known.filter(is_tag).collect();
        tags.iter().for_each(|key| facts.known.remove(key));
        facts.absent.retain(|key| !is_tag(key));
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        for held in &person.held {
            let caller = Caller::Identity(&facts, None);
            let sets = self.sets(held.unit, caller);
            allows.push(open(&sets.allows, &doubt, true).unwrap_or(sets.allows));
            denies.push(open(&sets.denies, &doubt, false).unwrap_or(sets.denies));
        }
        let allows = PermissionSet::union_of(allows);
        let granted = match self.reach.get(&person.account) {
            Some(reach) => reach.at_home(&allows, true),
            None => allows,
        };
        let own = |unit: &UnitIndex| person.held.iter().any(|held| held.unit == *unit);
        let others = person.restraint.denies.iter().filter(|(unit, _)| !own(unit));
        denies.extend(others.map(|(_, set)| set.clone()));
        let bounded = match &person.restraint.bound {
            Some(bound) => granted.intersection(bound),
            None => granted,
        };
        Some(bounded.difference(&PermissionSet::union_of(denies)))
    }

    /// Whether a document asks for a tag of who asks; each is looked at once.
    fn asks_for_tags(&mut self, unit: UnitIndex) -> bool {
        if let Some(known) = self.tagged.get(&unit) {
            return *known;
        }
        let asks = self.units.said(unit).any(|said| speaks_of_tags(&said.set));
        self.tagged.insert(unit, asks);
        asks
    }
}

fn speaks_of_tags(set: &PermissionSet) -> bool {
    match set.node() {
        Node::Region(region) => region.keys().any(is_tag),
        Node::Labelled(_, inner) => speaks_of_tags(inner),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().any(speaks_of_tags),
        Node::Difference(given, taken) => speaks_of_tags(given) || speaks_of_tags(taken),
    }
}

/// A set in which whatever is asked of tags turns out well, perhaps: what is allowed is open, and what is denied is not.
/// `None` where nothing is asked of them.
fn open(set: &PermissionSet, doubt: &Literal, allows: bool) -> Option<PermissionSet> {
    let each = |sets: &[PermissionSet]| -> Option<Vec<PermissionSet>> {
        let opened: Vec<Option<PermissionSet>> = sets.iter().map(|set| open(set, doubt, allows)).collect();
        let any = opened.iter().any(Option::is_some);
        let pairs = opened.into_iter().zip(sets);
        any.then(|| {
            pairs
                .map(|(opened, set)| opened.unwrap_or_else(|| set.clone()))
                .collect()
        })
    };
    match set.node() {
        Node::Region(region) if region.keys().any(is_tag) => {
            let doubt = match allows {
                true => doubt.clone(),
                false => doubt.condition.clone().fails(),
            };
            let asks = |literal: &&Literal| {
                let alone = Region::everything().when(Guard::all_of([(*literal).clone()]));
                alone.keys().any(is_tag)
            };
            let literals = region.guard.literals().iter();
            let others = literals.filter(|literal| !asks(literal)).cloned();
            let resources = Region::new(Strings::any(), region.resources.clone());
            let resources = match resources.keys().any(is_tag) {
                true => whatever(&region.resources),
                false => region.resources.clone(),
            };
            let guard = Guard::all_of(others.chain([doubt]));
            Some(Region::new(region.actions.clone(), resources).when(guard).into())
        }
        Node::Region(_) => None,
        Node::Labelled(label, inner) => Some(open(inner, doubt, allows)?.labelled(*label)),
        Node::Union(sets) => Some(PermissionSet::union_of(each(sets)?)),
        Node::Intersection(sets) => Some(PermissionSet::intersection_of(each(sets)?)),
        Node::Difference(given, taken) => {
            let (opened, closed) = (open(given, doubt, allows), open(taken, doubt, !allows));
            if opened.is_none() && closed.is_none() {
                return None;
            }
            let given = opened.unwrap_or_else(|| given.clone());
            Some(given.difference(&closed.unwrap_or_else(|| taken.clone())))
        }
    }
}

/// Strings with anything in place of what depends on a key; all of them where some are left out.
fn whatever(strings: &Strings) -> Strings {
    if strings.is_complement() {
        return Strings::any();
    }
    let patterns = strings.patterns().iter().map(|pattern| {
        let elements = pattern.elements().iter().map(|element| match element {
            Element::Text(_)
            | Element::One
            | Element::Many
            | Element::OneExcept(_)
            | Element::ManyExcept(_) => element.clone(),
            _ => Element::Many,
        });
        Pattern::new(elements, pattern.case())
    });
    Strings::any_of(patterns)
}
