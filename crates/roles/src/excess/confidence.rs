//! How sure it is that what was not seen is not needed.

use jiff::Timestamp;
use leastwise_model::{Identity, IdentityIndex, Reported};
use leastwise_usage::ObservedLog;

use super::evidence::instance_of;
use super::{Evidence, Known};

/// Days that a window should span: less misses what is done once a quarter.
const WINDOW_DAYS: i64 = 90;
/// Of its days, how many in a hundred should have records.
const COVERED: i64 = 95;
const DAY: i64 = 86_400;

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing speaks for it: no log would have shown anything.
    None,
    /// Several things speak against it.
    Low,
    /// One thing speaks against it.
    Medium,
    /// Nothing speaks against it.
    High,
}

impl Level {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something that speaks for it or against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What, in a sentence without full stop.
    pub what: String,
    /// Whether it speaks for it.
    pub speaks_for: bool,
}

/// How sure it is that what is excess is not needed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confidence {
    /// How sure.
    pub level: Level,
    /// Why.
    pub reasons: Vec<Reason>,
}

pub(super) fn confidence(evidence: &Evidence<'_>, index: IdentityIndex, known: &Known) -> Confidence {
    let nothing = Confidence {
        level: Level::None,
        reasons: Vec::new(),
    };
    let snapshot = evidence.world().snapshot();
    let Some(identity) = snapshot.identity(index) else {
        return nothing;
    };
    let Some(instance) = snapshot.instance(identity.instance) else {
        return nothing;
    };
    let logs = evidence.observed().logs.iter();
    let logs: Vec<&ObservedLog> = logs
        .filter(|log| {
            log.platform == instance.platform && instance_of(evidence.world(), log) == &*instance.name
        })
        .collect();
    let reported = known.coverage.reported.as_ref();
    let logged = logs
        .iter()
        .map(|log| log.first)
        .min()
        .zip(logs.iter().map(|log| log.last).max());
    let mut reasons = match (logged, reported) {
        (Some((first, last)), _) => {
            // Logs of several regions tell of the same days.
            let days = logs.iter().map(|log| log.days).max().unwrap_or_default();
            let mut reasons = window(first, last, i64::try_from(days).unwrap_or(i64::MAX));
            reasons.push(configured(known));
            reasons.extend(young(identity, first));
            reasons
        }
        (None, Some(reported)) => {
            let alone = Reason {
                what: "no log stands beside it: what it does not tell of a day cannot be seen".to_owned(),
                speaks_for: false,
            };
            let young = young(identity, reported.first);
            [alone].into_iter().chain(young).collect()
        }
        (None, None) => return nothing,
    };
    reasons.extend(reported.map(told));
    let against = reasons.iter().filter(|reason| !reason.speaks_for).count();
    Confidence {
        level: match against {
            0 => Level::High,
            1 => Level::Medium,
            _ => Level::Low,
        },
        reasons,
    }
}

/// What a report of the platform itself speaks of.
fn told(reported: &Reported) -> Reason {
    let span = day(reported.last) - day(reported.first);
    Reason {
        what: format!(
            "{} speaks of {span} days ({} to {})",
            reported.by,
            date(reported.first),
            date(reported.last)
        ),
        speaks_for: span >= WINDOW_DAYS,
    }
}

fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(DAY)
}

fn date(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}

fn window(first: Timestamp, last: Timestamp, days: i64) -> Vec<Reason> {
    let span = day(last) - day(first) + 1;
    let covered = days.saturating_mul(100) >= span.saturating_mul(COVERED);
    let quarter = has_quarter_end(day(first), day(last));
    let plural = |count: i64| if count == 1 { "day" } else { "days" };
    vec![
        Reason {
            what: format!(
                "the logs span {span} {} ({} to {})",
                plural(span),
                date(first),
                date(last)
            ),
            // One event by a wrong clock makes a span of years; days with records it does not make.
            speaks_for: span >= WINDOW_DAYS && days.saturating_mul(100) >= WINDOW_DAYS * COVERED,
        },
        Reason {
            what: format!("they have records on {days} of them"),
            speaks_for: covered,
        },
        Reason {
            what: match (quarter, covered) {
                (true, true) => "they hold the end of a quarter".to_owned(),
                (true, false) => "days are missing, perhaps the end of a quarter".to_owned(),
                (false, _) => "they hold no end of a quarter: what is done then was not seen".to_owned(),
            },
            speaks_for: quarter && covered,
        },
    ]
}

/// Whether the last day of a quarter is among these days since 1970.
fn has_quarter_end(first: i64, last: i64) -> bool {
    if last.saturating_sub(first) > 92 {
        return true;
    }
    (first..=last).any(|day| {
        let tomorrow = Timestamp::from_second((day + 1).saturating_mul(DAY));
        let tomorrow = tomorrow.map(|at| at.to_string()).unwrap_or_default();
        ["-01-01T", "-04-01T", "-07-01T", "-10-01T"]
            .iter()
            .any(|begins| tomorrow.contains(begins))
    })
}

fn configured(known: &Known) -> Reason {
    let assumed = known.coverage.shown_by.iter().any(|by| by.assumed);
    Reason {
        what: match assumed {
            true => {
                "what the logs record is concluded from their records: no configuration is given".to_owned()
            }
            false => "what the logs record is told by their configuration".to_owned(),
        },
        speaks_for: !assumed,
    }
}

fn young(identity: &Identity, first: Timestamp) -> Option<Reason> {
    let created = identity.created.filter(|created| *created > first)?;
    Some(Reason {
        what: format!("the identity is younger than the logs: made on {}", date(created)),
        speaks_for: false,
    })
}

#[cfg(test)]
mod tests {
    use super::{has_quarter_end, window};

    #[test]
    fn one_event_by_a_wrong_clock_makes_nothing_sure() {
        let at = |text: &str| text.parse().expect("an instant");
        let for_it = |first: &str, last: &str, days: i64| {
            let reasons = window(at(first), at(last), days);
            reasons.iter().filter(|reason| reason.speaks_for).count()
        };
        assert_eq!(for_it("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", 90), 3);
        assert_eq!(for_it("2026-01-01T00:00:00Z", "2031-04-01T00:00:00Z", 30), 0);
        assert_eq!(for_it("1970-01-01T00:00:00Z", "2026-01-30T00:00:00Z", 30), 0);
    }

    #[test]
    fn a_quarter_ends_on_its_last_day() {
        // 2026-03-31 is day 20543.
        assert!(has_quarter_end(20_543, 20_543));
        assert!(!has_quarter_end(20_544, 20_600));
        assert!(!has_quarter_end(20_500, 20_542));
        assert!(has_quarter_end(20_544, 20_640));
    }
}
