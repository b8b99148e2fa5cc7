//! Demands on the context, as far as what is known of it decides them.

use leastwise_permset::{
    Case, Condition as Ask, Context, Element, Emptiness, Inclusion, Key, Limits, Literal, Pattern,
    PermissionSet, Region, Strings, Test,
};

use super::Demands;

/// What is known of a key of some requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// They lack it.
    Absent,
    /// It has this value alone.
    Is(Box<str>),
    /// It has one value, which matches this.
    Like(Pattern),
}

/// Keys with what is known of them.
pub type Facts = Vec<(Key, Fact)>;

/// A literal after a look at what is known.
enum Settled {
    Holds,
    Fails,
    Open(Literal),
}

/// The alternatives that what is known leaves, without the demands that it meets. Exact: what is not decided stays.
pub fn settled(alternatives: &[Demands], facts: &[(Key, Fact)]) -> Vec<Demands> {
    if facts.is_empty() {
        return alternatives.to_vec();
    }
    let one = |demands: &Demands| {
        let mut left = Vec::with_capacity(demands.len());
        for literal in demands {
            match settle(literal, facts) {
                Settled::Holds => {}
                Settled::Fails => return None,
                Settled::Open(literal) => left.push(literal),
            }
        }
        Some(left)
    };
    let mut left: Vec<Demands> = alternatives.iter().filter_map(one).collect();
    left.sort();
    left.dedup();
    left
}

/// Resources with the values of variables that are known; those of a variable without a value are like nothing.
pub fn settled_resources(resources: &[(Strings, Demands)], facts: &[(Key, Fact)]) -> Vec<(Strings, Demands)> {
    let each = resources.iter().flat_map(|(strings, demands)| {
        let left = settled(std::slice::from_ref(demands), facts);
        left.into_iter()
            .map(|demands| (fill_strings(strings, facts), demands))
    });
    each.collect()
}

fn known<'f>(key: &Key, facts: &'f [(Key, Fact)]) -> Option<&'f Fact> {
    facts.iter().find(|(known, _)| known == key).map(|(_, fact)| fact)
}

fn settle(literal: &Literal, facts: &[(Key, Fact)]) -> Settled {
    let decided = |is: bool| {
        if is == literal.holds {
            Settled::Holds
        } else {
            Settled::Fails
        }
    };
    let filled = match &literal.condition {
        Ask::Some(key, test) => Ask::Some(key.clone(), fill(test, facts)),
        Ask::Every(key, test) => Ask::Every(key.clone(), fill(test, facts)),
        other => other.clone(),
    };
    let open = |condition: Ask| {
        Settled::Open(if literal.holds {
            condition.holds()
        } else {
            condition.fails()
        })
    };
    let Some(fact) = filled.key().and_then(|key| known(key, facts)) else {
        return open(filled);
    };
    match (&filled, fact) {
        (Ask::Absent(_), fact) => decided(*fact == Fact::Absent),
        (_, Fact::Absent) => decided(false),
        (Ask::Some(_, test) | Ask::Every(_, test), Fact::Is(value)) => {
            if holes(test) == 0 {
                return decided(test.passes(value, &Context::new()));
            }
            match mirrored(test, value) {
                // The one value equals the hole's where the hole's equals the one value.
                Some((condition, same)) if same == literal.holds => Settled::Open(condition.holds()),
                Some((condition, _)) => Settled::Open(condition.fails()),
                None => open(filled),
            }
        }
        (Ask::Some(_, test) | Ask::Every(_, test), Fact::Like(pattern)) => match like(test, pattern) {
            Some(is) => decided(is),
            None => open(filled),
        },
        (Ask::Atom(_), _) => open(filled),
    }
}

fn holes(test: &Test) -> usize {
    match test {
        Test::Text(strings) => strings.holes().count(),
        Test::Not(inner) => holes(inner),
        _ => 0,
    }
}

/// A test with the values of holes that are known.
fn fill(test: &Test, facts: &[(Key, Fact)]) -> Test {
    match test {
        Test::Text(strings) => Test::Text(fill_strings(strings, facts)),
        Test::Not(inner) => Test::Not(Box::new(fill(inner, facts))),
        other => other.clone(),
    }
}

fn fill_strings(strings: &Strings, facts: &[(Key, Fact)]) -> Strings {
    if !strings.holes().any(|key| known(key, facts).is_some()) {
        return strings.clone();
    }
    let patterns = strings
        .patterns()
        .iter()
        .filter_map(|pattern| filled(pattern, facts));
    let filled = Strings::any_of(patterns);
    if strings.is_complement() {
        filled.complement()
    } else {
        filled
    }
}

/// A pattern with known values in its holes; `None` where one of them has no value, so that nothing matches.
fn filled(pattern: &Pattern, facts: &[(Key, Fact)]) -> Option<Pattern> {
    let mut elements = Vec::with_capacity(pattern.elements().len());
    for element in pattern.elements() {
        elements.push(match element {
            Element::Hole(key) => match known(key, facts) {
                Some(Fact::Absent) => return None,
                Some(Fact::Is(value)) => Element::Text(value.clone()),
                _ => element.clone(),
            },
            other => other.clone(),
        });
    }
    Some(Pattern::new(elements, pattern.case()))
}

/// What a test against the value of one hole asks of that hole's key, and whether it is that or its opposite.
fn mirrored(test: &Test, value: &str) -> Option<(Ask, bool)> {
    let Test::Text(strings) = test else { return None };
    let [pattern] = strings.patterns() else {
        return None;
    };
    let ([Element::Hole(key)], Case::Exact) = (pattern.elements(), pattern.case()) else {
        return None;
    };
    let same = Ask::Some(key.clone(), Test::Text(Strings::literal(value)));
    Some((same, !strings.is_complement()))
}

/// Whether every text of a pattern passes a test, or none does; `None` where some do.
fn like(test: &Test, pattern: &Pattern) -> Option<bool> {
    let Test::Text(strings) = test else { return None };
    if strings.holes().next().is_some() {
        return None;
    }
    let texts = |strings: Strings| PermissionSet::from(Region::new(strings, Strings::any()));
    let (all, passing) = (texts(Strings::one(pattern.clone())), texts(strings.clone()));
    let limits = Limits::default();
    if matches!(all.included_in(&passing, &limits), Inclusion::Holds) {
        return Some(true);
    }
    matches!(all.intersection(&passing).emptiness(&limits), Emptiness::Empty).then_some(false)
}
