//! Laws of rollups: what is said of parts in sum is what is said of the whole.

use jiff::Timestamp;
use leastwise_model::{Actor, Basis, Event, Source, Use, UseOutcome};
use proptest::prelude::*;

use super::Rollup;
use crate::fold::Limits;

/// An event that owns its texts.
#[derive(Clone, Debug)]
struct Told {
    id: u32,
    who: u8,
    session: u8,
    operation: u8,
    resource: Option<u8>,
    outcome: UseOutcome,
    further: bool,
    second: i64,
}

fn told() -> impl Strategy<Value = Told> {
    (
        (0_u8..3, 0_u8..5, 0_u8..2),
        prop::option::of(0_u8..6),
        prop::sample::select(&UseOutcome::ALL[..]),
        any::<bool>(),
        -200_000_i64..2_000_000_000,
    )
        .prop_map(
            |((who, session, operation), resource, outcome, further, second)| Told {
                id: 0,
                who,
                session,
                operation,
                resource,
                outcome,
                further,
                second,
            },
        )
}

fn all_told() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec(told(), 0..60).prop_map(|mut all| {
        for (id, one) in (0..).zip(&mut all) {
            one.id = id;
        }
        all
    })
}

/// Small enough for folds to happen.
const LIMITS: Limits = Limits {
    sessions: 2,
    resources: 3,
};

fn rollup<'t>(all: impl IntoIterator<Item = &'t Told>) -> Rollup {
    let mut rollup = Rollup::new(LIMITS);
    for one in all {
        let (id, who) = (format!("event-{}", one.id), format!("who-{}", one.who));
        let session = if one.session == 0 {
            String::new()
        } else {
            format!("s{}", one.session)
        };
        let operation = format!("op-{}", one.operation);
        let resource = one
            .resource
            .map(|number| format!("area:{}/thing-{number}", number % 2));
        let mut uses = vec![Use {
            action: "a:Main",
            basis: Basis::Mapped,
            resource: resource.as_deref(),
        }];
        if one.further {
            uses.push(Use {
                action: "a:Beside",
                basis: Basis::Exact,
                resource: None,
            });
        }
        rollup.take(&Event {
            id: &id,
            part: 0,
            alike: None,
            at: Timestamp::from_second(one.second).expect("within range"),
            source: Source {
                platform: "example",
                instance: "here",
                area: if one.who == 0 { "one" } else { "other" },
                kind: "calls",
            },
            actor: Actor {
                identity: &who,
                incarnation: "",
                session: &session,
                issuer: "",
                via: "",
            },
            operation: &operation,
            outcome: one.outcome,
            uses: &uses,
        });
    }
    rollup
}

/// All that a rollup says, to be compared.
fn said(rollup: &Rollup) -> String {
    format!(
        "{:#?} {:#?} {:?}",
        rollup.rows(),
        rollup.sources(),
        rollup.window()
    )
}

fn merged(parts: impl IntoIterator<Item = Rollup>) -> Rollup {
    let mut whole = Rollup::new(LIMITS);
    for part in parts {
        whole.merge(part);
    }
    whole
}

proptest! {
    // rollup(a ++ b) = rollup(b ++ a)
    #[test]
    fn order_does_not_matter(mut all in all_told(), seed in any::<u64>()) {
        let forward = said(&rollup(&all));
        all.sort_by_key(|one| (u64::from(one.id) ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        prop_assert_eq!(said(&rollup(&all)), forward);
    }

    // merge(rollup(a), rollup(b)) = rollup(a ++ b), whichever way the whole is cut
    #[test]
    fn parts_merge_into_the_whole(all in all_told(), cuts in prop::collection::vec(0_u8..4, 60)) {
        let part = |wanted: u8| rollup(all.iter().zip(&cuts).filter(|(_, cut)| **cut == wanted).map(|(one, _)| one));
        prop_assert_eq!(said(&merged((0..4).map(part))), said(&rollup(&all)));
    }

    // merge(merge(a, b), c) = merge(a, merge(b, c)), and merge(a, b) = merge(b, a)
    #[test]
    fn grouping_and_sides_do_not_matter(a in all_told(), b in all_told(), c in all_told()) {
        let left = merged([merged([rollup(&a), rollup(&b)]), rollup(&c)]);
        let right = merged([rollup(&a), merged([rollup(&b), rollup(&c)])]);
        let turned = merged([rollup(&c), rollup(&b), rollup(&a)]);
        prop_assert_eq!(said(&left), said(&right));
        prop_assert_eq!(said(&left), said(&turned));
    }

    // rollup(a ++ any part of a) = rollup(a)
    #[test]
    fn what_is_delivered_again_counts_once(all in all_told(), again in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let mut twice = all.clone();
        if !all.is_empty() {
            twice.extend(again.iter().map(|index| index.get(&all).clone()));
        }
        prop_assert_eq!(said(&rollup(&twice)), said(&rollup(&all)));
        prop_assert_eq!(rollup(&twice).duplicates(), (twice.len() - all.len()) as u64);
    }

    // Σ count of main rows = number of events, and every row lies within the window
    #[test]
    fn nothing_is_lost(all in all_told()) {
        let rollup = rollup(&all);
        let rows = rollup.rows();
        let sum: u64 = rows.iter().filter(|row| !row.further).map(|row| row.count).sum();
        prop_assert_eq!(sum, all.len() as u64);
        let window = rollup.window();
        for row in &rows {
            prop_assert!(row.tally.first() >= window.first() && row.tally.last() <= window.last());
            prop_assert!(row.tally.days.count() as u64 <= row.count);
        }
    }
}

#[test]
fn few_sessions_are_told_apart_and_many_are_not() {
    let one = |session| Told {
        id: u32::from(session),
        who: 0,
        session,
        operation: 0,
        resource: None,
        outcome: UseOutcome::Allowed,
        further: false,
        second: 0,
    };
    let sessions =
        |rollup: &Rollup| -> Vec<String> { rollup.rows().iter().map(|row| row.session.to_owned()).collect() };
    assert_eq!(sessions(&rollup(&[one(1), one(2)])), ["s1", "s2"]);
    assert_eq!(sessions(&rollup(&[one(1), one(2), one(0), one(3)])), ["", "*"]);
}

#[test]
fn events_without_an_id_are_all_counted() {
    let mut rollup = Rollup::default();
    let event = Event {
        id: "",
        part: 0,
        alike: None,
        at: Timestamp::UNIX_EPOCH,
        source: Source {
            platform: "example",
            instance: "",
            area: "",
            kind: "",
        },
        actor: Actor {
            identity: "a",
            incarnation: "",
            session: "",
            issuer: "",
            via: "",
        },
        operation: "op",
        outcome: UseOutcome::Allowed,
        uses: &[Use {
            action: "",
            basis: Basis::Unmapped,
            resource: None,
        }],
    };
    rollup.take(&event);
    rollup.take(&event);
    assert_eq!(rollup.rows()[0].count, 2);
}
