//! The texts that a set asks of a claim, where they can be listed.

use std::collections::BTreeSet;

use leastwise_permset::{Case, Condition, Key, Node, Pattern, PermissionSet, Test};

/// The values of a claim that every token has, where every statement of a set names some letter for letter; `None` where
/// one does not.
pub(super) fn named(set: &PermissionSet, claim: &Key) -> Option<BTreeSet<String>> {
    asked(set, claim, &|pattern| pattern.as_literal())
}

/// The texts with which the values of a claim that every token has begin, where every statement of a set asks for some;
/// `None` where one does not.
pub(super) fn beginnings(set: &PermissionSet, claim: &Key) -> Option<BTreeSet<String>> {
    asked(set, claim, &|pattern| Some(pattern.prefix()))
}

/// What is told of the patterns that every part of a set asks of a claim, case by case.
fn asked(
    set: &PermissionSet,
    claim: &Key,
    tell: &dyn Fn(&Pattern) -> Option<&str>,
) -> Option<BTreeSet<String>> {
    match set.node() {
        Node::Region(region) => {
            let literals = region.guard.literals().iter().filter(|literal| literal.holds);
            let asks = literals.filter_map(|literal| match &literal.condition {
                Condition::Some(key, Test::Text(strings)) | Condition::Every(key, Test::Text(strings))
                    if key == claim && !strings.is_complement() =>
                {
                    let told = |pattern: &Pattern| {
                        let exact = pattern.case() == Case::Exact;
                        tell(pattern).filter(|_| exact).map(str::to_owned)
                    };
                    strings.patterns().iter().map(told).collect()
                }
                _ => None,
            });
            asks.into_iter().next()
        }
        Node::Union(sets) => sets.iter().try_fold(BTreeSet::new(), |mut all, set| {
            all.extend(asked(set, claim, tell)?);
            Some(all)
        }),
        Node::Intersection(sets) => sets.iter().find_map(|set| asked(set, claim, tell)),
        Node::Difference(given, _) => asked(given, claim, tell),
        Node::Labelled(_, inner) => asked(inner, claim, tell),
    }
}

/// Whether some text can begin in both ways.
pub(super) fn may_agree(one: Option<&BTreeSet<String>>, other: Option<&BTreeSet<String>>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return true;
    };
    one.iter().any(|a| {
        other
            .iter()
            .any(|b| a.starts_with(b.as_str()) || b.starts_with(a.as_str()))
    })
}
