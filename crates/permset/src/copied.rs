//! Context values copied into patterns (`${key}`): reading them loosely, putting values in, and taking them out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::context::{Context, Key};
use crate::glob::has_hole;
use crate::guard::Condition;
use crate::pattern::{Case, Element, Pattern, same};
use crate::strings::Strings;
use crate::values::Test;

/// The strings that a demand (to be in `strings`, or not) allows at most, whatever the copied values are: on the
/// wanted side a hole is any text, on the unwanted side its pattern is left out.
pub(crate) fn relaxed(strings: &Strings, holds: bool) -> Cow<'_, Strings> {
    if strings.holes().next().is_none() {
        return Cow::Borrowed(strings);
    }
    let wanted = strings.is_complement() != holds;
    let patterns = strings
        .patterns()
        .iter()
        .filter(|pattern| wanted || !has_hole(pattern))
        .map(|pattern| {
            Pattern::new(
                pattern.elements().iter().map(|element| match element {
                    Element::Hole(_) => Element::Many,
                    other => other.clone(),
                }),
                pattern.case(),
            )
        });
    let loose = Strings::any_of(patterns);
    Cow::Owned(if strings.is_complement() {
        loose.complement()
    } else {
        loose
    })
}

/// The same strings with the values of `context` in the place of holes. A key that `context` does not have is
/// absent: its patterns match nothing.
pub(crate) fn filled<'s>(strings: &'s Strings, context: &Context) -> Cow<'s, Strings> {
    if strings.holes().next().is_none() {
        return Cow::Borrowed(strings);
    }
    let patterns = strings
        .patterns()
        .iter()
        .flat_map(|pattern| fill(pattern, context, &|_| true));
    let plain = Strings::any_of(patterns);
    Cow::Owned(if strings.is_complement() {
        plain.complement()
    } else {
        plain
    })
}

/// One pattern for every choice of values for those of its holes that are `fixed`.
fn fill(pattern: &Pattern, context: &Context, fixed: &dyn Fn(&Key) -> bool) -> Vec<Pattern> {
    let mut ways: Vec<Vec<Element>> = vec![Vec::new()];
    for element in pattern.elements() {
        match element {
            Element::Hole(key) if fixed(key) => {
                let values = context.get(key).into_iter().flatten();
                ways = values
                    .flat_map(|value| {
                        ways.iter().map(move |way| {
                            let mut longer = way.clone();
                            longer.push(Element::Text(value.clone()));
                            longer
                        })
                    })
                    .collect();
            }
            other => ways.iter_mut().for_each(|way| way.push(other.clone())),
        }
    }
    ways.into_iter()
        .map(|way| Pattern::new(way, pattern.case()))
        .collect()
}

/// The same condition with other strings in its test, as `change` makes them.
fn with_strings<'c>(
    condition: &'c Condition,
    change: &dyn Fn(&'c Strings) -> Cow<'c, Strings>,
) -> Cow<'c, Condition> {
    fn walk<'t>(test: &'t Test, change: &dyn Fn(&'t Strings) -> Cow<'t, Strings>) -> Option<Test> {
        match test {
            Test::Text(strings) => match change(strings) {
                Cow::Borrowed(_) => None,
                Cow::Owned(strings) => Some(Test::Text(strings)),
            },
            Test::Not(inner) => walk(inner, change).map(|inner| Test::Not(Box::new(inner))),
            _ => None,
        }
    }
    let changed = match condition {
        Condition::Some(key, test) => walk(test, change).map(|test| Condition::Some(key.clone(), test)),
        Condition::Every(key, test) => walk(test, change).map(|test| Condition::Every(key.clone(), test)),
        Condition::Absent(_) | Condition::Atom(_) => None,
    };
    changed.map_or(Cow::Borrowed(condition), Cow::Owned)
}

/// The same condition with the values of `context` in the place of holes.
pub(crate) fn filled_condition<'c>(condition: &'c Condition, context: &Context) -> Cow<'c, Condition> {
    with_strings(condition, &|strings| filled(strings, context))
}

/// The same condition without copies that are sure to match, those of a key's values into tests on that key, and
/// without those that are sure not to: copies of the `dead` keys, which have no value.
pub(crate) fn plain_condition<'c>(condition: &'c Condition, dead: &BTreeSet<Key>) -> Cow<'c, Condition> {
    let own = |pattern: &Pattern| {
        let holes = pattern
            .elements()
            .iter()
            .filter(|e| matches!(e, Element::Hole(_)));
        holes.count() == 1
            && pattern.elements().iter().all(|element| match element {
                Element::Hole(key) => condition.key() == Some(key),
                other => *other == Element::Many,
            })
    };
    with_strings(condition, &|strings| {
        if !strings.patterns().iter().any(own) {
            return filled_where(strings, Context::nowhere(), dead);
        }
        Cow::Owned(if strings.is_complement() {
            Strings::none()
        } else {
            Strings::any()
        })
    })
}

/// The strings that a test is about, if it is about strings.
pub(crate) fn strings_of(test: &Test) -> Option<&Strings> {
    match test {
        Test::Text(strings) => Some(strings),
        Test::Not(inner) => strings_of(inner),
        _ => None,
    }
}

/// The test of a condition on a key's values.
pub(crate) fn test_of(condition: &Condition) -> Option<&Test> {
    match condition {
        Condition::Some(_, test) | Condition::Every(_, test) => Some(test),
        Condition::Absent(_) | Condition::Atom(_) => None,
    }
}

/// The keys whose values a condition copies.
pub(crate) fn holes_of(condition: &Condition) -> impl Iterator<Item = &Key> {
    test_of(condition)
        .and_then(strings_of)
        .into_iter()
        .flat_map(Strings::holes)
}

/// What each hole copies.
pub(crate) type Reading = BTreeSet<(Key, Box<str>)>;

/// All the ways in which `text` can match `pattern`, as the values that its holes must copy, one set of pairs for
/// each way; `None` where there are more than `limit`.
pub(crate) fn readings(pattern: &Pattern, text: &str, limit: usize) -> Option<BTreeSet<Reading>> {
    /// Follows every way; `false` where there are too many.
    fn follow(
        elements: &[Element],
        case: Case,
        text: &str,
        taken: &mut Vec<(Key, Box<str>)>,
        found: &mut BTreeSet<Reading>,
        steps: &mut usize,
    ) -> bool {
        let Some(left) = steps.checked_sub(1) else {
            return false;
        };
        *steps = left;
        let Some((element, rest)) = elements.split_first() else {
            if text.is_empty() {
                found.insert(taken.iter().cloned().collect());
            }
            return true;
        };
        let single = |end: usize| text.get(end..).unwrap_or_default();
        match element {
            Element::Text(_) | Element::One | Element::OneExcept(_) => {
                let width = match element {
                    Element::Text(wanted) => wanted.chars().count(),
                    _ => 1,
                };
                let end = text
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([text.len()])
                    .nth(width);
                let Some(end) = end else { return true };
                let head = Pattern::new([element.clone()], case);
                !head.matches(text.get(..end).unwrap_or_default(), Context::nowhere())
                    || follow(rest, case, single(end), taken, found, steps)
            }
            Element::Many | Element::ManyExcept(_) | Element::Hole(_) => {
                let reach = match element {
                    Element::ManyExcept(c) => text.find(|t| same(t, *c, case)).unwrap_or(text.len()),
                    _ => text.len(),
                };
                for end in text.char_indices().map(|(at, _)| at).chain([text.len()]) {
                    if end > reach {
                        break;
                    }
                    if let Element::Hole(key) = element {
                        taken.push((key.clone(), text.get(..end).unwrap_or_default().into()));
                    }
                    let fine = follow(rest, case, single(end), taken, found, steps);
                    if let Element::Hole(_) = element {
                        taken.pop();
                    }
                    if !fine {
                        return false;
                    }
                }
                true
            }
        }
    }
    let mut found = BTreeSet::new();
    let mut steps = limit * (text.len() + pattern.elements().len() + 2);
    follow(
        pattern.elements(),
        pattern.case(),
        text,
        &mut Vec::new(),
        &mut found,
        &mut steps,
    )
    .then_some(found)
}

/// The same strings with the values of the `known` keys in the place of holes, and without the patterns that copy
/// a key of `absent`; holes of other keys stay.
pub(crate) fn filled_where<'s>(
    strings: &'s Strings,
    known: &Context,
    absent: &BTreeSet<Key>,
) -> Cow<'s, Strings> {
    let fixed = |key: &Key| known.get(key).is_some() || absent.contains(key);
    if !strings.holes().any(fixed) {
        return Cow::Borrowed(strings);
    }
    let patterns = strings
        .patterns()
        .iter()
        .flat_map(|pattern| fill(pattern, known, &fixed));
    let plain = Strings::any_of(patterns);
    Cow::Owned(if strings.is_complement() {
        plain.complement()
    } else {
        plain
    })
}
