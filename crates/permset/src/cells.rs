//! What one context key can hold so that a conjunction of conditions on it is satisfied.
//!
//! A key is absent or holds a set of strings. Text tests are decided by [`crate::texts`]. Numbers, instants,
//! addresses and truth values are cut into finitely many cells by the boundaries that the tests name; all values of
//! one cell answer alike, so one representative of each is tried, and one string of no type. Tests of both sorts on
//! one value are decided where the text side is finite or a representative fits; else the search says so.
//! The cost is one text question for each existential condition, or tests × boundaries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use crate::context::{Context, Key, Values};
use crate::copied;
use crate::guard::Condition;
use crate::limits::{Budget, Limit};
use crate::pattern::{Case, Pattern};
use crate::strings::Strings;
use crate::texts;
use crate::values::{Decimal, Instant, Network, Test};

/// What a key holds; `None` where it is absent.
pub(crate) type Held = Option<Values>;

/// Something `key` can hold so that all `demands` (conditions on it that must hold or must fail) are met, absent
/// before present, few values before many. `None` where there is nothing: that is exact in every context; what is
/// found is so only where no test copies another key.
pub(crate) fn solve(
    key: &Key,
    demands: &[(&Condition, bool)],
    budget: &Budget,
) -> Result<Option<Held>, Limit> {
    let mut absent = true;
    let mut present = true;
    let mut for_all: Vec<(&Test, bool)> = Vec::new();
    let mut for_some: Vec<(&Test, bool)> = Vec::new();
    let mut single = key.is_single();
    for (condition, holds) in demands {
        single |= condition.key().is_some_and(Key::is_single);
        match (condition, holds) {
            (Condition::Absent(_), true) => present = false,
            (Condition::Absent(_), false) => absent = false,
            (Condition::Some(_, test), true) => {
                absent = false;
                for_some.push((test, true));
            }
            (Condition::Some(_, test), false) => for_all.push((test, false)),
            (Condition::Every(_, test), true) => {
                absent = false;
                for_all.push((test, true));
            }
            (Condition::Every(_, test), false) => for_some.push((test, false)),
            (Condition::Atom(_), _) => {}
        }
    }
    if absent {
        return Ok(Some(None));
    }
    if !present {
        return Ok(None);
    }
    if single || for_some.is_empty() {
        for_all.append(&mut for_some);
        return match value(key, &for_all, budget) {
            Ok(Some(value)) => Ok(Some(Some(Values::from([value.into()])))),
            _ if !single => Ok(Some(Some(Values::new()))),
            Ok(None) => Ok(None),
            Err(limit) => Err(limit),
        };
    }
    let mut values = Values::new();
    let shared = for_all.len();
    for (test, holds) in for_some {
        if values.iter().any(|value| meets(test, holds, value)) {
            continue;
        }
        for_all.truncate(shared);
        for_all.push((test, holds));
        match value(key, &for_all, budget)? {
            Some(value) => values.insert(value.into()),
            None => return Ok(None),
        };
    }
    Ok(Some(Some(values)))
}

/// One value that passes or fails each test as demanded.
fn value(key: &Key, demands: &[(&Test, bool)], budget: &Budget) -> Result<Option<String>, Limit> {
    let mut text: Vec<texts::Demand<'_>> = Vec::new();
    let mut typed: Vec<(&Test, bool)> = Vec::new();
    for (test, holds) in demands {
        let (mut test, mut holds) = (*test, *holds);
        while let Test::Not(inner) = test {
            (test, holds) = (inner, !holds);
        }
        match test {
            Test::Text(strings) => text.push((strings, holds)),
            _ => typed.push((test, holds)),
        }
    }
    if !text.is_empty() {
        // A truth value is the one of two words, in any case: beside other texts, a text.
        typed.retain(|(test, holds)| match test {
            Test::Truth(truth) => {
                text.push((word(*truth), *holds));
                false
            }
            _ => true,
        });
    }
    if typed.is_empty() {
        return texts::solve(&text, budget);
    }
    let representatives = representatives(typed.iter().map(|(test, _)| *test));
    budget.spend(1 + representatives.len() * typed.len() / 8)?;
    let fits_types = |value: &str| typed.iter().all(|(test, holds)| meets(test, *holds, value));
    let fits_texts = |value: &str| {
        text.iter().all(|(strings, holds)| {
            copied::relaxed(strings, *holds).contains(value, Context::nowhere()) == *holds
        })
    };
    let fitting: Vec<&String> = representatives.iter().filter(|value| fits_types(value)).collect();
    if let Some(found) = fitting.iter().find(|value| fits_texts(value)) {
        return Ok(Some((*found).clone()));
    }
    if text.is_empty() || fitting.is_empty() {
        return Ok(None);
    }
    // Both sorts of tests: the text side may be a short list, or may have a member that fits the types.
    let finite = text.iter().find_map(|(strings, holds)| {
        let listed = strings.is_complement() != *holds
            && strings
                .patterns()
                .iter()
                .all(|p| p.as_literal().is_some() && plain(p.case(), p.as_literal()));
        listed.then_some(strings)
    });
    if let Some(strings) = finite {
        let mut listed = strings
            .patterns()
            .iter()
            .filter_map(|pattern| pattern.as_literal());
        return Ok(listed
            .find(|value| fits_types(value) && fits_texts(value))
            .map(str::to_owned));
    }
    match texts::solve(&text, budget)? {
        None => Ok(None),
        Some(value) if fits_types(&value) => Ok(Some(value)),
        Some(_) => Err(Limit::Values(key.clone())),
    }
}

/// The texts that are this truth value.
fn word(truth: bool) -> &'static Strings {
    static WORDS: OnceLock<[Strings; 2]> = OnceLock::new();
    let words = ["false", "true"];
    let [no, yes] = WORDS.get_or_init(|| words.map(|word| Strings::one(Pattern::glob(word, Case::Folded))));
    if truth { yes } else { no }
}

/// Whether a literal pattern stands for one text only.
fn plain(case: Case, text: Option<&str>) -> bool {
    case == Case::Exact
        || text.is_some_and(|text| text.chars().all(|c| c.is_ascii() && !c.is_ascii_alphabetic()))
}

/// Whether `value` can pass (or fail) `test` in some context.
fn meets(test: &Test, holds: bool, value: &str) -> bool {
    match test {
        Test::Not(inner) => meets(inner, !holds, value),
        Test::Text(strings) => copied::relaxed(strings, holds).contains(value, Context::nowhere()) == holds,
        other => other.passes(value, Context::nowhere()) == holds,
    }
}

/// At least one value of every cell that typed tests can tell apart, the most natural ones first.
fn representatives<'t>(tests: impl Iterator<Item = &'t Test>) -> Vec<String> {
    let mut numbers: Vec<Decimal> = Vec::new();
    let mut instants: Vec<Instant> = Vec::new();
    let mut addresses: Vec<IpAddr> = Vec::new();
    let (mut number, mut instant, mut address, mut truth) = (false, false, false, false);
    for test in tests {
        match test {
            Test::Number(ranges) => {
                number = true;
                for end in ranges.iter().flat_map(|range| [range.from, range.to]).flatten() {
                    numbers.push(end);
                }
            }
            Test::Instant(ranges) => {
                instant = true;
                for end in ranges.iter().flat_map(|range| [range.from, range.to]).flatten() {
                    instants.push(end);
                }
            }
            Test::Network(networks) => {
                address = true;
                addresses.extend(networks.iter().flat_map(Network::edges));
            }
            Test::Truth(_) => truth = true,
            Test::Text(_) | Test::Not(_) => {}
        }
    }
    let mut found: Vec<String> = Vec::new();
    if truth {
        found.extend(["true".into(), "false".into()]);
    }
    if address {
        found.extend(["192.0.2.1".into(), "2001:db8::1".into()]);
        found.extend(addresses.iter().map(ToString::to_string));
        found.extend([
            Ipv4Addr::UNSPECIFIED.to_string(),
            Ipv6Addr::UNSPECIFIED.to_string(),
        ]);
    }
    if instant {
        // Beyond the first and the last moment there are numbers that are none.
        instants.extend([Instant(0), Instant(i64::MIN), Instant(i64::MAX)]);
        for offset in [0, 1_000_000, -1_000_000, 1, -1] {
            let moved = instants
                .iter()
                .filter_map(|i| i.0.checked_add(offset))
                .map(Instant);
            found.extend(moved.filter_map(|moment| moment.to_iso()));
        }
        // A number is a moment, too; a moment is as many numbers as there are units in a microsecond.
        for moment in &instants {
            let first = i128::from(moment.0) * Instant::UNITS;
            numbers.extend([first, first + Instant::UNITS - 1].map(Decimal));
        }
    }
    if number || instant {
        numbers.push(Decimal(0));
        for offset in [0, Decimal::ONE, -Decimal::ONE, 1, -1] {
            let moved = numbers
                .iter()
                .filter_map(|n| n.0.checked_add(offset))
                .map(Decimal);
            found.extend(moved.map(|number| number.to_string()));
        }
    }
    found.push("x".into());
    found
}

#[cfg(test)]
mod tests;
