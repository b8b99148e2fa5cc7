//! Inclusion of compiled policies, and of patterns made to be hard.

use std::time::{Duration, Instant};

use leastwise_bench::{Random, policy_pairs};
use leastwise_document::{Limits as Reading, read};
use leastwise_model::Platform;
use leastwise_permset::{Case, Inclusion, Limits, Pattern, PermissionSet, Region, Strings};

use crate::table::{Table, median};

fn compile(document: &str) -> Option<PermissionSet> {
    let mut set = None;
    read(document.as_bytes(), &Reading::default(), &mut |item| {
        if let Some(policy) = leastwise_aws::Aws.policy(&item) {
            set = Some(policy.allows.difference(&policy.denies));
        }
    });
    set
}

/// Two thousand pairs of policies of real shape, compiled beforehand, each decided in both directions.
pub fn corpus(table: &mut Table) {
    let name = "inclusion, 2,000 pairs of policies";
    if !table.wants(name) {
        return;
    }
    let pairs: Vec<(PermissionSet, PermissionSet)> = policy_pairs(7, 2000)
        .iter()
        .filter_map(|(left, right)| Some((compile(left)?, compile(right)?)))
        .collect();
    let limits = Limits::default();
    let mut times: Vec<Duration> = Vec::new();
    let (mut holds, mut fails, mut depends, mut unknown) = (0, 0, 0, 0);
    for (left, right) in &pairs {
        for (small, large) in [(left, right), (right, left)] {
            let start = Instant::now();
            let inclusion = small.included_in(large, &limits);
            times.push(start.elapsed());
            match inclusion {
                Inclusion::Holds => holds += 1,
                Inclusion::Fails(_) => fails += 1,
                Inclusion::Depends(_) => depends += 1,
                Inclusion::Unknown(_) => unknown += 1,
            }
        }
    }
    times.sort_unstable();
    let middle = median(times.clone());
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    let most = times.last().copied().unwrap_or_default();
    let figure = format!(
        "median {:.1} µs, p99 {:.2} ms, most {:.2} ms",
        middle.as_secs_f64() * 1e6,
        p99.as_secs_f64() * 1e3,
        most.as_secs_f64() * 1e3
    );
    let kept = middle <= Duration::from_micros(50) && p99 <= Duration::from_millis(2) && unknown == 0;
    table.row(
        name,
        figure,
        "median 50 µs, p99 2 ms, no limit",
        Some(kept && pairs.len() == 2000),
    );
    table.row(
        "  answers",
        format!("{holds} hold, {fails} fail, {depends} depend, {unknown} limits"),
        "",
        None,
    );
}

/// Twenty patterns of three `*` and six `?` against twenty others minus five.
pub fn hard_patterns(table: &mut Table) {
    let name = "twenty hard patterns against twenty minus five";
    if !table.wants(name) {
        return;
    }
    let mut random = Random::new(7);
    let mut patterns = |count: usize| {
        Strings::any_of((0..count).map(|_| {
            let mut text: Vec<char> = "***??????".chars().collect();
            for _ in 0..8 {
                text.push(if random.chance(0.5) { 'a' } else { 'b' });
            }
            random.shuffle(&mut text);
            Pattern::glob(&text.iter().collect::<String>(), Case::Exact)
        }))
    };
    let set = |strings| PermissionSet::from(Region::new(Strings::any(), strings));
    let (left, right, less) = (set(patterns(20)), set(patterns(20)), set(patterns(5)));
    let right = right.difference(&less);
    let start = Instant::now();
    let answers = [
        left.included_in(&right, &Limits::default()),
        right.included_in(&left, &Limits::default()),
    ];
    let took = start.elapsed();
    let words: Vec<&str> = answers
        .iter()
        .map(|answer| match answer {
            Inclusion::Holds => "holds",
            Inclusion::Fails(_) => "fails with a witness",
            Inclusion::Depends(_) => "depends",
            Inclusion::Unknown(_) => "unknown: limit",
        })
        .collect();
    let figure = format!("{:.2} ms; {}", took.as_secs_f64() * 1e3, words.join(", "));
    table.row(name, figure, "50 ms", Some(took <= Duration::from_millis(50)));
}
