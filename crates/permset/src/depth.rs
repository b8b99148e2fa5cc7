//! Sets of any depth: what recurses over a deep tree does so on a stack that is deep enough.

use std::sync::Mutex;

use crate::context::{Answers, Request};
use crate::set::{Node, PermissionSet};

/// Up to this depth the ordinary stack does.
pub(crate) const SHALLOW: u32 = 256;

/// Runs `work`, which recurses as deep as `set` is, on a thread of its own where the ordinary stack may be too small.
pub(crate) fn on_deep_stack<R: Send>(set: &PermissionSet, work: impl FnOnce() -> R + Send) -> R {
    /// The largest frame of any recursion over sets, unoptimized, with room to spare.
    const FRAME: usize = 4_096;
    if set.depth() <= SHALLOW {
        return work();
    }
    let size = (set.depth() as usize)
        .saturating_mul(FRAME)
        .saturating_add(1 << 20);
    let work = Mutex::new(Some(work));
    let run = || {
        work.lock()
            .ok()
            .and_then(|mut work| work.take())
            .map(|work| work())
    };
    let done = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(size)
            .spawn_scoped(scope, run)
            .ok()?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    // No thread to be had: the ordinary stack must do.
    done.or_else(run).unwrap_or_else(|| std::process::abort())
}

/// Membership without recursion, for deep trees.
pub(crate) fn contains(set: &PermissionSet, request: &Request, answers: &Answers) -> bool {
    /// What waits for the answer about the part below it.
    enum Waiting<'s> {
        /// It is enough that one of these and the part below is `true` (or `false`: then the whole is `false`).
        OneOf(std::slice::Iter<'s, PermissionSet>, bool),
        /// The part below was given; this is taken.
        Taken(&'s PermissionSet),
        /// The part below is taken.
        Not,
    }
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    let mut at = set;
    loop {
        // Go down to something whose answer is known.
        let mut answer = loop {
            match at.node() {
                Node::Region(region) => break region.contains(request, answers),
                Node::Union(sets) | Node::Intersection(sets) => {
                    let enough = matches!(at.node(), Node::Union(_));
                    let mut rest = sets.iter();
                    match rest.next() {
                        None => break !enough,
                        Some(first) => {
                            waiting.push(Waiting::OneOf(rest, enough));
                            at = first;
                        }
                    }
                }
                Node::Difference(given, taken) => {
                    waiting.push(Waiting::Taken(taken));
                    at = given;
                }
                Node::Labelled(_, inner) => at = inner,
            }
        };
        // Go up as far as that answer decides.
        loop {
            match waiting.pop() {
                None => return answer,
                Some(Waiting::OneOf(mut rest, enough)) => {
                    if answer != enough
                        && let Some(next) = rest.next()
                    {
                        waiting.push(Waiting::OneOf(rest, enough));
                        at = next;
                        break;
                    }
                }
                Some(Waiting::Taken(taken)) => {
                    if answer {
                        waiting.push(Waiting::Not);
                        at = taken;
                        break;
                    }
                }
                Some(Waiting::Not) => answer = !answer,
            }
        }
    }
}

#[cfg(test)]
mod tests;
