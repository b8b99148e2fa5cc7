//! Conditions in words: what must be so about a request.

use leastwise_model::Snapshot;
use leastwise_permset::{Atom, Condition, Decimal, Guard, Instant, Literal, Range, Strings, Test};

use crate::text::listed;

/// A guard as a sentence part that reads well after "when"; `always` where nothing is asked.
#[must_use]
pub fn guard(snapshot: &Snapshot, guard: &Guard) -> String {
    if guard.is_always() {
        return "always".into();
    }
    let parts: Vec<String> = guard
        .literals()
        .iter()
        .map(|part| literal(snapshot, part))
        .collect();
    parts.join(" and ")
}

fn literal(snapshot: &Snapshot, literal: &Literal) -> String {
    match (&literal.condition, literal.holds) {
        (Condition::Absent(key), true) => format!("{key} is absent"),
        (Condition::Absent(key), false) => format!("{key} is present"),
        (Condition::Some(key, test), true) => format!("{key} {}", passes(test)),
        (Condition::Some(key, test), false) => {
            format!("{key} is absent or {}", passes(&test.clone().negate()))
        }
        (Condition::Every(key, test), true) => format!("every value of {key} {}", passes(test)),
        (Condition::Every(key, test), false) => {
            format!(
                "{key} is absent or some value of it {}",
                passes(&test.clone().negate())
            )
        }
        (Condition::Atom(atom), holds) => {
            let what = gap(snapshot, atom);
            if holds {
                format!("it is so: {what}")
            } else {
                format!("it is not so: {what}")
            }
        }
    }
}

/// What is missing, in a sentence.
#[must_use]
pub fn gap(snapshot: &Snapshot, atom: &Atom) -> String {
    snapshot
        .gaps
        .get(atom)
        .map_or_else(|| atom.to_string(), |gap| gap.what.to_string())
}

fn passes(test: &Test) -> String {
    match test {
        Test::Text(strings) => strings_words(strings),
        Test::Number(ranges) => format!(
            "is {}",
            either(ranges, |range| range_words(range, "", |n: &Decimal| n
                .to_string()))
        ),
        Test::Instant(ranges) => format!(
            "is {}",
            either(ranges, |range| range_words(range, "moment ", instant))
        ),
        Test::Network(networks) => format!("is in {}", either(networks, ToString::to_string)),
        Test::Truth(wanted) => format!("is {wanted}"),
        Test::Not(inner) => match &**inner {
            Test::Truth(wanted) => format!("is not {wanted}"),
            Test::Network(networks) => format!("is not in {}", either(networks, ToString::to_string)),
            other => {
                let said = passes(other);
                said.strip_prefix("is ").map_or_else(
                    || format!("is not such that it {said}"),
                    |rest| format!("is not {rest}"),
                )
            }
        },
    }
}

fn strings_words(strings: &Strings) -> String {
    let not = if strings.is_complement() { "not " } else { "" };
    let patterns = strings.patterns();
    match patterns {
        [] if strings.is_complement() => "has any value".into(),
        [] => "has no possible value".into(),
        [one] => match one.as_literal() {
            Some("") => format!("is {not}empty"),
            Some(text) => format!("is {not}`{text}`"),
            None if strings.is_complement() => format!("does not match `{one}`"),
            None => format!("matches `{one}`"),
        },
        several => {
            let shown: Vec<String> = several
                .iter()
                .take(6)
                .map(|pattern| format!("`{pattern}`"))
                .collect();
            let more = several.len().saturating_sub(shown.len());
            let all = if more > 0 {
                format!("{} or {more} more", shown.join(", "))
            } else {
                listed(&shown).replace(" and ", " or ")
            };
            format!("is {not}one of {all}")
        }
    }
}

fn either<T>(parts: &[T], words: impl Fn(&T) -> String) -> String {
    let parts: Vec<String> = parts.iter().map(words).collect();
    if parts.is_empty() {
        "nothing".into()
    } else {
        parts.join(" or ")
    }
}

fn range_words<T: PartialEq>(range: &Range<T>, unit: &str, show: impl Fn(&T) -> String) -> String {
    match (&range.from, &range.to) {
        (None, None) => format!(
            "a {}",
            if unit.is_empty() {
                "number"
            } else {
                unit.trim_end()
            }
        ),
        (Some(from), Some(to)) if from == to => show(from),
        (Some(from), Some(to)) => format!("from {} to {}", show(from), show(to)),
        (Some(from), None) => format!(
            "{} or {}",
            show(from),
            if unit.is_empty() { "more" } else { "later" }
        ),
        (None, Some(to)) => format!(
            "{} or {}",
            show(to),
            if unit.is_empty() { "less" } else { "earlier" }
        ),
    }
}

/// Microseconds since 1970 as a date and time of day.
fn instant(instant: &Instant) -> String {
    let micros = instant.0.rem_euclid(1_000_000);
    let seconds = instant.0.div_euclid(1_000_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years that begin in March, so that the leap day ends them; days counted from 0000-03-01.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_of_era + era * 400 + carry;
    let fraction = if micros == 0 {
        String::new()
    } else {
        format!(".{micros:06}")
    };
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}Z",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use leastwise_permset::{Case, Key, Network, Pattern};

    use super::*;

    fn words(condition: Condition, holds: bool) -> String {
        literal(&Snapshot::new(), &Literal { condition, holds })
    }

    #[test]
    fn conditions_read_as_sentences() {
        let key = Key::new("aws:SourceIp");
        let inside = Test::Network(Box::new([Network::parse("10.0.0.0/8").expect("a block")]));
        assert_eq!(
            words(Condition::Some(key.clone(), inside.clone()), true),
            "aws:SourceIp is in 10.0.0.0/8"
        );
        assert_eq!(
            words(Condition::Some(key.clone(), inside), false),
            "aws:SourceIp is absent or is not in 10.0.0.0/8"
        );
        let glob = Test::Text(Strings::one(Pattern::glob("repo:a/*", Case::Exact)));
        assert_eq!(
            words(Condition::Some("sub".into(), glob.clone()), true),
            "sub matches `repo:a/*`"
        );
        assert_eq!(
            words(Condition::Every("sub".into(), glob), false),
            "sub is absent or some value of it does not match `repo:a/*`"
        );
        assert_eq!(
            words(Condition::Absent(key.clone()), true),
            "aws:SourceIp is absent"
        );
        assert_eq!(
            words(Condition::Some(key, Test::Truth(true)), true),
            "aws:SourceIp is true"
        );
    }

    #[test]
    fn moments_are_dates_and_agree_with_how_they_are_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            "2026-11-21T10:00:00.250000Z",
            "1969-12-31T00:00:00Z",
        ] {
            assert_eq!(instant(&Instant::parse(text).expect("a moment")), text);
        }
    }
}
