//! Runs rules on two threads: those that ask who can become whom wait for that, beside them run those that do not.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use leastwise_model::STACK;

use crate::estate::Estate;
use crate::found::Found;
use crate::rule::Rule;

/// What each rule finds, in the order of the rules, however they are spread over threads.
pub(crate) fn all<'e, 'w>(estate: &'e Estate<'w>, rules: Vec<&'static Rule>) -> Vec<Found<'e, 'w>> {
    let all: Vec<(usize, &'static Rule)> = rules.into_iter().enumerate().collect();
    let (following, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, rule)| rule.follows);
    let (following, others) = (Queue::new(following), Queue::new(others));
    let found: Mutex<Vec<(usize, Found<'e, 'w>)>> = Mutex::default();
    let work = |queue: &Queue| {
        while let Some((place, rule)) = queue.next() {
            let mut found_here = Found::new(estate, rule);
            (rule.check)(estate, &mut found_here);
            if let Ok(mut found) = found.lock() {
                found.push((place, found_here));
            }
        }
    };
    thread::scope(|scope| {
        let beside = thread::Builder::new().stack_size(STACK);
        // Without a thread, this one does it all.
        let _ = beside.spawn_scoped(scope, || [&following, &others].into_iter().for_each(work));
        [&others, &following].into_iter().for_each(work);
    });
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Rules that wait for a thread, each taken once.
struct Queue {
    rules: Vec<(usize, &'static Rule)>,
    next: AtomicUsize,
}

impl Queue {
    fn new(rules: Vec<(usize, &'static Rule)>) -> Self {
        Self {
            rules,
            next: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> Option<(usize, &'static Rule)> {
        self.rules.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}
